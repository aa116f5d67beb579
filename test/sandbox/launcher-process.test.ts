// The launcher process against a platform that is no longer itself: it starts sandboxes as they are, and nothing else can be got out of it.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { array, constantFrom, oneof, sample, string } from 'fast-check';

import { PrivilegedProcess } from '../../src/sandbox/privileged/privileged-process.ts';
import { parseVerb } from '../../src/sandbox/privileged/verbs.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { levels } from './support/levels.ts';
import { rawSettings, startRawLauncher } from './support/raw-launcher.ts';
import type { RawLauncher } from './support/raw-launcher.ts';

const found = (await levels()).find(({ level }) => level === 'bwrap')?.skip ?? true;
const skip = process.geteuid?.() === 0 ? found : 'only root has a launcher process';

const ID = '0123456789abcdef';
const launchLine = (id: string, lot: number): string => `launch ${id} ${lot} nodejs24.x - - 0 platform 16`;

describe('the launcher process', { skip }, () => {
  it('refuses whatever is no verb, starts nothing for it, and goes on', async () => {
    await using launcher = await startRawLauncher();
    const words = constantFrom(
      'launch',
      'begin',
      'kill',
      'lot',
      'end',
      'prepare',
      ID,
      '/bin/sh',
      '../..',
      '0',
      '-1',
      'nodejs24.x',
      'LD_PRELOAD=eA',
    );
    const lines = oneof(
      string(),
      array(words, { maxLength: 12 }).map((parts) => parts.join(' ')),
    );
    for (const line of sample(lines, { numRuns: 300, seed: 7 })) {
      if (parseVerb(line) !== undefined || line.includes('\n')) continue;
      launcher.say(line);
      const { reason } = await launcher.reply('refused');
      assert.match(reason, /^no such verb/);
    }
    assert.deepEqual(launcher.children(), []);
    launcher.say('lot 0');
    assert.equal((await launcher.reply('lot')).lot, 0);
  });

  it('gives a uid to one sandbox at a time, and none beyond its range', async () => {
    await using launcher = await startRawLauncher();
    await startWaiting(launcher, ID, 3);
    const other = 'fedcba9876543210';
    launcher.attend(other);
    launcher.say(launchLine(other, 3));
    assert.match((await launcher.reply('failed')).reason, /lot 3 is in use/);
    launcher.say(launchLine(ID, 4));
    assert.match((await launcher.reply('failed')).reason, /is there already/);
    launcher.say(launchLine(other, 100));
    assert.match((await launcher.reply('failed')).reason, /not in the range/);
    launcher.say('lot 100');
    assert.match((await launcher.reply('refused')).reason, /not in the range/);
    assert.equal(existsSync(join(launcher.workDir, 'slots', '100')), false);
    assert.deepEqual(launcher.children(), ['bwrap']);

    launcher.say(`kill ${ID}`);
    await launcher.reply('exited');
    await startWaiting(launcher, other, 3);
  });

  it('begins what waits, once, and kills what it started, by no other number', async () => {
    await using launcher = await startRawLauncher();
    for (const line of [`begin ${ID}`, `kill ${ID}`]) {
      launcher.say(line);
      assert.match((await launcher.reply('refused')).reason, /there is no sandbox/);
    }
    await startWaiting(launcher, ID, 0);
    await mkdir(join(launcher.workDir, 'slots', '0', ID));
    launcher.say(`begin ${ID}`);
    launcher.say(`begin ${ID}`);
    assert.match((await launcher.reply('refused')).reason, /no sandbox .* that waits/);
  });

  it('starts bwrap as its sandbox’s uid, in no group of root’s, and with no power', async () => {
    await using launcher = await startRawLauncher();
    const pid = await startWaiting(launcher, ID, 5);
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const uid = launcher.firstUid + 5;
    assert.match(status, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
    assert.match(status, new RegExp(`^Gid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
    assert.match(status, /^Groups:\s*$/m);
    assert.match(status, /^CapEff:\t0+$/m);
    assert.equal(readFileSync(`/proc/${pid}/environ`, 'latin1'), '');
  });

  it('opens nothing for a sandbox that the sandbox’s own uid may not open, wherever its slot leads', async () => {
    await using launcher = await startRawLauncher();
    const secret = join(launcher.workDir, 'secret');
    await mkdir(secret, { mode: 0o700 });
    await writeFile(join(secret, 'canary'), 'not for sandboxes');
    const streams = launcher.attend(ID);
    const said = text(streams[1] ?? assert.fail());
    launcher.say('lot 0');
    await launcher.reply('lot');
    await symlink(secret, join(launcher.workDir, 'slots', '0', ID));
    launcher.say(launchLine(ID, 0));
    await launcher.reply('waiting');
    launcher.say(`begin ${ID}`);
    const { exitCode } = await launcher.reply('exited');
    assert.equal(exitCode, 1);
    assert.match(await said, /^bwrap: .*Permission denied/m);
  });

  it('ends, with all that it started, when the channel ends', async () => {
    await using launcher = await startRawLauncher();
    const pid = await startWaiting(launcher, ID, 0);
    launcher.leave();
    await launcher.exited;
    assert.equal(existsSync(`/proc/${pid}`), false);
    assert.equal(existsSync(join(launcher.workDir, 'launcher.sock')), false);
  });

  it('tells whoever asked of it what it could not do', async () => {
    const { root, settings } = await rawSettings();
    const launcher = await PrivilegedProcess.start(settings, new QuietLog());
    try {
      await launcher.prepare();
      await rm(join(settings.workDir, 'slots'), { recursive: true });
      await assert.rejects(launcher.takeLot(), /The launcher process refused: .*ENOENT/);
      await mkdir(join(settings.workDir, 'slots'));
      assert.equal((await launcher.takeLot()).givesGroup, true);
    } finally {
      await launcher.close();
      await rm(root, { recursive: true });
    }
  });

  it('ends when a line has no end', async () => {
    await using launcher = await startRawLauncher();
    await startWaiting(launcher, ID, 0);
    launcher.say('x'.repeat(100_000));
    await launcher.exited;
  });
});

/** The pid of a bwrap that waits for its options. */
async function startWaiting(launcher: RawLauncher, id: string, lot: number): Promise<number> {
  launcher.say(`lot ${lot}`);
  await launcher.reply('lot');
  launcher.attend(id);
  launcher.say(launchLine(id, lot));
  return (await launcher.reply('waiting')).pid;
}
