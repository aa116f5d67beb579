// kill -9 at any moment of an upload, a deploy or an invoke, then start: what was acknowledged is there, nothing is there by half,
// and nothing of the dead platform is left on the machine.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { effort } from '../support/effort.ts';
import { leftovers, NOTHING } from './leftovers.ts';
import { freePort, startPlatform } from './platform-process.ts';
import { examine, live, newTestimony } from './witness.ts';

const ROUNDS = effort(3, 40);

test(`killed ${ROUNDS} times, it loses nothing that it acknowledged`, { timeout: ROUNDS * 60_000 }, async (t) => {
  const dataFolder = temporaryDataFolder(t);
  const port = await freePort();
  const totals = { objects: 0, functions: 0, invocations: 0 };

  for (let round = 0; round < ROUNDS; round += 1) {
    const testimony = newTestimony();
    const doomed = await startPlatform(t, { dataFolder, port });
    const living = live(doomed.endpoint, round, testimony);
    living.catch(() => undefined); // Awaited below, after the kill.
    await delay(100 + Math.floor(Math.random() * 2400));
    await doomed.kill();
    await living;
    if (round === 0) assert.notDeepEqual(leftovers(dataFolder), NOTHING, 'the examiner can see what a killed platform leaves');

    const next = await startPlatform(t, { dataFolder, port });
    try {
      assert.deepEqual(await examine(next.endpoint, testimony), [], `round ${round}`);
    } finally {
      assert.equal(await next.stop(), 0);
    }
    assert.deepEqual(leftovers(dataFolder), NOTHING, `round ${round}: something is left on the machine`);
    totals.objects += [...testimony.objects.values()].filter((entry) => entry.acknowledged).length;
    totals.functions += [...testimony.functions.values()].filter((entry) => entry.acknowledged).length;
    totals.invocations += testimony.requestIds.size;
  }
  t.diagnostic(`acknowledged in all: ${JSON.stringify(totals)}`);
  assert.ok(totals.objects > 0 && totals.functions > 0, 'the witness saw something acknowledged');
});

test('the examiner can see: what was never uploaded is reported as lost', async (t) => {
  const dataFolder = temporaryDataFolder(t);
  const platform = await startPlatform(t, { dataFolder, port: await freePort() });
  const testimony = newTestimony();
  const living = live(platform.endpoint, 0, testimony);
  living.catch(() => undefined); // Awaited below, after the kill.
  await delay(500);
  const forged = newTestimony();
  forged.objects.set('round-0/never', { digest: 'none', acknowledged: true });
  forged.functions.set('witness-never', { acknowledged: true, markers: new Set(), acknowledgedMarker: undefined });
  forged.requestIds.add('00000000-0000-4000-8000-000000000000');
  const findings = await examine(platform.endpoint, forged);
  await platform.kill();
  await living;
  assert.deepEqual(findings, [
    'round-0/never was acknowledged and is not there',
    'witness-never was acknowledged and is not there',
    'invocation 00000000-0000-4000-8000-000000000000 was answered and is on the books 0 times',
  ]);
});

/** With what the platform keeps outside of it for its sandboxes. */
function temporaryDataFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-crash-'));
  t.after(() => {
    for (const path of [openDataFolder(folder).work, folder]) rmSync(path, { recursive: true, force: true });
  });
  return folder;
}
