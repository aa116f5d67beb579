// From the handler string to the function, as Lambda's own runtime for Node.js resolves it (`folder/module.nested.handler`):
// the file as it is, `.js` by the package's type, `.mjs`, `.cjs`, then TypeScript, then whatever `require.resolve` finds.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
'use strict';

const path = require('node:path');
const Module = require('node:module');
const { pathToFileURL } = require('node:url');
const { isModuleNamespaceObject } = require('node:util').types;
const p = require('./primordials.cjs');
const { RuntimeError } = require('./errors.cjs');
const { compileWithCache } = require('./code-cache.cjs');
const { loadSelfContained } = require('./self-contained.cjs');

const NODE_MAJOR = Number(process.versions.node.slice(0, 2));

/** Returns `{ handler, script }`; `script` is the compiled entry, from which a code cache can be made, where it was loaded here. */
async function loadHandler({ taskRoot, handler, codeCache, codeCachePath }) {
  const { folder, module, member } = splitHandler(handler);
  const loaded = await load({ taskRoot, folder, module, codeCache: codeCache ?? readCodeCache(codeCachePath) });
  const found = resolveMember(loaded.exports, member);
  if (!found) throw new RuntimeError('HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof found !== 'function') throw new RuntimeError('HandlerNotFound', `${handler} is not a function`);
  return { handler: found, script: loaded.script };
}

/** `some/where/module.nested.handler` → its folder, module and member path. */
function splitHandler(handler) {
  if (handler.includes('..')) {
    throw new RuntimeError(
      'MalformedHandlerName',
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const base = path.basename(handler);
  const dot = base.indexOf('.');
  if (dot < 0) throw new RuntimeError('MalformedHandlerName', 'Bad handler');
  return { folder: handler.slice(0, handler.length - base.length), module: base.slice(0, dot), member: base.slice(dot + 1) };
}

/** What was kept may have been removed a moment ago. */
function readCodeCache(file) {
  return file !== undefined && p.existsSync(file) ? p.readFileSync(file) : undefined;
}

function resolveMember(exports, member) {
  let value = exports;
  for (const name of member.split('.')) value = value && value[name];
  return value;
}

async function load(request) {
  try {
    return await tryFiles(request);
  } catch (error) {
    if (error instanceof SyntaxError) throw new RuntimeError('UserCodeSyntaxError', `${error.name}: ${error.message}`, error);
    if (error !== null && typeof error === 'object' && MISSING.has(error.code)) {
      throw new RuntimeError('ImportModuleError', `${error.name}: ${error.message}`, error);
    }
    throw error;
  }
}

/** What `require` and `import` say when a module, the entry's or one of its own imports, is not there. */
const MISSING = new Set([
  'MODULE_NOT_FOUND',
  'ERR_MODULE_NOT_FOUND',
  'ERR_UNSUPPORTED_DIR_IMPORT',
  'ERR_PACKAGE_PATH_NOT_EXPORTED',
]);

async function tryFiles({ taskRoot, folder, module, codeCache }) {
  const stem = path.resolve(taskRoot, folder, module);
  if (isFile(stem)) return requireFile(stem, codeCache);
  if (isFile(`${stem}.js`))
    return isModulePackage(path.dirname(stem)) ? importFile(`${stem}.js`, codeCache) : requireFile(`${stem}.js`, codeCache);
  if (isFile(`${stem}.mjs`)) return importFile(`${stem}.mjs`, codeCache);
  if (isFile(`${stem}.cjs`)) return requireFile(`${stem}.cjs`, codeCache);
  // Not Lambda's: Node strips the types itself, so TypeScript sources run as they were written.
  for (const extension of ['.ts', '.mts', '.cts']) if (isFile(stem + extension)) return importTypeScript(stem + extension);
  const require = Module.createRequire(path.join(taskRoot, 'index.js'));
  return { exports: require(require.resolve(module, { paths: [taskRoot, path.resolve(taskRoot, folder)] })), script: undefined };
}

function isFile(file) {
  return require('node:fs').statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * `require` loads an ES module in one go, where `import` waits for several turns of the event loop (measured: 0.8 and 0.4 ms for a small one). A
 * graph with a top-level await is refused before any of it has run, and an export named `module.exports` takes the namespace's place. Node 20 says
 * on stderr that this is an experiment.
 */
async function importFile(file, codeCache) {
  const own = await loadSelfContained(file, codeCache);
  if (own !== undefined) return own;
  if (NODE_MAJOR >= 22) {
    try {
      const exports = Module.createRequire(file)(file);
      if (isModuleNamespaceObject(exports)) return { exports, script: undefined };
    } catch (error) {
      if (error?.code !== 'ERR_REQUIRE_ASYNC_MODULE') throw error;
    }
  }
  return { exports: await import(pathToFileURL(file).href), script: undefined };
}

/** A `.ts` without a package type may be written either way: `import` finds out, and CommonJS exports arrive under `default`. */
async function importTypeScript(file) {
  const namespace = await import(pathToFileURL(file).href);
  const commonJs = namespace['module.exports'];
  return { exports: commonJs === undefined ? namespace : commonJs, script: undefined };
}

function requireFile(file, codeCache) {
  const compiled = compileWithCache(file, codeCache);
  if (compiled !== undefined) return compiled;
  return { exports: Module.createRequire(file)(file), script: undefined };
}

/** The nearest package.json decides; a `node_modules` folder or the root ends the search. */
function isModulePackage(folder) {
  for (let current = folder; !current.endsWith('/node_modules'); current = path.dirname(current)) {
    const manifest = path.join(current, 'package.json');
    if (isFile(manifest)) return packageType(manifest) === 'module';
    if (current === path.dirname(current)) return false;
  }
  return false;
}

function packageType(manifest) {
  try {
    return p.parseJson(p.readFileSync(manifest, 'utf8'))?.type;
  } catch (error) {
    console.warn(`${manifest} cannot be read, it will be ignored for ES module detection purposes.`, error);
    return undefined;
  }
}

module.exports = { loadHandler };
