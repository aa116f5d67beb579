// Kills a process that saves, at random moments, and looks at what is left: all that was acknowledged, and nothing half.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { effort } from '../support/effort.ts';
import { complaintsAbout, type Acknowledged } from './crash-witness.ts';

test('whatever was acknowledged before a kill is there after it, and nothing is half', async (t) => {
  const folder = await temporaryFolder(t);
  const acknowledged: Acknowledged[] = [];
  for (let run = 1; run <= effort(6, 60); run += 1) {
    acknowledged.push(...(await killedRun({ folder, run, acknowledgements: Math.floor(Math.random() * 400) })));
    assert.deepEqual(await complaintsAbout(folder, acknowledged), [], `after run ${run}`);
  }
  assert(acknowledged.length > 0);
});

test('a build that acknowledges too early is caught', async (t) => {
  const folder = await temporaryFolder(t);
  for (let run = 1; run <= 10; run += 1) {
    const acknowledged = await killedRun({ folder, run, acknowledgements: 50, mode: 'early' });
    if ((await complaintsAbout(folder, acknowledged)).length > 0) return;
  }
  assert.fail('ten early builds went unnoticed');
});

interface KilledRun {
  readonly folder: string;
  readonly run: number;
  /** How many are read before the kill. */
  readonly acknowledgements: number;
  readonly mode?: 'early';
}

/** What the process had acknowledged when it was killed. */
async function killedRun({ folder, run, acknowledgements, mode }: KilledRun): Promise<readonly Acknowledged[]> {
  const program = join(import.meta.dirname, 'crash-child.ts');
  const options = mode === undefined ? [] : [mode];
  const child = spawn(process.execPath, [program, folder, String(run), ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const acknowledged: Acknowledged[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length > acknowledgements) child.kill('SIGKILL');
  }
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the process ended by itself');
  return acknowledged;
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-crash-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}
