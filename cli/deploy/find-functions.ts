// Finds the functions of a folder: every source file with a handler, and every sub-folder with an index file.

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { Failure } from '../failure.ts';
import { checkConfig } from './config-schema.ts';
import type { CheckedConfig } from './config-schema.ts';
import { readSource } from './read-config.ts';

export interface FoundFunction {
  readonly name: string;
  /** Absolute. */
  readonly entry: string;
  /** The entry as the user knows it, from the folder that was named. */
  readonly place: string;
  readonly config: CheckedConfig;
}

const EXTENSIONS = new Set(['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']);
const FUNCTIONS_MAX = 500;

/** @throws {Failure} for a folder that is not there, a config that cannot be used, and two functions of one name. */
export async function findFunctions(folder: string): Promise<readonly FoundFunction[]> {
  const entries = await entryFiles(folder);
  const found = await Promise.all(entries.map((entry) => readFunction(folder, entry)));
  const functions = found.filter((candidate) => candidate !== undefined);
  if (functions.length > FUNCTIONS_MAX)
    throw new Failure(`${folder} has ${functions.length} functions; ${FUNCTIONS_MAX} is the most for one folder.`);
  const byName = Map.groupBy(functions, (one) => one.name);
  for (const [name, same] of byName) {
    if (same.length > 1) throw new Failure(`Two functions are called "${name}": ${same.map((one) => one.place).join(' and ')}.`);
  }
  return functions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function entryFiles(folder: string): Promise<readonly string[]> {
  const children = await listFolder(folder);
  const files: string[] = [];
  for (const child of children) {
    if (child.name.startsWith('.') || child.name.startsWith('_') || child.name === 'node_modules') continue;
    const path = join(folder, child.name);
    if (isSource(child.name)) {
      if ((await stat(path)).isFile()) files.push(path);
    } else if (child.isDirectory()) {
      const index = (await listFolder(path)).find(
        (inner) => isSource(inner.name) && basename(inner.name, extname(inner.name)) === 'index',
      );
      if (index !== undefined) files.push(join(path, index.name));
    }
  }
  return files;
}

async function listFolder(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'does not exist' : code === 'ENOTDIR' ? 'is not a folder' : `cannot be read (${code})`;
    throw new Failure(`${folder} ${why}.`, { mend: 'Name a folder of functions: mayfly deploy FOLDER', code: 'NoFolder', cause });
  }
}

function isSource(name: string): boolean {
  return EXTENSIONS.has(extname(name)) && !/\.(?:test|spec|d|config)\.\w+$/.test(name);
}

async function readFunction(folder: string, entry: string): Promise<FoundFunction | undefined> {
  const place = join(relative(process.cwd(), folder), relative(folder, entry));
  const facts = await readSource(await readFile(entry, 'utf8'), place);
  const config = checkConfig(facts.config, place);
  if (!facts.exports.includes(config.handler)) {
    // A file that exports neither is somebody's helper. With a config it was meant as a function.
    if (facts.config === undefined) return undefined;
    const mend = `Export the function under that name, or name another with \`handler\` in its config.`;
    throw new Failure(`${place} has a config but exports no \`${config.handler}\`.`, { code: 'NoHandler', mend });
  }
  const stem = basename(entry, extname(entry));
  return { name: config.name ?? (stem === 'index' ? basename(dirname(entry)) : stem), entry, place, config };
}
