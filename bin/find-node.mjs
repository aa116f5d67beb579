// Finds the Node that Mayfly runs on: version 24, which npm brings as an optional dependency. Plain JavaScript for Node 20 and later.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = `node24-${process.platform}-${process.arch}`;

/**
 * @returns {string | undefined} The path of the best Node there is: the running one where it is a late enough 24, then the copy
 *   that npm brought, then the running one where it is newer than 24.
 */
export function findNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  // 24.15 is the first that runs TypeScript and SQLite without printing a warning; the copy from npm is started with a flag instead.
  if (major === 24 && minor >= 15) return process.execPath;
  return pinnedNode() ?? (major >= 24 ? process.execPath : undefined);
}

/** @returns {string | undefined} The copy that npm brought. */
export function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
    const path = join(folder, 'bin', 'node');
    return existsSync(path) ? path : undefined;
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** What to print where `findNode` found nothing. */
export function nodeMissing() {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  return [
    `Mayfly runs on Node 24, and this is Node ${process.versions.node} (${process.execPath}).`,
    `npm brings Node 24 as the optional dependency ${PACKAGE}, but it is not installed beside ${root}.`,
    'Either install again with optional dependencies (npm ci --include=optional), or put Node 24 on the PATH: https://nodejs.org',
  ].join('\n');
}
