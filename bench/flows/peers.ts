// The other engines, installed from npm into a folder of their own when they are first measured: they are hundreds of megabytes, and nothing else needs them.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const VERSIONS = {
  '@restatedev/restate-server': '1.7.12',
  '@restatedev/restate-sdk': '1.17.2',
  '@dbos-inc/dbos-sdk': '5.3.0',
};

export interface Peers {
  readonly folder: string;
  /** A module of theirs: its types are not installed here. */
  load(name: keyof typeof VERSIONS): Promise<Readonly<Record<string, unknown>>>;
}

/** Undefined, with a word why, where they cannot be installed. */
export function installPeers(): Peers | undefined {
  const folder = process.env['MAYFLY_BENCH_PEERS'] ?? join(tmpdir(), 'mayfly-bench-peers');
  const manifest = join(folder, 'package.json');
  if (!Object.keys(VERSIONS).every((name) => existsSync(join(folder, 'node_modules', name)))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(manifest, JSON.stringify({ private: true, dependencies: VERSIONS }));
    try {
      execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (error) {
      process.stderr.write(`The other engines could not be installed into ${folder}: ${String(error)}\n`);
      return undefined;
    }
  }
  const require = createRequire(manifest);
  return {
    folder,
    load: async (name) => (await import(pathToFileURL(require.resolve(name)).href)) as Readonly<Record<string, unknown>>,
  };
}
