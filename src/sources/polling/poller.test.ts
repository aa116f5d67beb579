// The story of a poller, told over a source that tests fill and a clock that they turn.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settled } from '../../../test/support/fake-clock.ts';
import { FakeSource, recordOf } from '../../../test/support/fake-source.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { Allowance } from './allowance.ts';
import type { BatchOutcome } from './batch-outcome.ts';
import { Poller } from './poller.ts';
import type { PollerSettings } from './poller.ts';
import type { SourceRecord } from './source.ts';

const WELL: BatchOutcome = { kind: 'ran', failed: new Set(), isCrowded: false };
const THROTTLED: BatchOutcome = { kind: 'refused', problem: 'PROBLEM: Function throttled' };

interface Running {
  readonly ids: readonly string[];
  end(outcome: BatchOutcome): void;
}

interface More {
  readonly isOrdered?: boolean;
  readonly allowance?: Allowance;
}

function house(settings: Partial<PollerSettings> = {}, more: More = {}) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const source = new FakeSource(more.isOrdered ?? false);
  const running: Running[] = [];
  const poller = new Poller<SourceRecord>({
    clock,
    log,
    name: 'test',
    source,
    allowance: more.allowance ?? new Allowance(1_000_000),
    settings: { batchSize: 2, windowMs: 0, maximumConcurrency: 1000, batchBytes: 100_000, ...settings },
    passes: ({ document }) => {
      if (document['kind'] === 'poison') throw new RangeError('Maximum call stack size exceeded');
      return document['kind'] !== 'noise';
    },
    run: (records) =>
      new Promise((resolve) => {
        const batch: Running = {
          ids: records.map(({ id }) => id),
          end(outcome) {
            running.splice(running.indexOf(batch), 1);
            resolve(outcome);
          },
        };
        running.push(batch);
      }),
  });
  poller.start();
  return {
    clock,
    log,
    source,
    poller,
    running,
    batches: () => running.map(({ ids }) => ids.join('')),
    arrive: async (...ids: readonly string[]) => {
      source.arrive(...ids.map((id) => recordOf(id)));
      await settled();
    },
    end: async (outcome: BatchOutcome = WELL, index = 0) => {
      running[index]?.end(outcome);
      await settled();
    },
  };
}

test('idle, it has no timer; what arrives runs at once, and is acknowledged when it ran well', async () => {
  const { arrive, batches, clock, end, poller, source } = house();
  await settled();
  assert.equal(clock.pendingTimers, 0);
  assert.equal(poller.lastResult, undefined);
  await arrive('a');
  assert.deepEqual(batches(), ['a']);
  assert.deepEqual(source.acknowledged, []);
  await end();
  assert.deepEqual(source.acknowledged, ['a']);
  assert.equal(poller.lastResult, 'OK');
  assert.equal(clock.pendingTimers, 0);
  await poller.stop();
});

test('five batches run at once, more when a backlog is worked off, five again after a rest', async () => {
  const { arrive, batches, end, poller, source } = house();
  await arrive(...Array.from({ length: 40 }, (_, i) => `${i},`));
  assert.equal(batches().length, 5);
  await end();
  assert.equal(batches().length, 6);
  await end();
  assert.equal(batches().length, 7);
  while (batches().length > 0) await end();
  assert.equal(source.acknowledged.length, 40);
  await arrive(...Array.from({ length: 40 }, (_, i) => `${i};`));
  assert.equal(batches().length, 5);
  while (batches().length > 0) await end();
  await poller.stop();
});

test('never more than its maximum', async () => {
  const { arrive, batches, end, poller } = house({ maximumConcurrency: 2 });
  await arrive('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  assert.deepEqual(batches(), ['ab', 'cd']);
  await end();
  assert.deepEqual(batches(), ['cd', 'ef']);
  while (batches().length > 0) await end();
  await poller.stop();
});

test('crowded batches are no reason for more', async () => {
  const { arrive, batches, end, poller } = house();
  await arrive(...Array.from({ length: 40 }, (_, i) => `${i},`));
  await end({ ...WELL, isCrowded: true });
  assert.equal(batches().length, 5);
  while (batches().length > 0) await end();
  await poller.stop();
});

test('what failed is left to its visibility timeout, what else was in the batch is not', async () => {
  const { arrive, end, poller, source } = house();
  await arrive('a', 'b', 'c', 'd');
  await end({ kind: 'ran', failed: new Set(['b']), isCrowded: false });
  await end({ kind: 'failed', problem: 'PROBLEM: Function call failed' });
  assert.deepEqual(source.acknowledged, ['a']);
  assert.deepEqual(source.givenBack, []);
  assert.equal(poller.lastResult, 'PROBLEM: Function call failed');
  await poller.stop();
});

test('in an ordered source, nothing of a group is done with behind a failure', async () => {
  const { end, poller, source, running } = house({ batchSize: 10 }, { isOrdered: true });
  source.arrive(recordOf('a1', 'a'), recordOf('b1', 'b'), recordOf('a2', 'a'), recordOf('b2', 'b'), recordOf('a3', 'a'));
  await settled();
  assert.equal(running.length, 1);
  await end({ kind: 'ran', failed: new Set(['a2']), isCrowded: false });
  assert.deepEqual(source.acknowledged, ['a1', 'b1', 'b2']);
  await poller.stop();
});

test('a batch of an ordered source that is too large is cut, and the rest goes back', async () => {
  const { batches, end, poller, source } = house({ batchSize: 10, batchBytes: 250 }, { isOrdered: true });
  const large = (id: string) => ({ ...recordOf(id, 'g'), bytes: 100 });
  source.arrive(large('a'), large('b'), large('c'));
  await settled();
  assert.deepEqual(batches()[0], 'a');
  assert.deepEqual(source.givenBack.slice(0, 2), ['b', 'c']);
  while (batches().length > 0) await end();
  assert.deepEqual(source.acknowledged, ['a', 'b', 'c']);
  await poller.stop();
});

test('records that do not pass the filter are done with, and run nowhere', async () => {
  const { batches, end, poller, source } = house();
  source.arrive(recordOf('a'), { ...recordOf('x'), document: { kind: 'noise' } }, recordOf('b'));
  await settled();
  assert.deepEqual(batches(), ['ab']);
  assert.deepEqual(source.acknowledged, ['x']);
  await end();
  await poller.stop();
});

test('a record that no filter can look at is left to its visibility timeout, and holds nobody up', async () => {
  const { batches, end, log, poller, source } = house();
  source.arrive(recordOf('a'), { ...recordOf('p'), document: { kind: 'poison' } }, recordOf('b'));
  await settled();
  assert.deepEqual(batches(), ['ab']);
  await end();
  assert.deepEqual([source.acknowledged, source.givenBack], [['a', 'b'], []]);
  assert.equal(log.named('poller.not-filtered').length, 1);
  await poller.stop();
});

test('a window waits for a full batch, and no longer than it lasts', async () => {
  const { arrive, batches, clock, end, poller } = house({ batchSize: 3, windowMs: 20_000 });
  await arrive('a');
  await clock.advance(15_000);
  await arrive('b');
  assert.deepEqual(batches(), []);
  await clock.advance(5000);
  assert.deepEqual(batches(), ['ab']);
  await arrive('c', 'd', 'e', 'f');
  assert.deepEqual(batches(), ['ab', 'cde']);
  await clock.advance(19_999);
  assert.deepEqual(batches(), ['ab', 'cde']);
  await clock.advance(1);
  assert.deepEqual(batches(), ['ab', 'cde', 'f']);
  while (batches().length > 0) await end();
  assert.equal(clock.pendingTimers, 0);
  await poller.stop();
});

test('a batch that is refused goes back and does not count; the next try waits, longer each time', async () => {
  const { arrive, batches, clock, end, poller, source } = house();
  await arrive('a');
  await end(THROTTLED);
  assert.deepEqual(source.givenBack, ['a']);
  assert.equal(poller.lastResult, 'PROBLEM: Function throttled');
  await clock.advance(999);
  assert.deepEqual(batches(), []);
  await clock.advance(1);
  assert.deepEqual(batches(), ['a']);
  await end(THROTTLED);
  await clock.advance(1999);
  assert.deepEqual(batches(), []);
  await clock.advance(1);
  await end();
  assert.deepEqual(source.acknowledged, ['a']);
  await poller.stop();
});

test('where others of its batches run, it waits for them instead of the clock, and becomes careful', async () => {
  const { arrive, batches, clock, end, poller, source } = house({ batchSize: 1 });
  await arrive('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
  for (let i = 0; i < 3; i += 1) await end(THROTTLED, 2);
  assert.deepEqual(batches(), ['a', 'b']);
  assert.equal(clock.pendingTimers, 0);
  await end();
  assert.deepEqual(batches().length, 2);
  while (batches().length > 0) await end();
  assert.deepEqual(new Set(source.acknowledged), new Set('abcdefgh'));
  await poller.stop();
});

test('stopped in the middle: what runs ends and is acknowledged, what was gathered goes back', async () => {
  const { arrive, batches, clock, end, poller, source } = house({ batchSize: 2, windowMs: 60_000 });
  await arrive('a', 'b', 'c');
  assert.deepEqual(batches(), ['ab']);
  await poller.stop();
  assert.deepEqual(source.givenBack, ['c']);
  assert.equal(clock.pendingTimers, 0);
  await arrive('d');
  await end();
  await poller.settled();
  assert.deepEqual(source.acknowledged, ['a', 'b']);
  assert.deepEqual(batches(), []);
});

test('interrupted by the end of the platform: nothing of the batch is lost or counted', async () => {
  const { arrive, end, poller, source } = house();
  await arrive('a');
  const stopped = poller.stop();
  await end({ kind: 'interrupted' });
  await stopped;
  await poller.settled();
  assert.deepEqual(source.givenBack, ['a']);
});

test('no more is held in memory than the allowance, and the one who waits goes on when something ends', async () => {
  const { arrive, batches, end, poller } = house({ batchSize: 1 }, { allowance: new Allowance(1) });
  await arrive('a');
  await arrive('b');
  assert.deepEqual(batches(), ['a']);
  await end();
  assert.deepEqual(batches(), ['b']);
  await end();
  await poller.stop();
});

test('a function that takes its time does not keep others from theirs', async () => {
  const allowance = new Allowance(30);
  const slow = house({ batchSize: 1 }, { allowance });
  await slow.arrive('a', 'b', 'c', 'd', 'e', 'f', 'g');
  assert.equal(slow.running.length, 5);
  const quick = house({ batchSize: 1 }, { allowance });
  await quick.arrive('x');
  assert.deepEqual(quick.batches(), ['x']);
  await slow.end();
  assert.equal(slow.running.length, 4, 'it holds enough');
  await quick.end();
  while (slow.running.length > 0) await slow.end();
  assert.equal(slow.source.acknowledged.length, 7);
  await Promise.all([slow.poller.stop(), quick.poller.stop()]);
});

test('what comes when others have filled the memory goes back until there is room', async () => {
  const allowance = new Allowance(5);
  const [one, other] = [house({ batchSize: 1 }, { allowance }), house({ batchSize: 1 }, { allowance })];
  await settled();
  // Both wait in their receive already.
  await one.arrive('a', 'b');
  await other.arrive('x');
  assert.deepEqual([one.batches(), other.batches()], [['a', 'b'], []]);
  assert.deepEqual(other.source.givenBack, ['x']);
  while (one.running.length > 0) await one.end();
  assert.deepEqual(other.batches(), ['x']);
  await other.end();
  await Promise.all([one.poller.stop(), other.poller.stop()]);
});

test('what has no room beside the batches that run goes back, rather than being shown to others while it waits', async () => {
  const { batches, end, poller, source } = house({ batchSize: 3, batchBytes: 250, maximumConcurrency: 1 });
  const large = (id: string) => ({ ...recordOf(id), bytes: 100 });
  source.arrive(large('a'), large('b'), large('c'));
  await settled();
  assert.deepEqual(batches(), ['a']);
  assert.deepEqual(source.givenBack, ['b', 'c']);
  while (batches().length > 0) await end();
  assert.deepEqual(source.acknowledged, ['a', 'b', 'c']);
  await poller.stop();
});

test('a source that is missing, or cannot be read, is asked again after a while', async () => {
  const { arrive, batches, clock, end, log, poller, source } = house();
  source.breakWith(new Error('disk'));
  await settled();
  await arrive('a');
  assert.match(poller.lastResult ?? '', /could not be read/);
  assert.deepEqual(batches(), []);
  source.breakWith(undefined);
  await clock.advance(1000);
  assert.deepEqual(batches(), ['a']);
  assert.equal(log.named('poller.not-read').length, 1);
  await end();
  await poller.stop();
});

test('an acknowledgement that fails is logged, and the record is left to come again', async () => {
  const { arrive, end, log, poller, source } = house();
  source.refuseAcknowledgements();
  await arrive('a');
  await end();
  assert.equal(log.named('poller.not-acknowledged').length, 1);
  assert.deepEqual(source.acknowledged, []);
  await poller.stop();
});
