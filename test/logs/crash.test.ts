// The logs room under kill -9: nothing that was appended is missing or doubled.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLogs, type Logs } from '#logs';
import { openLocalSegments, openSqliteStore } from '#store';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from '../support/logs-house.ts';
import { QuietLog } from '../support/quiet-log.ts';

const WRITER = fileURLToPath(new URL('./crash-writer.ts', import.meta.url));
const GROUP = '/aws/lambda/crash';

test('whatever was appended before a kill -9 is there afterwards, once', { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-logs-crash-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  let first = 0;
  // Each round goes on where the one before was killed, so recovery itself is killed too: in the third, as early as can be.
  for (const reports of [1, 40, 1, 200]) {
    const appendedTo = await writeAndKill(folder, first, reports);
    const found = await readAll(folder);
    const expected = new Set(Array.from({ length: appendedTo }, (_, number) => number));
    assert.equal(new Set(found).size, found.length, 'no line is there twice');
    for (const number of found) expected.delete(number);
    assert.deepEqual([...expected], [], 'no appended line is missing');
    first = Math.max(...found) + 1;
    assert.ok(first >= appendedTo);
    assert.equal(first, found.length, 'the lines of all rounds are there');
  }
});

/** The number up to which the process said that everything was appended. */
async function writeAndKill(folder: string, first: number, reports: number): Promise<number> {
  const child = spawn(process.execPath, [WRITER, folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let appendedTo = first;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    appendedTo = Number(line);
    seen += 1;
    if (seen === reports) child.kill('SIGKILL');
  }
  const [code, signal] = (await exited) as [number | null, string | null];
  assert.equal(signal, 'SIGKILL', `the writer ended by itself with ${code}`);
  return appendedTo;
}

async function readAll(folder: string): Promise<readonly number[]> {
  const log = new QuietLog();
  const store = await openSqliteStore({ folder, log });
  const segments = await openLocalSegments({ folder: join(folder, 'segments'), maxSegmentBytes: 20_000, clock: realClock });
  const logs = createLogs({ store, segments, scopes: [SCOPE], clock: realClock, random: realRandom, log });
  try {
    await logs.start();
    return await searchAll(logs);
  } finally {
    await logs.close();
    await segments.close();
    await store.close();
  }
}

async function searchAll(logs: Logs): Promise<readonly number[]> {
  const found: number[] = [];
  let token: string | undefined;
  do {
    const page = await logs.events.search({
      scope: SCOPE,
      group: GROUP,
      oldestFirst: true,
      matches: () => true,
      ...(token === undefined ? {} : { token }),
    });
    found.push(...page.events.map((event) => Number(event.text)));
    token = page.nextToken;
  } while (token !== undefined);
  return found;
}
