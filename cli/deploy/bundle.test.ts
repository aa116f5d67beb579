// Functions found, bundled and zipped, from files on a disk.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { bundleFunction } from './bundle.ts';
import { zipBundle } from './code-zip.ts';
import { findFunctions } from './find-functions.ts';
import type { FoundFunction } from './find-functions.ts';

/** A folder with the given files, gone after the test. Spaces in its name, since people have them. */
function folderOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly functions '));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

async function onlyFunction(folder: string): Promise<FoundFunction> {
  const [found, ...others] = await findFunctions(folder);
  assert.ok(found !== undefined && others.length === 0);
  return found;
}

const textOf = (contents: Uint8Array | undefined): string => Buffer.from(contents ?? []).toString();

const withoutMaps = { sourceMaps: false };

test('finds the functions of a folder and passes over the rest', async (context) => {
  const folder = folderOf(context, {
    'a.ts': 'export const handler = async () => 1;',
    'b/index.mjs': 'export async function handler() {}',
    'c.cjs': 'module.exports = { handler: async () => 1 };',
    'named.js': `export const config = { name: 'other', handler: 'main' };\nexport const main = () => 1;`,
    'helper.ts': 'export const help = 1;',
    'a.test.ts': 'export const handler = 1;',
    '_draft.ts': 'export const handler = 1;',
    'types.d.ts': 'export declare const handler: number;',
    'node_modules/x/index.js': 'exports.handler = 1;',
    'README.md': '# functions',
  });
  assert.deepEqual(
    (await findFunctions(folder)).map((found) => found.name),
    ['a', 'b', 'c', 'other'],
  );
});

test('says which files are meant when something is wrong with a folder', async (context) => {
  const twice = folderOf(context, { 'a.ts': 'export const handler = 1;', 'a.mjs': 'export const handler = 1;' });
  await assert.rejects(findFunctions(twice), { message: /Two functions are called "a": .*a\.mjs and .*a\.ts/ });
  const noHandler = folderOf(context, { 'a.ts': 'export const config = {};' });
  await assert.rejects(findFunctions(noHandler), { message: /a\.ts has a config but exports no `handler`/ });
  await assert.rejects(findFunctions(join(twice, 'none')), { message: /none does not exist/ });
  await assert.rejects(findFunctions(join(twice, 'a.ts')), { message: /a\.ts is not a folder/ });
});

test('bundles TypeScript and its imports into one file, and leaves the SDK to the platform', async (context) => {
  const folder = folderOf(context, {
    'a.ts': `import { S3Client } from '@aws-sdk/client-s3';\nimport { twice } from './_lib.ts';\nexport const handler = async (n: number): Promise<unknown> => [twice(n), S3Client];`,
    '_lib.ts': 'export const twice = (n: number): number => n * 2;',
  });
  const { generated, shipped } = await bundleFunction(await onlyFunction(folder), withoutMaps);
  assert.deepEqual([...generated.keys()], ['index.js']);
  assert.match(textOf(generated.get('index.js')), /require\("@aws-sdk\/client-s3"\)/);
  assert.match(textOf(generated.get('index.js')), /n \* 2/);
  assert.deepEqual(shipped, []);
});

test('makes an ES module only of code that can be nothing else', async (context) => {
  const source = `import path from 'path';\nawait null;\nexport const handler = async () => [import.meta.url.slice(0, 5), path.sep, require('node:os').EOL];`;
  const folder = folderOf(context, { 'a.mts': source });
  const { generated } = await bundleFunction(await onlyFunction(folder), withoutMaps);
  assert.deepEqual([...generated.keys()], ['index.mjs']);
  writeFileSync(join(folder, 'index.mjs'), generated.get('index.mjs') ?? '');
  const script = `import('./index.mjs').then(async (m) => console.log(JSON.stringify(await m.handler())))`;
  assert.equal(execFileSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8' }).trim(), '["file:","/","\\n"]');
});

test('an import that is not there is named with its line', async (context) => {
  const folder = folderOf(context, { 'a.ts': `import x from 'not-installed';\nexport const handler = () => x;` });
  await assert.rejects(bundleFunction(await onlyFunction(folder), withoutMaps), {
    message: /^a\.ts:1:15: Could not resolve "not-installed"/,
  });
});

/** `native` needs `dep` 1, `plain` (bundled) is between; `dep` 2 belongs to the project; `twin` needs `dep` 2 as well. */
const WITH_NATIVE = {
  'a.mjs': `import { speak } from 'plain';\nexport const handler = async () => speak();`,
  'node_modules/plain/package.json': '{ "name": "plain", "version": "1.0.0", "main": "index.js" }',
  'node_modules/plain/index.js': `const native = require('native');\nexports.speak = () => native.versions();`,
  'node_modules/native/package.json':
    '{ "name": "native", "version": "1.0.0", "gypfile": true, "dependencies": { "dep": "1", "twin": "1" }, "optionalDependencies": { "absent": "1" } }',
  'node_modules/native/index.js': `exports.versions = () => [require('dep/package.json').version, require('twin').version];`,
  'node_modules/native/node_modules/dep/package.json': '{ "name": "dep", "version": "1.0.0" }',
  'node_modules/dep/package.json': '{ "name": "dep", "version": "2.0.0" }',
  'node_modules/twin/package.json': '{ "name": "twin", "version": "1.0.0", "dependencies": { "dep": "2" }, "main": "index.js" }',
  'node_modules/twin/index.js': `exports.version = require('dep/package.json').version;`,
};

test('ships native packages with their closure, each dependency in the version that it has here', async (context) => {
  const folder = folderOf(context, WITH_NATIVE);
  const { generated, shipped, unbundled } = await bundleFunction(await onlyFunction(folder), withoutMaps);
  assert.deepEqual(unbundled, ['native']);
  const target = folderOf(context, { 'index.js': textOf(generated.get('index.js')) });
  for (const file of shipped) cpSync(file.source, join(target, file.path), { recursive: true });
  const script = `require('./index.js').handler().then((versions) => console.log(versions.join()))`;
  assert.equal(execFileSync(process.execPath, ['-e', script], { cwd: target, encoding: 'utf8' }).trim(), '1.0.0,2.0.0');
});

test('packages that are named are shipped as they are', async (context) => {
  const source = `export const config = { unbundled: ['twin'] };\nexport { version as handler } from 'twin';`;
  const folder = folderOf(context, { ...WITH_NATIVE, 'a.mjs': source });
  const { shipped } = await bundleFunction(await onlyFunction(folder), withoutMaps);
  assert.deepEqual(new Set(shipped.map((file) => file.path.split('/')[1])), new Set(['dep', 'twin']));
});

test('the same sources give the same zip, wherever they lie and whenever they were written', async (context) => {
  const zipIn = async (zone: string): Promise<string> => {
    const folder = folderOf(context, WITH_NATIVE);
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    const zip = await zipBundle(await bundleFunction(await onlyFunction(folder), withoutMaps), 'a.mjs');
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
    return zip.sha256;
  };
  assert.equal(await zipIn('Pacific/Auckland'), await zipIn('America/Los_Angeles'));
});
