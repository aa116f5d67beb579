// Started as root, the platform reads requests as nobody in particular; and whichever of its two processes is killed, nothing is left.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';

import { detectIsolation, SERVICE_UID } from '#sandbox';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { ROOT } from '../tidy/tree.ts';
import { leftovers, NOTHING } from './leftovers.ts';
import { freePort } from './platform-process.ts';

const { level, limits } = await detectIsolation();
const isRoot = process.geteuid?.() === 0;
const canDrop = isRoot && level !== undefined && limits !== 'rlimits and a watchdog';
const skip = canDrop ? false : 'only root, with bubblewrap and control groups, has rights to give away';

describe('a platform that root starts', { skip }, () => {
  it('reads requests without root’s rights, for good, and hands over what an older one kept as root', async (t) => {
    const data = folderFor(t);
    // As a version left it that stayed root, with a link that leads out.
    mkdirSync(join(data, 'blobs', 'objects'), { recursive: true, mode: 0o700 });
    writeFileSync(join(data, 'blobs', 'objects', 'old'), 'of root', { mode: 0o600 });
    const outside = join(data, '..', 'outside');
    writeFileSync(outside, 'of root', { mode: 0o600 });
    symlinkSync(outside, join(data, 'blobs', 'link'));
    assert.equal(lstatSync(data).uid, 0, 'the control');

    const platform = await start(t, data);
    const status = readFileSync(`/proc/${platform.pid}/status`, 'latin1');
    for (const line of ['Uid', 'Gid'])
      assert.match(status, new RegExp(`^${line}:\\t${[1, 2, 3, 4].map(() => SERVICE_UID).join('\\t')}$`, 'm'));
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) assert.match(status, new RegExp(`^Cap${set}:\\t0+$`, 'm'));
    assert.match(status, /^Groups:\s*$/m);
    assert.match(platform.banner.rights.promise, new RegExp(`as uid ${SERVICE_UID} without capabilities; .* by process \\d+$`));
    assert.equal(platform.banner.rights.areRoots, false);
    assert.equal(lstatSync(join(data, 'blobs', 'objects', 'old')).uid, SERVICE_UID);
    assert.equal(lstatSync(outside).uid, 0, 'links are not followed');
    assert.deepEqual(foreign(data), []);
    const launcher = readFileSync(`/proc/${platform.launcherPid()}/status`, 'latin1');
    assert.match(launcher, /^Uid:\t0\t/m);
    // CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_BOOT
    if (existsSync('/usr/bin/setpriv'))
      for (const number of [16, 17, 12, 21, 22]) assert.equal((capabilities(launcher) >> BigInt(number)) & 1n, 0n);
    assert.equal(await platform.stop(), 0);
    assert.deepEqual(leftovers(data), NOTHING);
  });

  it('is as the last one was, when it is started again', async (t) => {
    const data = folderFor(t);
    for (const round of [1, 2]) {
      const platform = await start(t, data);
      assert.match(
        readFileSync(`/proc/${platform.pid}/status`, 'latin1'),
        new RegExp(`^Uid:\\t${SERVICE_UID}\\t`, 'm'),
        `round ${round}`,
      );
      assert.equal(await platform.stop(), 0);
    }
    // Asked to stay root in between, it takes the folder back, and hands it over again afterwards.
    const asRoot = await start(t, data, ['--user', 'root']);
    assert.match(readFileSync(`/proc/${asRoot.pid}/status`, 'latin1'), /^Uid:\t0\t/m);
    assert.equal(asRoot.banner.rights.areRoots, true);
    assert.equal(await asRoot.stop(), 0);
    const again = await start(t, data);
    assert.deepEqual(foreign(data), []);
    assert.equal(await again.stop(), 0);
  });

  it('listens on a port of root’s, and cannot become root again', async (t) => {
    const data = folderFor(t);
    const port = await freeLowPort();
    if (port === undefined) return t.skip('every port below 1024 is open to everybody here, or taken');
    const platform = await start(t, data, [], port);
    assert.equal((await fetch(`http://127.0.0.1:${port}/_mayfly/health`)).status, 200);
    assert.match(readFileSync(`/proc/${platform.pid}/status`, 'latin1'), new RegExp(`^Uid:\\t${SERVICE_UID}\\t`, 'm'));
    assert.equal(await platform.stop(), 0);
    return undefined;
  });

  it('stays root where its data lie behind a folder that is closed, and says so', async (t) => {
    const data = folderFor(t);
    chmodSync(join(data, '..'), 0o700);
    const platform = await start(t, data);
    assert.match(readFileSync(`/proc/${platform.pid}/status`, 'latin1'), /^Uid:\t0\t/m);
    assert.match(platform.banner.rights.promise, /^requests are parsed as root: .*where the data folder lies, is closed to uid/);
    assert.equal(await platform.stop(), 0);
    assert.deepEqual(leftovers(data), NOTHING);
  });

  it('does not start as a user that was named and cannot be had', (t) => {
    const data = folderFor(t);
    chmodSync(join(data, '..'), 0o700);
    for (const [user, says] of [
      ['4711', /cannot run as uid 4711: .* is closed to uid 4711/],
      ['alice', /neither auto, nor root, nor the number of a user/],
      ['0', /neither auto, nor root/],
    ] as const) {
      const { status, stderr } = mayfly(['up', '--port', '0', '--data', data, '--user', user]);
      assert.equal(status, 1, stderr);
      assert.match(stderr, says);
    }
  });

  it('leaves nothing when the process that parses requests is killed', async (t) => {
    const data = folderFor(t);
    const platform = await start(t, data);
    const launcher = platform.launcherPid();
    process.kill(platform.pid, 'SIGKILL');
    await until(() => !isAlive(launcher));
    const left = leftovers(data);
    assert.deepEqual({ ...left, slots: [] }, NOTHING);
    const next = await start(t, data);
    assert.equal(await next.stop(), 0);
    assert.deepEqual(leftovers(data), NOTHING);
  });

  it('ends, says why and leaves nothing when the process that starts sandboxes is killed', async (t) => {
    const data = folderFor(t);
    const platform = await start(t, data);
    process.kill(platform.launcherPid(), 'SIGKILL');
    assert.equal(await platform.ended, 1);
    assert.match(platform.said(), /The process that starts sandboxes has ended/);
    assert.deepEqual(leftovers(data).processes, []);
    const next = await start(t, data);
    assert.equal(await next.stop(), 0);
    assert.deepEqual(leftovers(data), NOTHING);
  });
});

interface Started {
  /** Of the process that parses requests. */
  readonly pid: number;
  readonly banner: { readonly rights: { readonly promise: string; readonly areRoots: boolean } };
  readonly ended: Promise<number | null>;
  launcherPid(): number;
  said(): string;
  stop(): Promise<number | null>;
}

async function start(t: TestContext, data: string, more: readonly string[] = [], wanted?: number): Promise<Started> {
  const port = wanted ?? (await freePort());
  const args = ['--json', 'up', '--port', String(port), '--data', data, ...more];
  const child = spawn(process.execPath, [join(ROOT, 'bin/mayfly.mjs'), ...args], {
    env: ENVIRONMENT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid ?? assert.fail('it did not start');
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let banner = '';
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      banner += text;
      if (banner.trimEnd().endsWith('}')) resolve();
    });
  });
  await Promise.race([ready, ended.then((code) => assert.fail(`it ended with ${code}: ${said}`))]);
  return {
    pid,
    banner: JSON.parse(banner),
    ended,
    launcherPid: () => launcherBelow(pid),
    said: () => said,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

const ENVIRONMENT = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

function mayfly(args: readonly string[]): { readonly status: number | null; readonly stderr: string } {
  return spawnSync(process.execPath, [join(ROOT, 'bin/mayfly.mjs'), ...args], {
    env: ENVIRONMENT,
    encoding: 'utf8',
    timeout: 60_000,
  });
}

/** Below a folder of the test's own; with its work folder gone after the test. */
function folderFor(t: TestContext): string {
  const above = mkdtempSync('/var/tmp/mf-rights-');
  chmodSync(above, 0o755);
  const data = join(above, 'data');
  mkdirSync(data, { mode: 0o700 });
  t.after(() => {
    rmSync(openDataFolder(data).work, { recursive: true, force: true });
    rmSync(above, { recursive: true });
  });
  return data;
}

/** What is not the service user's. */
function foreign(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => {
    // The database's companions come and go.
    const uid = existsSync(join(folder, path)) ? lstatSync(join(folder, path)).uid : SERVICE_UID;
    return uid !== SERVICE_UID;
  });
}

function launcherBelow(pid: number): number {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
  );
  const found = children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'latin1').includes('privileged/process'));
  return found ?? assert.fail(`none of ${children.join(', ')} starts sandboxes`);
}

function capabilities(status: string): bigint {
  return BigInt(`0x${/^CapEff:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? assert.fail()}`);
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(20);
}

async function freeLowPort(): Promise<number | undefined> {
  if (Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1')) < 1000) return undefined;
  for (let port = 700; port < 760; port++) {
    const taken = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (!taken) return port;
  }
  return undefined;
}
