// The courier over a delivery queue in memory and targets of the test's own: what becomes of entries, step by step.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, LIMITS } from '#kernel';
import type { ErrorCode } from '#kernel';
import { deliveryOfEntry, entryOfDelivery } from '#outbox';
import type { OutboxEntry } from '#outbox';
import { StoreFailure } from '#store';
import type { NewDelivery } from '#store';
import { courierHouse, entry, FUNCTION_ARN, QUEUE_ARN } from '../../../test/support/courier-house.ts';
import { settled } from '../../../test/support/fake-clock.ts';

const EVENTS = { service: 'events.amazonaws.com', arn: 'arn:aws:events:us-east-1:000000000000:rule/nightly' };

test('an entry for a queue is sent there, once, and is gone', async () => {
  const house = courierHouse();
  await house.accept(entry({ target: { kind: 'queue', arn: QUEUE_ARN, attributes: { a: { type: 'String', value: 'b' } } } }));
  assert.deepEqual(
    house.sent.map(({ arn, body, attributes }) => ({ arn, body, attributes })),
    [{ arn: QUEUE_ARN, body: '{"order":1}', attributes: { a: { type: 'String', value: 'b' } } }],
  );
  assert.equal(house.deliveries.rows.size, 0);
});

test('an entry for a function becomes an invocation, under a request id that is always the same', async () => {
  const house = courierHouse();
  await house.accept(entry({ id: 'no uuid', target: { kind: 'function', arn: FUNCTION_ARN }, traceHeader: 'Root=1-2-3' }));
  const [row] = [...house.deliveries.rows.values()];
  assert(row !== undefined);
  const { lane, target, payload, attributes, id } = row.delivery;
  assert.deepEqual(
    { lane, target, payload: Buffer.from(payload).toString(), attributes },
    { lane: 'invoke', target: FUNCTION_ARN, payload: '{"order":1}', attributes: { traceHeader: 'Root=1-2-3' } },
  );
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  await house.accept(entry({ id: 'no uuid', target: { kind: 'function', arn: FUNCTION_ARN } }));
  assert.equal(house.deliveries.rows.size, 1, 'accepted twice, invoked once');
  const uuid = '0b5f9d0e-6b1c-4c69-9a77-0c2f6d1f3a55';
  await house.accept(entry({ id: uuid, target: { kind: 'function', arn: FUNCTION_ARN } }));
  assert(house.deliveries.rows.has(uuid));
});

test('a function that does not let the sender in, is not there, or keeps tenants apart, is refused at once', async () => {
  const house = courierHouse({ policyAllows: ({ sourceArn }) => sourceArn !== EVENTS.arn });
  await house.accept(entry({ target: { kind: 'function', arn: FUNCTION_ARN }, sender: EVENTS }));
  await house.accept(entry({ id: 'b', target: { kind: 'function', arn: `${FUNCTION_ARN}s` } }));
  await house.accept(entry({ id: 'c', target: { kind: 'function', arn: `${FUNCTION_ARN}-of-tenants` } }));
  assert.deepEqual(
    house.log.named('outbox.dropped').map(({ fields }) => fields['code']),
    ['NO_PERMISSIONS', 'NO_RESOURCE', 'INVALID_PARAMETER'],
  );
  assert.match(String(house.log.named('outbox.dropped')[0]?.fields['reason']), /Allow it with lambda:AddPermission/);
  assert.equal(house.deliveries.rows.size, 0);
});

test('whoever invokes with a role is not asked about by the policy', async () => {
  const house = courierHouse({ policyAllows: () => false });
  const sender = { service: 'scheduler.amazonaws.com', arn: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/a' };
  await house.accept(entry({ target: { kind: 'function', arn: FUNCTION_ARN }, sender }));
  assert.equal(house.deliveries.rows.size, 1);
});

test('a target that fails is tried again as its policy says, and then its entry is over', async () => {
  const house = courierHouse();
  house.fail = () => new ApiError('InternalError', 'down');
  await house.accept(
    entry({ retry: { maximumRetries: 2, maximumAgeSeconds: 600, backOff: { kind: 'stages', delaysMs: [1000] } } }),
  );
  assert.equal(house.attempts.length, 1);
  await house.clock.advance(999);
  assert.equal(house.attempts.length, 1);
  await house.clock.advance(1);
  assert.equal(house.attempts.length, 2);
  await house.clock.advance(1000);
  assert.equal(house.attempts.length, 3);
  await house.clock.advance(600_000);
  assert.equal(house.attempts.length, 3);
  assert.equal(house.deliveries.rows.size, 0);
  assert.equal(house.log.named('outbox.dropped').length, 1);
});

test('what cannot be handed on goes to its dead-letter queue, with what EventBridge says of the reason', async () => {
  const house = courierHouse();
  const deadLetter = { arn: `${QUEUE_ARN}-dead`, style: 'eventbridge' } as const;
  house.fail = (arn) => (arn === QUEUE_ARN ? new ApiError('InternalError', 'down') : undefined);
  const retry = { maximumRetries: 1, maximumAgeSeconds: 600, backOff: { kind: 'stages', delaysMs: [1000] } } as const;
  await house.accept(entry({ sender: EVENTS, deadLetter, retry }));
  await house.clock.advance(1000);
  assert.deepEqual(
    house.sent.map(({ arn, body, attributes }) => ({ arn, body, attributes: values(attributes) })),
    [
      {
        arn: deadLetter.arn,
        body: '{"order":1}',
        attributes: {
          RULE_ARN: EVENTS.arn,
          TARGET_ARN: QUEUE_ARN,
          ERROR_CODE: 'INTERNAL_ERROR',
          ERROR_MESSAGE: 'down',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          RETRY_ATTEMPTS: '1',
        },
      },
    ],
  );
  assert.equal(house.deliveries.rows.size, 0);
  assert.equal(house.courier.health().deadLettered, 1);
});

test('a dead letter is there in the step that ends its entry, so that a kill between them loses nothing', async () => {
  const house = courierHouse();
  const steps: { readonly id: string; readonly followUps: readonly NewDelivery[] }[] = [];
  const settle = house.deliveries.settle.bind(house.deliveries);
  house.deliveries.settle = (id, fence, followUps) => {
    steps.push({ id, followUps: followUps ?? [] });
    return settle(id, fence, followUps);
  };
  house.fail = () => new ApiError('AccessDenied', 'no');
  await house.accept(entry({ deadLetter: { arn: `${QUEUE_ARN}-dead`, style: 'sns' } }));
  const letter = steps[0]?.followUps[0];
  assert(letter !== undefined && steps[0]?.id === 'entry');
  assert.deepEqual(entryOfDelivery(letter).target, { kind: 'queue', arn: `${QUEUE_ARN}-dead`, attributes: {} });
});

test('a dead-letter queue that is missing is logged, and the letter does not come back for ever', async () => {
  const house = courierHouse();
  house.fail = () => new ApiError('ResourceNotFoundException', 'The specified queue does not exist.');
  await house.accept(entry({ deadLetter: { arn: `${QUEUE_ARN}-dead`, style: 'sns' } }));
  await house.clock.advance(600_000);
  assert.deepEqual(house.attempts, [QUEUE_ARN, `${QUEUE_ARN}-dead`]);
  assert.equal(house.deliveries.rows.size, 0);
  assert.deepEqual(
    house.log.named('outbox.dropped').map(({ fields }) => fields['target']),
    [`${QUEUE_ARN}-dead`],
  );
  const { deadLettered, dropped, failing } = house.courier.health();
  assert.deepEqual([deadLettered, dropped, failing.length], [1, 1, 2]);
});

test('a target that fails is left alone for a while, and nobody else waits for it', async () => {
  const house = courierHouse();
  house.fail = (arn) => (arn === QUEUE_ARN ? new ApiError('InternalError', 'down') : undefined);
  const crowd = Array.from({ length: 5000 }, (_, index) => entry({ id: `crowd-${index}` }));
  await house.accept(...crowd);
  await house.accept(entry({ id: 'other', target: { kind: 'queue', arn: `${QUEUE_ARN}-other` } }));
  assert.deepEqual(
    house.sent.map(({ arn }) => arn),
    [`${QUEUE_ARN}-other`],
  );
  const before = house.attempts.length;
  let calls = 0;
  house.deliveries.fault = () => void (calls += 1);
  await house.clock.advance(600_000);
  const tries = house.attempts.length - before;
  assert(tries <= 16 * LIMITS.outboxInFlightPerTarget, `${tries} tries in ten minutes`);
  // Of each try its claim and its return, and a few looks at what is due: 5000 that wait are asked about no more often than 50.
  assert(calls <= 3 * tries + 100, `${calls} calls of the store for ${tries} tries`);
  const [failing] = house.courier.health().failing;
  assert.equal(failing?.target, QUEUE_ARN);
  assert.equal(failing?.lastFailure.code, 'INTERNAL_ERROR');

  house.fail = () => undefined;
  await house.clock.advance(3_600_000);
  assert.equal(house.sent.length, 5001, 'and when it is back, everything arrives');
  assert.deepEqual(house.courier.health().failing, []);
});

test('what became too old while its target was down is over without another attempt for each', async () => {
  const house = courierHouse();
  house.fail = () => new ApiError('InternalError', 'down');
  const retry = {
    maximumRetries: 100,
    maximumAgeSeconds: 60,
    backOff: { kind: 'exponential', leastMs: 1000, mostMs: 10_000 },
  } as const;
  await house.accept(...Array.from({ length: 1000 }, (_, index) => entry({ id: `old-${index}`, retry })));
  await house.clock.advance(300_000);
  assert.equal(house.deliveries.rows.size, 0);
  assert(house.attempts.length < 1000, `${house.attempts.length} attempts`);
  assert.equal(house.courier.health().dropped, 1000);
  assert(house.log.named('outbox.dropped').length < 100, 'the log is not flooded');
});

test('a group of a FIFO target keeps its order through failures', async () => {
  const house = courierHouse();
  let down = true;
  house.fail = () => (down ? new ApiError('InternalError', 'down') : undefined);
  const target = { kind: 'queue', arn: `${QUEUE_ARN}.fifo`, groupId: 'a' } as const;
  const one = (id: string): OutboxEntry => entry({ id, target, payload: Buffer.from(id) });
  await house.accept(one('1'), one('2'), one('3'));
  assert.equal(house.attempts.length, 1, 'what is behind one that waits waits as well');
  down = false;
  await house.accept(one('4'));
  await house.clock.advance(60_000);
  assert.deepEqual(
    house.sent.map(({ body }) => body),
    ['1', '2', '3', '4'],
  );
  assert.deepEqual(
    house.sent.map(({ deduplicationId }) => deduplicationId),
    ['1', '2', '3', '4'],
  );
});

test('a group keeps its order through a store that takes nothing for a while', async () => {
  const house = courierHouse();
  const target = { kind: 'queue', arn: `${QUEUE_ARN}.fifo`, groupId: 'a' } as const;
  const full = (): StoreFailure => new StoreFailure({ kind: 'full', what: 'It was not saved', where: '/', mend: '' }, undefined);
  const isFull = (): boolean => house.clock.monotonicMs() < 40_000;
  house.fail = () => (isFull() ? full() : undefined);
  // What is claimed can neither be given back nor keep its lease.
  house.deliveries.fault = (verb) => {
    if (isFull() && (verb === 'reschedule' || verb === 'extend')) throw full();
  };
  await house.accept(...['1', '2', '3'].map((id) => entry({ id, target, payload: Buffer.from(id) })));
  await house.clock.advance(39_000);
  assert.deepEqual(house.sent, []);
  await house.clock.advance(60_000);
  assert.deepEqual(
    house.sent.map(({ body }) => body),
    ['1', '2', '3'],
  );
});

test('groups of a FIFO target do not wait for each other while all is well', async () => {
  const house = courierHouse();
  const waiting: (() => void)[] = [];
  house.hold = () => new Promise((resolve) => waiting.push(resolve));
  const one = (id: string, groupId: string): OutboxEntry =>
    entry({ id, target: { kind: 'queue', arn: `${QUEUE_ARN}.fifo`, groupId }, payload: Buffer.from(id) });
  await house.accept(one('a1', 'a'), one('a2', 'a'), one('b1', 'b'));
  assert.equal(waiting.length, 2);
  for (const go of waiting.splice(0)) go();
  await settled();
  assert.equal(waiting.length, 1);
  for (const go of waiting.splice(0)) go();
  await settled();
  assert.deepEqual(
    house.sent.map(({ body }) => body),
    ['a1', 'b1', 'a2'],
  );
});

test('a store that fails under an attempt leaves the entry where it is', async () => {
  const house = courierHouse();
  let full = true;
  house.fail = () =>
    full ? new StoreFailure({ kind: 'full', what: 'The message was not saved', where: '/', mend: '' }, undefined) : undefined;
  await house.accept(entry({ retry: { ...entry().retry, maximumRetries: 0 } }));
  assert.equal(house.deliveries.rows.size, 1);
  full = false;
  await house.clock.advance(60_000);
  assert.equal(house.sent.length, 1);
});

test('an error of our own is a failure like any other: it is tried again, and comes to an end', async () => {
  const house = courierHouse();
  house.fail = () => new TypeError('undefined is not a function');
  await house.accept(entry({ retry: { ...entry().retry, maximumRetries: 1 }, deadLetter: undefined }));
  await house.clock.advance(600_000);
  assert.equal(house.attempts.length, 2);
  assert.equal(house.deliveries.rows.size, 0);
  assert.equal(house.log.named('outbox.attempt-failed').length, 2);
});

test('an end lets what is under way finish, and gives back what does not', async () => {
  const house = courierHouse();
  const waiting: (() => void)[] = [];
  house.hold = () => new Promise((resolve) => waiting.push(resolve));
  await house.accept(entry({ id: 'quick' }));
  const request = { method: 'POST', url: 'https://hooks.example/', headers: {}, timeoutMs: 30_000 };
  await house.accept(entry({ id: 'slow', target: { kind: 'http', request } }));
  const closed = house.courier.close(5000);
  await house.accept(entry({ id: 'new' }));
  for (const go of waiting) go();
  await house.clock.advance(4999);
  assert.deepEqual([...house.deliveries.rows.keys()], ['slow', 'new']);
  await house.clock.until(closed);
  const slow = house.deliveries.rows.get('slow');
  assert.deepEqual([slow?.attempt, slow !== undefined && slow.claimableAtMs <= house.clock.now()], [0, true]);
});

test('the number of the attempt is put into a payload that asks for it', async () => {
  const house = courierHouse();
  house.fail = () => (house.attempts.length < 3 ? new ApiError('InternalError', 'down') : undefined);
  await house.accept(entry({ attemptPlaceholder: '<number>', payload: Buffer.from('{"attempt":"<number>","again":"<number>"}') }));
  await house.clock.advance(60_000);
  assert.deepEqual(
    house.sent.map(({ body }) => body),
    ['{"attempt":"3","again":"3"}'],
  );
});

test('every kind of target gets what is its own', async () => {
  const house = courierHouse();
  const scope = entry().scope;
  const sender = { service: 'lambda.amazonaws.com', arn: FUNCTION_ARN };
  await house.accept(
    entry({ id: 't', sender, target: { kind: 'topic', arn: 'arn:aws:sns:us-east-1:000000000000:t', subject: 'hello' } }),
    entry({
      id: 'b',
      sender,
      target: { kind: 'bus', arn: 'bus', source: 'lambda', detailType: 'Result', resources: ['r'], timeMs: 7 },
    }),
    entry({ id: 'l', sender, target: { kind: 'logGroup', arn: 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/o:*' } }),
    entry({ id: 's', sender, target: { kind: 'bucket', arn: 'arn:aws:s3:::failed', key: 'a/b', contentType: 'application/json' } }),
    entry({ id: 'm', sender, target: { kind: 'email', address: 'a@example.com', subject: 'hello' } }),
  );
  assert.deepEqual(
    house.published.map(({ subject, body }) => ({ subject, body })),
    [{ subject: 'hello', body: '{"order":1}' }],
  );
  assert.deepEqual(
    house.put.events.map(({ id, target }) => ({ id, kind: target.kind })),
    [{ id: 'b', kind: 'bus' }],
  );
  assert.deepEqual(house.put.lines, [{ scope, group: '/aws/events/o', stream: 'lambda/2026/11/20', message: '{"order":1}' }]);
  assert.deepEqual(
    house.put.objects.map(({ bucket, key, contentType }) => ({ bucket, key, contentType })),
    [{ bucket: 'failed', key: 'a/b', contentType: 'application/json' }],
  );
  assert.deepEqual(house.put.mails, [{ address: 'a@example.com', subject: 'hello', body: '{"order":1}' }]);
  assert.equal(house.deliveries.rows.size, 0);
});

test('an entry keeps its place when the platform is killed under it', async () => {
  const house = courierHouse();
  house.hold = () => new Promise(() => undefined);
  await house.accept(entry());
  const next = courierHouse({ deliveries: house.deliveries, clock: house.clock });
  await house.clock.advance(10_000);
  assert.equal(next.sent.length, 0, 'the first process may still be at it');
  house.perish();
  await house.clock.advance(15_000);
  assert.equal(next.sent.length, 1);
  assert.equal(house.deliveries.rows.size, 0);
});

test('deliveries of the outbox are read as they were written', () => {
  assert.deepEqual(entryOfDelivery(deliveryOfEntry(entry())).target, entry().target);
});

function values(attributes: Readonly<Record<string, { readonly value: string }>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));
}

const MACHINE_ARN = 'arn:aws:states:us-east-1:000000000000:stateMachine:orders';

test('an entry for a state machine starts an execution under a name that is always the same, and a repeat is harmless', async () => {
  const house = courierHouse();
  const machine = { id: `${EVENT_ID}::0:default:nightly:target`, target: { kind: 'stateMachine', arn: MACHINE_ARN } } as const;
  await house.accept(entry(machine));
  await house.accept(entry(machine));
  await house.accept(entry({ ...machine, id: 'no event' }));
  const { executions } = house.put;
  assert.deepEqual(
    executions.map(({ arn, input }) => [arn, input]),
    [MACHINE_ARN, MACHINE_ARN].map((arn) => [arn, '{"order":1}']),
  );
  assert.match(executions[0]?.name ?? '', new RegExp(`^${EVENT_ID}_[0-9a-f-]{36}$`));
  assert.match(executions[1]?.name ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(house.deliveries.rows.size, 0);
  assert.equal(house.log.named('outbox.dropped').length, 0);
});

const EVENT_ID = '0b5f9d0e-6b1c-4c69-9a77-0c2f6d1f3a55';

test('what Step Functions refuses is a dead letter, a name of the user that is taken too; a limit is tried again', async () => {
  const house = courierHouse();
  const deadLetter = { arn: `${QUEUE_ARN}-dead`, style: 'eventbridge' } as const;
  const target = { kind: 'stateMachine', arn: MACHINE_ARN, name: 'mine' } as const;
  const failWith = (code: ErrorCode) => {
    house.fail = (arn) => (arn === MACHINE_ARN ? new ApiError(code, 'no') : undefined);
  };
  await house.accept(entry({ target, deadLetter }));
  await house.accept(entry({ id: 'b', target, deadLetter }));
  for (const code of ['StateMachineDoesNotExist', 'InvalidExecutionInput', 'StateMachineDeleting'] as const) {
    failWith(code);
    await house.accept(entry({ id: code, target, deadLetter }));
  }
  assert.deepEqual(
    house.sent.map(({ attributes }) => attributes['ERROR_CODE']?.value),
    ['SDK_CLIENT_ERROR', 'NO_RESOURCE', 'SDK_CLIENT_ERROR', 'NO_RESOURCE'],
  );
  failWith('ExecutionLimitExceeded');
  await house.accept(entry({ id: 'f', target: { kind: 'stateMachine', arn: MACHINE_ARN }, deadLetter }));
  assert.equal(house.put.executions.length, 1);
  house.fail = () => undefined;
  await house.clock.advance(1000);
  assert.equal(house.put.executions.length, 2);
});
