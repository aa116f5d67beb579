// Opening the cellar: what it refuses, what it finds out about the machine, and a self-test that sees.

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { createLauncher, detectIsolation, LaunchFailed } from '#sandbox';
import type { IsolationLevel } from '#sandbox';
import { selfTest } from '../../src/sandbox/bwrap/self-test.ts';
import { prepareImage } from '../../src/sandbox/slots/image.ts';
import { openUp } from '../../src/sandbox/slots/open-up.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { levels } from './support/levels.ts';
import { GENERIC, machineClock, machineRandom, openHouse, PROJECT_ROOT, specialisation } from './support/real-house.ts';

const skip = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;
const isRoot = process.geteuid?.() === 0;

describe('a launcher', () => {
  let root: string;
  before(async () => {
    root = await mkdtemp('/var/tmp/mf-');
    await chmod(root, 0o711);
  });
  after(() => rm(root, { recursive: true }));

  const open = (workDir: string, level: IsolationLevel = 'process'): ReturnType<typeof createLauncher> =>
    createLauncher({
      clock: machineClock,
      random: machineRandom,
      log: new QuietLog(),
      level,
      projectRoot: PROJECT_ROOT,
      workDir,
      endpointPort: 4566,
    });

  it('is not opened in a folder whose sockets would have too long names', async () => {
    await assert.rejects(
      open(join(root, 'x'.repeat(60))),
      (error) => error instanceof LaunchFailed && /more than 60 characters/.test(error.message),
    );
  });

  it('is not opened in a folder that is a link', async () => {
    await symlink('/tmp', join(root, 'link'));
    await assert.rejects(open(join(root, 'link')), (error) => error instanceof LaunchFailed);
  });

  it('is not opened in a folder of somebody else', { skip: isRoot ? false : 'needs root to give a folder away' }, async () => {
    await mkdir(join(root, 'foreign'));
    await chown(join(root, 'foreign'), 12_345, 12_345);
    await assert.rejects(open(join(root, 'foreign')), /belongs to uid 12345/);
  });

  it(
    'is not opened below a folder that its sandboxes cannot pass',
    { skip: isRoot ? false : 'only root’s sandboxes have a uid of their own' },
    async () => {
      await mkdir(join(root, 'closed'), { mode: 0o700 });
      await assert.rejects(open(join(root, 'closed', 'w')), /is closed to other users/);
    },
  );

  it('makes its image once, and again only when its content changes', async () => {
    const workDir = join(root, 'w');
    const first = await prepareImage({ projectRoot: PROJECT_ROOT, workDir, random: machineRandom });
    const second = await prepareImage({ projectRoot: PROJECT_ROOT, workDir, random: machineRandom });
    assert.deepEqual(second, first);
    assert(first.langFolders['nodejs24.x']?.startsWith(join(workDir, 'image')));
  });

  it('finds out what this machine can do, in sentences', async () => {
    const report = await detectIsolation();
    assert.equal(report.rootless, !isRoot);
    assert.match(report.promise, /^(?:bwrap|none): /);
    for (const note of report.notes) assert.match(note, /^[A-Z].{20,}/);
  });
});

describe('the self-test', { skip }, () => {
  it('finds nothing where the level holds, or the launcher would not have opened', async () => {
    await using house = await openHouse('bwrap');
    assert.equal(house.launcher.level, 'bwrap');
  });

  it('can be repeated, by two who ask at once as well, and says everything that it tried', async () => {
    await using house = await openHouse('bwrap');
    const [one, other] = await Promise.all([house.launcher.selfTest(), house.launcher.selfTest()]);
    assert.deepEqual(one, other);
    assert.deepEqual(
      one.filter(({ found }) => found !== undefined),
      [],
    );
    const attempts = new Set(one.map(({ attempt }) => attempt));
    for (const attempt of ['open /etc/shadow', 'call ptrace', 'call io_uring_setup', "reach the host's loopback"])
      assert.ok(attempts.has(attempt), attempt);
  });

  it('passes under a umask that hides every new file from others', async () => {
    const usual = process.umask(0o077);
    try {
      await using house = await openHouse('bwrap');
      const codeTree = await house.codeTree({ 'lib/index.js': 'exports.handler = async () => 1' });
      await openUp(codeTree);
      const sandbox = await house.launcher.launch(GENERIC);
      assert.deepEqual(await sandbox.specialise(specialisation(codeTree, { handler: 'lib/index.handler' })), { kind: 'ready' });
    } finally {
      process.umask(usual);
    }
  });

  it('finds every hole of a level that has them all', async () => {
    assert(process.arch === 'x64' || process.arch === 'arm64');
    await using house = await openHouse('process');
    const image = await prepareImage({ projectRoot: PROJECT_ROOT, workDir: house.workDir, random: machineRandom });
    const tried = await selfTest({
      clock: machineClock,
      launcher: house.launcher,
      image,
      machine: process.arch,
      workDir: house.workDir,
      secrets: [house.workDir],
    });
    const all = tried.flatMap(({ found }) => found ?? []).join('; ');
    for (const hole of [
      /it opened .*canary/,
      /names the platform's files/,
      /reached the host's loopback/,
      /reached a socket of the host's by its name/,
      /no system-call filter/,
      /to ptrace/,
      /to userfaultfd|to bpf|to perf_event_open/,
    ]) {
      assert.match(all, hole);
    }
    if (readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length > 20) assert.match(all, /it sees \d+ processes/);
    if (isRoot)
      for (const hole of [
        /it opened \/proc\/sys\/kernel\/core_pattern/,
        /it opened \/proc\/sys\/\S+, .* and \d+ more/,
        /it has capabilities/,
        /host's uid 0/,
        /it may write to \/etc/,
      ])
        assert.match(all, hole);
  });
});
