// kill -9 around the firing of schedules: each due time becomes one entry of the outbox, none is lost and none is there twice.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { entryOfDelivery, OUTBOX_LANE } from '#outbox';
import { openSqliteStore } from '#store';
import { effort } from '../support/effort.ts';
import { QuietLog } from '../support/quiet-log.ts';

const CHILD = join(import.meta.dirname, 'schedules-child.ts');
const ROUNDS = effort(2, 30);
const NAMES = Array.from({ length: 12 }, (_, index) => `s-${index}`);
/** Longer than a dead process's lease. */
const AHEAD_MS = 11_000;

type Point = 'before' | 'during' | 'after' | 'between';

for (const point of ['before', 'during', 'after'] as const) {
  test(`killed ${point} the step that fires, ${ROUNDS} times: each due time is met once`, async (t) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const folder = temporaryFolder(t);
      const firings = (round * 5 + 3) % NAMES.length;
      const acknowledged = await runChild(folder, { point, firings, aheadMs: 0, names: NAMES });
      assert.equal(acknowledged.signal, 'SIGKILL');
      assert.equal(acknowledged.names.length, NAMES.length);
      assert.equal((await runChild(folder, { point, firings: NAMES.length, aheadMs: AHEAD_MS, names: [] })).signal, null);
      assert.deepEqual(await metNames(folder), acknowledged.names.toSorted(), `round ${round}`);
    }
  });
}

test('the checker can see: a build that sends and plans in two steps meets a due time twice', async (t) => {
  const folder = temporaryFolder(t);
  await runChild(folder, { point: 'between', firings: 3, aheadMs: 0, names: NAMES });
  await runChild(folder, { point: 'between', firings: NAMES.length, aheadMs: AHEAD_MS, names: [] });
  const met = await metNames(folder);
  assert.equal(met.length, NAMES.length + 1);
  assert.equal(new Set(met).size, NAMES.length);
});

interface Life {
  readonly point: Point;
  readonly firings: number;
  readonly aheadMs: number;
  readonly names: readonly string[];
}

async function runChild(folder: string, { point, firings, aheadMs, names }: Life) {
  const words = [CHILD, folder, point, String(firings), String(aheadMs), ...names];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed, [code, signal]] = await Promise.all([
    text(child.stdout),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  assert.ok(code === 0 || signal === 'SIGKILL', `the child ended with ${code ?? signal}`);
  return { signal, names: [...printed.matchAll(/^created (.+)$/gm)].map(([, name = '']) => name) };
}

/** Of all entries of the outbox, in order. */
async function metNames(folder: string): Promise<readonly string[]> {
  const store = await openSqliteStore({ folder, log: new QuietLog() });
  try {
    const nowMs = Date.now() + 2 * AHEAD_MS;
    const claimed = await store.deliveries.claimDue({ lane: OUTBOX_LANE, nowMs, leaseMs: 1, limit: 1000 });
    return claimed.map((delivery) => entryOfDelivery(delivery).sender.arn.split('/').at(-1) ?? '').toSorted();
  } finally {
    await store.close();
  }
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-schedules-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
