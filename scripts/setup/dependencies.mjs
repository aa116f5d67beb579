// Installs what package-lock.json says, where node_modules is missing or is not the lock file's.

import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { quietly } from './run.mjs';
import { during, SetupFailed } from './say.mjs';

/** @param {string} root */
export async function installDependencies(root) {
  if (isInstalled(root)) return;
  await during('installing dependencies with npm ci (about a minute the first time)', async () => {
    const npm = npmCommand();
    // The tests and the example need the development dependencies, whatever NODE_ENV or the user's npm configuration omit.
    const flags = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
    const { code, output } = await quietly(npm.command, [...npm.args, ...flags], { cwd: root });
    if (code !== 0) throw new SetupFailed(`npm ci ended with code ${code} in ${root}:\n${withoutHosts(output)}`);
  });
}

/**
 * npm writes `node_modules/.package-lock.json` last, so a broken installation has none. Optional packages of other platforms
 * are rightly absent; everything else has to be there in the version of the lock file, and nothing in another.
 *
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  if (wanted === undefined)
    throw new SetupFailed(`${join(root, 'package-lock.json')} is missing: this folder is not a whole checkout of Mayfly.`);
  const installed = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  const same = (path) =>
    installed[path]?.version === wanted[path]?.version && installed[path]?.integrity === wanted[path]?.integrity;
  const isThere = (path) =>
    installed[path] === undefined ? wanted[path].optional === true || wanted[path].devOptional === true : same(path);
  return Object.keys(wanted).every((path) => path === '' || isThere(path)) && Object.keys(installed).every(same);
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch (error) {
    // A lock file cut short by a crash counts as none: npm ci writes it again.
    if (error.code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The npm that runs us, where one does: it may not be the one on the PATH. */
function npmCommand() {
  const script = process.env.npm_execpath;
  if (script !== undefined && basename(script) === 'npm-cli.js') return { command: process.execPath, args: [script] };
  return { command: 'npm', args: [] };
}

/** Whose registry somebody uses is nobody's business in a log that gets passed around. */
function withoutHosts(text) {
  return text.replaceAll(/https?:\/\/[^/\s]+/g, '<registry>').trim();
}
