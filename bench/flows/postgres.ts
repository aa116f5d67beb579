// A PostgreSQL of our own for as long as a benchmark lasts: Debian's program, its default settings (so it syncs every commit), a new folder, loopback alone.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface Postgres {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

const PORT = 19_432;
const READY_TRIES = 100;
const INSTALLED = '/usr/lib/postgresql';

/** Where its programs are; undefined where it is not installed. */
export function findPostgres(): string | undefined {
  const version = existsSync(INSTALLED)
    ? readdirSync(INSTALLED).toSorted((one, other) => Number(other) - Number(one))[0]
    : undefined;
  return version === undefined ? undefined : join(INSTALLED, version, 'bin');
}

export async function startPostgres(programs: string): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-postgres-'));
  const owner = ownerOf(folder);
  execFileSync(join(programs, 'initdb'), ['-D', folder, '-U', 'bench', '--auth=trust'], { ...owner, stdio: 'ignore' });
  const server = spawn(join(programs, 'postgres'), ['-D', folder, '-p', String(PORT), '-h', '127.0.0.1', '-k', folder], {
    ...owner,
    stdio: 'ignore',
  });
  for (let tries = 0; tries < READY_TRIES && !(await answers()); tries++) await delay(100);
  return {
    url: `postgresql://bench@127.0.0.1:${PORT}/bench`,
    pid: server.pid ?? 0,
    async close() {
      server.kill('SIGINT');
      await once(server, 'close');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It refuses to be root's. */
function ownerOf(folder: string): { readonly uid?: number; readonly gid?: number } {
  if (userInfo().uid !== 0) return {};
  const [uid, gid] = ['-u', '-g'].map((which) => Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }))) as [
    number,
    number,
  ];
  chownSync(folder, uid, gid);
  return { uid, gid };
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
