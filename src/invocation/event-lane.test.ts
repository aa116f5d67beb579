// Events from their acceptance to their end: retried, throttled, handed back, given up, and never lost on the way.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock, settled } from '../../test/support/fake-clock.ts';
import type { Script } from '../../test/support/fake-launcher.ts';
import { invocable } from '../../test/support/invocable.ts';
import { invocationHouse } from '../../test/support/invocation-house.ts';
import { OUTBOX_LANE } from '#outbox';
import { deliveryOf } from './event.ts';

const FAILS = { outcome: { kind: 'threw', payload: Buffer.from('{"errorType":"Error"}') } } as const;
const failing: Script = { run: () => FAILS };

type House = ReturnType<typeof invocationHouse>;

function event(h: House, name = 'hello', payload: unknown = {}) {
  const { scope, invokedArn } = invocable(name);
  return { requestId: h.requestId(), scope, functionArn: invokedArn, payload: Buffer.from(JSON.stringify(payload)) };
}

async function emit(h: House, name = 'hello', payload: unknown = {}) {
  const sent = event(h, name, payload);
  await h.invocations.accept(sent);
  return sent.requestId;
}

test('an accepted event runs once and is gone', async () => {
  const h = invocationHouse();
  h.invocations.start();
  const requestId = await emit(h, 'hello', { n: 1 });
  await h.clock.advance(1000);
  assert.deepEqual(
    h.records.map((record) => [record.requestId, record.attempt, record.outcome]),
    [[requestId, 1, 'returned']],
  );
  assert.equal(h.deliveries.rows.size, 0);
});

test('an event that is accepted where there is room costs the store two steps: one before its caller is answered, one at its end', async () => {
  const h = invocationHouse();
  h.invocations.start();
  await h.clock.advance(1000);
  const verbs: string[] = [];
  h.deliveries.fault = (verb) => void verbs.push(verb);
  for (let n = 0; n < 3; n += 1) {
    await emit(h);
    await h.clock.advance(100);
  }
  await h.clock.advance(10_000);
  assert.equal(h.records.length, 3);
  assert.deepEqual(verbs, ['acceptClaimed', 'settle', 'acceptClaimed', 'settle', 'acceptClaimed', 'settle']);
});

test('an event that is accepted while the platform goes down is left to the next one', async () => {
  const h = invocationHouse();
  h.invocations.start();
  await h.clock.advance(1000);
  const sent = emit(h);
  const closed = h.clock.until(h.invocations.close(1000));
  await sent;
  await closed;
  const next = invocationHouse({ deliveries: h.deliveries, clock: h.clock });
  next.invocations.start();
  await h.clock.advance(30_000);
  assert.equal(h.records.length + next.records.length, 1);
});

test('a failing event is tried three times, one and two minutes apart, under one request id, and given up with its reason', async () => {
  const h = invocationHouse({ script: failing });
  h.invocations.start();
  const requestId = await emit(h);
  const startedAtMs = h.clock.now();
  await h.clock.advance(600_000);
  assert.deepEqual(
    h.records.map(({ attempt }) => attempt),
    [1, 2, 3],
  );
  assert.ok(h.records.every((record) => record.requestId === requestId));
  assert.deepEqual(
    h.records.map((record) => Math.floor((record.startedAtMs - startedAtMs) / 60_000)),
    [0, 1, 3],
  );
  assert.equal(h.deliveries.rows.size, 0);
  assert.deepEqual(
    h.log.named('event.dropped').map(({ fields }) => [fields['requestId'], fields['reason'], fields['attempts']]),
    [[requestId, 'RetriesExhausted', 3]],
  );
});

test('an event of a durable function is an execution from the moment that one has begun, and nothing more of it follows here', async () => {
  const deadLetter = { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:dead' } as const;
  const onSuccess = { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:done' } as const;
  const durable = { executionTimeoutSeconds: 60, retentionDays: 1 };
  const eventInvoke = { maximumRetryAttempts: 0, maximumEventAgeSeconds: 60, deadLetter, onSuccess };
  const h = invocationHouse({ functions: [invocable('lasting', { durable, eventInvoke })] });
  h.invocations.start();
  const requestId = await emit(h, 'lasting', { n: 1 });
  await h.clock.advance(1000);
  assert.deepEqual(
    h.begun.map((one) => [one.requestId, Buffer.from(one.payload).toString(), one.invocable.name]),
    [[requestId, '{"n":1}', 'lasting']],
  );
  assert.deepEqual([h.records.length, h.deliveries.rows.size], [0, 0]);
});

test('a function that is switched off keeps its events until it is on again', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { reservedConcurrency: 0 })] });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(60_000);
  assert.equal(h.records.length, 0);
  h.known.set('hello', invocable('hello'));
  await h.clock.advance(120_000);
  assert.deepEqual(
    h.records.map(({ attempt }) => attempt),
    [1],
    'being throttled counted as no attempt',
  );
});

test('a throttled event runs when it is due, not when its lease would have ended', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { reservedConcurrency: 0 })] });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(500);
  h.known.set('hello', invocable('hello'));
  await h.clock.advance(1000);
  assert.equal(h.records.length, 1);
});

test('a throttled function does not hold up the others, and its events are not claimed over and over', async () => {
  const h = invocationHouse({ functions: [invocable('off', { reservedConcurrency: 0 }), invocable('hello')] });
  h.invocations.start();
  for (let index = 0; index < 100; index += 1) await emit(h, 'off');
  await emit(h, 'hello');
  await h.clock.advance(2000);
  assert.equal(h.records.length, 1);
  assert.equal(h.deliveries.rows.size, 100);
});

test('an event that is too old is given up without another run', async () => {
  const settings = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 60 };
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: settings, reservedConcurrency: 0 })] });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(61_000);
  assert.equal(h.log.named('event.dropped')[0]?.fields['reason'], 'EventAgeExceeded');
  assert.equal(h.deliveries.rows.size, 0);
});

const QUEUE = { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:ends' } as const;
const DEAD = { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:dead' } as const;
const told = { maximumRetryAttempts: 0, maximumEventAgeSeconds: 60, onSuccess: QUEUE, onFailure: QUEUE, deadLetter: DEAD };

/** What waits in the outbox: where to, and why. */
function outboxOf(h: House) {
  return [...h.deliveries.rows.values()]
    .filter(({ delivery }) => delivery.lane === OUTBOX_LANE)
    .map(({ delivery }) => {
      const document = JSON.parse(Buffer.from(delivery.payload).toString()) as { requestContext?: { condition: string } };
      return [delivery.target, document.requestContext?.condition];
    });
}

test('a destination is told of success and of failure, and a dead-letter queue gets what failed', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: told })] });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(1000);
  assert.deepEqual(outboxOf(h), [[QUEUE.arn, 'Success']]);
  const failed = invocationHouse({ functions: [invocable('hello', { eventInvoke: told })], script: failing });
  failed.invocations.start();
  await emit(failed, 'hello', { n: 1 });
  await failed.clock.advance(1000);
  assert.deepEqual(outboxOf(failed), [
    [QUEUE.arn, 'RetriesExhausted'],
    [DEAD.arn, undefined],
  ]);
});

test('a function that is switched off sends its events where failures go, at once and without a run', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: told, reservedConcurrency: 0 })] });
  h.invocations.start();
  await emit(h);
  await settled();
  assert.deepEqual(outboxOf(h), [
    [QUEUE.arn, 'ZeroReservedConcurrency'],
    [DEAD.arn, undefined],
  ]);
  assert.equal(h.records.length, 0);
});

test('an event whose function cannot run for too long is told of as well', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: told })] });
  h.unready.add('hello');
  h.invocations.start();
  await emit(h);
  await h.clock.advance(61_000);
  assert.deepEqual(outboxOf(h), [
    [QUEUE.arn, 'EventAgeExceeded'],
    [DEAD.arn, undefined],
  ]);
});

test('what follows is accepted in the step that settles: when that fails, nothing has followed', async () => {
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: told })] });
  h.invocations.start();
  h.deliveries.fault = (verb) => {
    if (verb === 'settle') throw new Error('the disk is gone');
  };
  await emit(h);
  await h.clock.advance(1000);
  assert.deepEqual(outboxOf(h), []);
  h.deliveries.fault = () => undefined;
  await h.clock.advance(60_000);
  assert.equal(outboxOf(h).length > 0, true, 'it is run again when its lease has ended');
});

test('a chain of requests that comes by for the seventeenth time is ended, and told of', async () => {
  const looping = { ...told, onSuccess: { kind: 'function', arn: invocable('hello').invokedArn } } as const;
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: looping })] });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(60_000);
  assert.equal(h.records.length, 16);
  assert.deepEqual(outboxOf(h), [
    [QUEUE.arn, 'RecursiveInvocation'],
    // The event itself: the record of the sixteenth run.
    [DEAD.arn, 'Success'],
  ]);
});

test('a loop that is meant goes on', async () => {
  const looping = { ...told, onSuccess: { kind: 'function', arn: invocable('hello').invokedArn } } as const;
  const h = invocationHouse({ functions: [invocable('hello', { eventInvoke: looping, endsLoops: false })] });
  h.invocations.start();
  await emit(h);
  while (h.records.length < 40) await h.clock.advance(100);
  assert.deepEqual(outboxOf(h), []);
});

test('an event for a function that is gone, or for no function at all, is given up', async () => {
  const h = invocationHouse();
  h.invocations.start();
  await emit(h, 'deleted');
  await h.invocations.accept({ ...event(h), functionArn: 'nonsense' });
  await settled();
  assert.deepEqual(
    h.log
      .named('event.dropped')
      .map(({ fields }) => String(fields['reason']))
      .sort((one, other) => one.localeCompare(other)),
    ['FunctionNotFound', 'MalformedTarget'],
  );
});

test('what an earlier process left unsettled goes on when its lease ends', async () => {
  const h = invocationHouse();
  const delivery = deliveryOf(event(h), h.clock.now());
  await h.deliveries.accept([delivery]);
  await h.deliveries.claimDue({ lane: 'invoke', nowMs: h.clock.now(), leaseMs: 15_000, limit: 1 });
  h.invocations.start();
  await h.clock.advance(14_000);
  assert.equal(h.records.length, 0);
  await h.clock.advance(2000);
  assert.deepEqual(
    h.records.map(({ attempt }) => attempt),
    [2],
  );
  assert.equal(h.deliveries.rows.size, 0);
});

test('a long event keeps its lease, and runs once', async () => {
  const h = invocationHouse({
    functions: [invocable('hello', { timeoutSeconds: 900 })],
    script: { run: () => ({ takesMs: 300_000 }) },
  });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(310_000);
  assert.equal(h.records.length, 1);
  assert.equal(h.deliveries.rows.size, 0);
});

test('a claim whose lease was lost settles nothing', async () => {
  const h = invocationHouse({
    functions: [invocable('hello', { timeoutSeconds: 900 })],
    script: { run: () => ({ takesMs: 60_000 }) },
  });
  h.invocations.start();
  await emit(h);
  await settled();
  const [row] = h.deliveries.rows.values();
  assert(row !== undefined);
  row.fence += 1;
  row.claimableAtMs = h.clock.now() + 3_600_000;
  await h.clock.advance(61_000);
  assert.equal(h.deliveries.rows.size, 1);
  assert.equal(h.log.named('event.lease-lost').length, 1);
});

test('at shutdown what runs too long is handed back, and counts as no attempt', async () => {
  const script = { run: () => ({ takesMs: 600_000 }) };
  const functions = [invocable('hello', { timeoutSeconds: 900 })];
  const clock = new FakeClock();
  const h = invocationHouse({ functions, script, clock });
  h.invocations.start();
  await emit(h);
  await h.clock.advance(1000);
  await h.clock.until(h.invocations.close(5000));
  assert.deepEqual(h.records, []);
  const [row] = h.deliveries.rows.values();
  assert.deepEqual([row?.attempt, (row?.claimableAtMs ?? Infinity) <= clock.now()], [0, true]);

  const next = invocationHouse({ functions, clock, deliveries: h.deliveries });
  next.invocations.start();
  await next.clock.advance(1000);
  assert.deepEqual(
    next.records.map(({ attempt }) => attempt),
    [1],
  );
});

test('a store that fails for a while delays events and loses none', async () => {
  const h = invocationHouse();
  let broken = false;
  h.deliveries.fault = () => {
    if (broken) throw new Error('disk full');
  };
  h.invocations.start();
  await settled();
  await emit(h);
  broken = true;
  await h.clock.advance(5000);
  broken = false;
  await h.clock.advance(30_000);
  assert.equal(h.deliveries.rows.size, 0);
  assert.ok(h.records.length >= 1);
});

test('nothing ticks while no event is there', async () => {
  const h = invocationHouse({ settings: { prewarmedRuntimes: [], prewarmLeast: 0 } });
  h.invocations.start();
  await h.clock.advance(1000);
  assert.equal(h.clock.pendingTimers, 0);
  await emit(h);
  await h.clock.advance(700_000);
  assert.equal(h.clock.pendingTimers, 0);
});

test('a function that has a lot to do and takes its time does not keep another from its turn', async () => {
  const script: Script = { run: ({ invokedFunctionArn }) => ({ takesMs: invokedFunctionArn.endsWith(':slow') ? 100_000 : 100 }) };
  const functions = [invocable('slow', { timeoutSeconds: 900 }), invocable('hello')];
  const h = invocationHouse({ functions, settings: { memoryMiB: 300 }, script });
  h.invocations.start();
  for (let index = 0; index < 100; index += 1) await emit(h, 'slow');
  await emit(h, 'hello');
  await h.clock.advance(310_000);
  assert.equal(h.records.filter(({ functionName }) => functionName === 'hello').length, 1);
  assert.ok(h.records.length < 10);
  await h.clock.advance(100 * 100_000);
  assert.equal(h.records.length, 101);
  assert.equal(h.deliveries.rows.size, 0);
});

test('a thousand events wait in the store, not in the pool: callers who wait for an answer go first', async () => {
  const h = invocationHouse({ settings: { memoryMiB: 300 }, script: { run: () => ({ takesMs: 100 }) } });
  h.invocations.start();
  for (let index = 0; index < 1000; index += 1) await emit(h);
  await settled();
  assert.ok(h.pool.snapshot().waiting <= 32);
  await h.clock.advance(120_000);
  assert.equal(h.records.length, 1000);
  assert.equal(h.deliveries.rows.size, 0);
});
