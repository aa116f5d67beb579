// `kill -9` of the platform, whatever its sandboxes are doing: those that can end by themselves do, and the next start clears the rest.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';

import type { IsolationLevel } from '#sandbox';
import { processesWithin } from '../../src/sandbox/process/processes-within.ts';
import { groupsOf, processesOf, slotsOf } from './support/leftovers.ts';
import { levels } from './support/levels.ts';
import { GENERIC, openHouse } from './support/real-house.ts';

const isRoot = process.geteuid?.() === 0;

for (const { level, skip } of await levels()) {
  describe(`after a kill at level ${level}`, { skip }, () => {
    it('the next platform leaves no process, group or slot of the last one', async () => {
      const root = await mkdtemp('/var/tmp/mf-');
      await chmod(root, 0o711);
      const workDir = join(root, 'w');
      const range = await runAndKill(level, workDir);
      if (level === 'process') assert(processesWithin(workDir).length > 0, 'the control: without a sandbox something survives');

      const house = await openHouse(level, { workDir });
      const report = await house.launcher.sweep();
      assert.equal(report.slotsRemoved, 3, JSON.stringify(report));
      assert.deepEqual(slotsOf(house), []);
      assert.deepEqual(groupsOf(house), []);
      if (isRoot && level !== 'process') assert.deepEqual(processesOf({ ...house, uidRange: range }), []);
      assert.deepEqual(processesWithin(workDir), []);
      const sandbox = await house.launcher.launch(GENERIC);
      await sandbox.destroy();
      await house[Symbol.asyncDispose]();
      await rm(root, { recursive: true });
    });
  });
}

interface Range {
  readonly first: number;
  readonly count: number;
}

async function runAndKill(level: IsolationLevel, workDir: string): Promise<Range> {
  const platform = spawn(process.execPath, [join(import.meta.dirname, 'support', 'doomed-platform.ts'), level, workDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: platform.stdout }), 'line');
  platform.kill('SIGKILL');
  await once(platform, 'exit');
  return JSON.parse(String(line));
}
