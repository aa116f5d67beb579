// A platform with 100,000 queues and as many schedules that nobody uses, beside an empty one: how long a start takes, and what it does then.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSchedules, type ScheduleSettings } from '#schedules';
import { openSqliteStore } from '#store';
import { realClock, realRandom } from '../src/main/ambient.ts';
import { openDataFolder } from '../src/main/data-folder.ts';
import { QuietLog } from '../test/support/quiet-log.ts';
import { SCOPE } from '../test/support/temporary-registry.ts';
import { cpuMsOf, median } from './harness.ts';

const COMMAND = fileURLToPath(new URL('../bin/mayfly.mjs', import.meta.url));
const STARTS = 5;
const WATCH_MS = 5000;
const AT_ONCE = 500;

export interface IdleFigures {
  readonly startMoreMs: number;
  /** Of the platform with so many over the time of watching, less that of the empty one. */
  readonly idleCpuMoreMs: number;
}

export async function measureIdle(count: number): Promise<IdleFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-idle-'));
  const few = join(folder, 'few');
  const many = join(folder, 'many');
  try {
    await seed(few, 0);
    await seed(many, count);
    const starts = { few: [] as Run[], many: [] as Run[] };
    for (let round = -1; round < STARTS; round += 1)
      for (const which of round % 2 === 0 ? (['few', 'many'] as const) : (['many', 'few'] as const)) {
        const run = await runOnce(which === 'few' ? few : many);
        // The first round only brings the files into memory.
        if (round >= 0) starts[which].push(run);
      }
    const more = (figure: keyof Run): number =>
      Math.round(median(starts.many.map((run) => run[figure])) - median(starts.few.map((run) => run[figure])));
    return { startMoreMs: more('startMs'), idleCpuMoreMs: more('idleCpuMs') };
  } finally {
    for (const path of [few, many]) rmSync(openDataFolder(path).work, { recursive: true, force: true });
    rmSync(folder, { recursive: true });
  }
}

async function seed(path: string, count: number): Promise<void> {
  const store = await openSqliteStore({ folder: openDataFolder(path).store, log: new QuietLog() });
  const { book } = createSchedules({ store, clock: realClock, random: realRandom, log: new QuietLog(), scopes: [SCOPE] });
  for (let first = 0; first < count; first += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, index) => first + index);
    await Promise.all(
      numbers.map(async (number) => {
        const name = `idle-${number}`;
        const settings = { isFifo: false, retentionMs: 345_600_000 };
        await store.messages.createQueue({ scope: SCOPE, name, createdAtMs: realClock.now(), settings, attributes: {} });
        await book.create({ scope: SCOPE, group: 'default', name }, scheduleOf(number));
      }),
    );
  }
  await store.close();
}

/** Due next year, each at a minute of its own. */
function scheduleOf(number: number): ScheduleSettings {
  const at = new Date(realClock.now() + 365 * 86_400_000 + number * 60_000).toISOString().slice(0, 19);
  return {
    expression: `at(${at})`,
    zone: 'UTC',
    isEnabled: true,
    isDeletedAfterCompletion: false,
    target: {
      arn: 'arn:aws:sqs:us-east-1:000000000000:idle-0',
      roleArn: 'arn:aws:iam::000000000000:role/bench',
      retry: { maximumRetries: 0, maximumAgeSeconds: 60 },
    },
  };
}

interface Run {
  readonly startMs: number;
  readonly idleCpuMs: number;
}

async function runOnce(path: string): Promise<Run> {
  const began = performance.now();
  const child = spawn(process.execPath, [COMMAND, 'up', '--port', '0', '--data', path, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  await once(createInterface({ input: child.stdout }), 'line');
  const startMs = performance.now() - began;
  // Sandboxes are being made for the first functions to come.
  await delay(2000);
  const before = cpuMsOf(child.pid ?? 0, 'alone');
  await delay(WATCH_MS);
  const idleCpuMs = cpuMsOf(child.pid ?? 0, 'alone') - before;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
  return { startMs, idleCpuMs };
}
