// Runtimes are there, or are fetched through npm and checked, or are missing in words. The npm here is a script of the test's own.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { FakeClock } from '../../../test/support/fake-clock.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { LaunchFailed } from '../launch-failed.ts';
import { fetchNode } from './node-fetch.ts';
import { Runtimes } from './runtimes.ts';
import { copyTarEntry } from './tar-entry.ts';

const random = seededRandom(1);

let root: string;
let archive: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mayfly-runtimes-'));
  archive = join(root, 'package.tgz');
  await mkdir(join(root, 'package', 'bin'), { recursive: true });
  await writeFile(join(root, 'package', 'README.md'), 'r'.repeat(700));
  await writeFile(join(root, 'package', 'bin', 'node'), '#!/bin/sh\necho a node\n', { mode: 0o755 });
  execFileSync('tar', ['-czf', archive, '-C', root, 'package/README.md', 'package/bin/node']);
});
afterEach(() => rm(root, { recursive: true }));

/** The program `npm` on a PATH of its own. */
async function fakeNpm(script: string): Promise<Readonly<Record<string, string>>> {
  const folder = join(root, 'path');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'npm'), 0o755);
  return {
    PATH: `${folder}:/usr/bin:/bin`,
    MAYFLY_ROOT_SECRET_ACCESS_KEY: 'secret',
    npm_config_registry: 'configured',
    HOME: root,
  };
}

async function checksum(): Promise<string> {
  return `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
}

describe('a pinned Node', () => {
  const fetched = async (integrity: string, script: string) => {
    const target = join(root, 'node-1.2.3');
    const steps: string[] = [];
    const pinned = { packageName: 'node-of-the-test', version: '1.2.3', integrity };
    const environment = await fakeNpm(script);
    await fetchNode({ pinned, target, random, environment, onProgress: (step) => steps.push(step) });
    return { target, steps };
  };

  it('is fetched by npm, checked, and nothing else of its package is kept', async () => {
    const { target, steps } = await fetched(
      await checksum(),
      `cp '${archive}' "$5"/n.tgz; env > '${root}/env'; echo "$@" > '${root}/args'`,
    );
    assert.deepEqual(steps, ['downloading', 'checking', 'unpacking']);
    assert.deepEqual(await readdir(target, { recursive: true }), ['bin', 'bin/node']);
    assert.match(await readFile(join(target, 'bin', 'node'), 'utf8'), /a node/);
    assert.equal((await stat(join(target, 'bin', 'node'))).mode & 0o777, 0o755);
    assert.match(await readFile(join(root, 'args'), 'utf8'), /^pack node-of-the-test@1\.2\.3 --ignore-scripts /);
    const environment = await readFile(join(root, 'env'), 'utf8');
    assert.match(environment, /^npm_config_registry=configured$/m);
    assert.doesNotMatch(environment, /secret/);
  });

  it('with another checksum than the pinned one is not used', async () => {
    await assert.rejects(fetched('sha512-other', `cp '${archive}' "$5"/n.tgz`), /has the checksum sha512-.* it is not used/);
    assert.deepEqual(
      (await readdir(root)).filter((name) => name.startsWith('node-')),
      [],
    );
  });

  it('that npm cannot get is told in npm’s words', async () => {
    await assert.rejects(
      fetched('sha512-any', 'echo "npm error code ENOTFOUND" >&2; exit 1'),
      /npm could not fetch node-of-the-test@1\.2\.3: npm error code ENOTFOUND$/,
    );
  });
});

describe('an archive of npm', () => {
  const entry = async (name: string) => {
    const to = await open(join(root, 'out'), 'w+');
    const found = await copyTarEntry(archive, name, to);
    const text = await readFile(join(root, 'out'), 'utf8');
    await to.close();
    return { found, text };
  };

  it('gives one file, wherever in it that lies', async () => {
    assert.deepEqual(await entry('package/README.md'), { found: true, text: 'r'.repeat(700) });
    assert.deepEqual(await entry('package/bin/node'), { found: true, text: '#!/bin/sh\necho a node\n' });
    assert.deepEqual(await entry('package/bin/other'), { found: false, text: '' });
  });

  it('that is cut off is no archive', async () => {
    const whole = await readFile(archive);
    await writeFile(archive, whole.subarray(0, whole.byteLength / 2));
    await assert.rejects(entry('package/bin/other'));
  });
});

describe('the runtimes', () => {
  const open = async (environment: Readonly<Record<string, string>>, clock = new FakeClock()) => {
    const image = { runtimeFolder: '/r', etcFolder: '/e', langFolders: { 'nodejs24.x': '/lang24' } };
    return Runtimes.open({ clock, random, log: new QuietLog(), workDir: root, image, environment });
  };
  const paths = { task: '/t', opt: '/o', runtime: '/var/runtime', lang: '/var/lang', temporary: '/tmp' };

  it('that came with the platform start at once, and custom ones under the supervisor on the platform’s Node', async () => {
    const runtimes = await open({});
    const request = { network: 'platform', ephemeralMiB: 512, startEnvironment: {} } as const;
    const own = await runtimes.start({ ...request, runtime: 'nodejs24.x' });
    assert.deepEqual([own.langFolder, own.command(paths).at(-1)], ['/lang24', '/var/runtime/node/agent.cjs']);
    const custom = await runtimes.start({ ...request, runtime: 'provided.al2023' });
    assert.deepEqual([custom.langFolder, custom.command(paths).at(-1)], ['/lang24', '/var/runtime/custom/supervisor.cjs']);
    const supervised = await runtimes.start({ ...request, runtime: 'nodejs24.x', supervised: true });
    const command = supervised.command(paths);
    assert(command.indexOf('/var/runtime/custom/supervisor.cjs') < command.indexOf('/var/runtime/node/agent.cjs'));
  });

  it('that are absent are fetched once for all who wait, and told as failed until it is time to try again', async () => {
    const clock = new FakeClock();
    const runtimes = await open(await fakeNpm(`echo x >> '${root}/calls'; echo "npm error no way" >&2; exit 1`), clock);
    assert.equal(runtimes.status().find(({ runtime }) => runtime === 'nodejs20.x')?.state, 'absent');
    const outcomes = await Promise.allSettled([runtimes.prepare('nodejs20.x'), runtimes.prepare('nodejs20.x')]);
    for (const outcome of outcomes) assert(outcome.status === 'rejected' && outcome.reason instanceof LaunchFailed);
    await assert.rejects(runtimes.prepare('nodejs20.x'), /nodejs20\.x is not here and could not be fetched: .*npm error no way/);
    assert.equal(await readFile(join(root, 'calls'), 'utf8'), 'x\n');
    assert.equal(runtimes.status().find(({ runtime }) => runtime === 'nodejs20.x')?.state, 'failed');
    await clock.advance(30_000);
    await assert.rejects(runtimes.prepare('nodejs20.x'), LaunchFailed);
    assert.equal(await readFile(join(root, 'calls'), 'utf8'), 'x\nx\n');
  });

  it('forget what a fetch that was killed has left', async () => {
    await mkdir(join(root, 'runtimes', 'node-20.20.2.draft-0123', 'bin'), { recursive: true });
    await open({});
    assert.deepEqual(await readdir(join(root, 'runtimes')), []);
  });
});
