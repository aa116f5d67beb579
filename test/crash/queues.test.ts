// kill -9 at any moment while messages are sent, received and deleted: nothing that was acknowledged is lost, nothing that was deleted
// comes back, groups keep their order, and what is sent again within the deduplication window is there once.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { effort } from '../support/effort.ts';
import { freePort, startPlatform } from './platform-process.ts';
import { drainQueues, QueueTestimony, useQueues } from './queue-witness.ts';

const ROUNDS = Number(process.env['MAYFLY_CRASH_ROUNDS'] ?? effort(3, 60));

test(`killed ${ROUNDS} times, queues keep their word`, { timeout: ROUNDS * 60_000 }, async (t) => {
  const dataFolder = temporaryDataFolder(t);
  const port = await freePort();
  const testimony = new QueueTestimony();
  for (let round = 0; round < ROUNDS; round += 1) {
    const doomed = await startPlatform(t, { dataFolder, port });
    const using = useQueues(doomed.endpoint, round, testimony);
    using.catch(() => undefined); // Awaited below, after the kill.
    await delay(200 + Math.floor(Math.random() * 1200));
    await doomed.kill();
    await using;
    assert.deepEqual(testimony.objections, [], `round ${round}`);
  }
  const last = await startPlatform(t, { dataFolder, port });
  await drainQueues(last.endpoint, testimony);
  assert.equal(await last.stop(), 0);
  assert.deepEqual(testimony.verdict(), []);
  const acknowledged = (kind: 'standard' | 'fifo') =>
    [...testimony[kind].values()].filter((account) => account.acknowledged !== undefined).length;
  t.diagnostic(`acknowledged: ${acknowledged('standard')} of a standard queue, ${acknowledged('fifo')} of a FIFO queue`);
  assert(acknowledged('standard') > 0 && acknowledged('fifo') > 0, 'the witness saw something acknowledged');
});

test('the witness can see: what is lost, comes back, is doubled or overtakes is told', () => {
  const testimony = new QueueTestimony();
  for (const body of ['lost', 'kept', 'back', 'twice']) testimony.account('standard', body).acknowledged = `id of ${body}`;
  testimony.account('standard', 'unanswered');
  const come = (kind: 'standard' | 'fifo', ...bodies: readonly string[]) =>
    testimony.received(
      kind,
      bodies.map((Body) => ({ Body, MessageId: `id of ${Body}` })),
    );
  come('standard', 'kept', 'back', 'twice');
  testimony.account('standard', 'back').deletion = 'acknowledged';
  come('standard', 'back', 'never sent');
  testimony.received('standard', [{ Body: 'twice', MessageId: 'another id' }]);
  for (const body of ['g/1', 'g/2', 'h/1']) testimony.account('fifo', body).acknowledged = `id of ${body}`;
  come('fifo', 'h/1', 'g/2');
  come('fifo', 'g/1', 'g/2');
  assert.deepEqual(testimony.verdict(), [
    'back was received after its deletion was acknowledged',
    'never sent was received and never sent',
    'twice is there as 2 messages',
    'twice has another id',
    'g/2 was received before g/1',
    'lost was acknowledged and never received',
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
