// Durable executions from their start to their end, on a clock that is turned by hand: functions say in a few words what AWS's SDK says for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { settled } from '../../test/support/fake-clock.ts';
import { durableHouse, PENDING, succeeded, THROTTLED, update } from '../../test/support/durable-house.ts';
import type { DurableHouse, TestRun } from '../../test/support/durable-house.ts';
import { parseExecutionArn } from './execution-arn.ts';

const { step, context, wait, callback, invoke, cancel } = update;
const DAY_MS = 86_400_000;

const refused = (code: string, message?: RegExp) => (error: unknown) => {
  assert(error instanceof ApiError, String(error));
  assert.equal(error.code, code);
  if (message !== undefined) assert.match(error.message, message);
  return true;
};

const statusOf = ({ operations }: TestRun, id: string) => operations.get(id)?.Status;

const typesOf = async (house: DurableHouse, arn: string) => (await house.events(arn)).map(({ EventType }) => EventType);

test('a wait of thirty days holds nothing, and is over when it is', async (t) => {
  const house = durableHouse(t);
  house.durables.set('patient', async (run) => {
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded('done');
    await run.checkpoint(step('s', 'SUCCEED', { Payload: '1' }), wait('w', 30 * 86_400));
    return PENDING;
  });
  const arn = await house.start('patient', { n: 1 });
  await settled();
  assert.equal(house.calls.length, 1);
  assert.equal(house.clock.pendingTimers, 1, 'one timer of the process, whatever waits');
  await house.clock.advance(30 * DAY_MS - 1000);
  assert.equal(house.calls.length, 1);
  await house.clock.advance(1000);
  assert.equal(house.calls.length, 2);
  const { status, result, startedAtMs, endedAtMs = 0 } = await house.describe(arn);
  assert.deepEqual([status, result, endedAtMs - startedAtMs], ['SUCCEEDED', '"done"', 30 * DAY_MS]);
  assert.deepEqual(await typesOf(house, arn), [
    'ExecutionStarted',
    'StepSucceeded',
    'WaitStarted',
    'InvocationCompleted',
    'WaitSucceeded',
    'InvocationCompleted',
    'ExecutionSucceeded',
  ]);
  assert.equal(house.clock.pendingTimers, 0, 'and none when nothing does');
});

test('a thousand that wait cost the store nothing until the first of them is due', async (t) => {
  const house = durableHouse(t);
  house.durables.set('patient', async (run) => {
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded(run.input);
    await run.checkpoint(wait('w', 3600 + (run.input as number)));
    return PENDING;
  });
  const arns = [];
  for (let n = 0; n < 1200; n += 1) arns.push(await house.start('patient', n));
  await settled();
  assert.equal(house.clock.pendingTimers, 1);
  const { writes } = house;
  let asked = 0;
  house.store.fault = () => void (asked += 1);
  await house.clock.advance(3_590_000);
  assert.deepEqual([house.writes, asked], [writes, 0]);
  house.store.fault = () => undefined;
  await house.clock.advance(3_600_000);
  const ended = await Promise.all(arns.map((arn) => house.describe(arn)));
  assert.deepEqual(new Set(ended.map(({ status }) => status)), new Set(['SUCCEEDED']));
  assert.equal(house.calls.length, 2400);
});

test('a step is tried again when its time has come, and knows how often it was tried', async (t) => {
  const house = durableHouse(t);
  const attempts: (number | undefined)[] = [];
  house.durables.set('flaky', async (run) => {
    const before = run.operations.get('s')?.StepDetails?.Attempt;
    attempts.push(before);
    if (before !== undefined) assert.equal(statusOf(run, 's'), 'READY');
    if ((before ?? 0) < 2) {
      const Error = { ErrorType: 'Error', ErrorMessage: `attempt ${before ?? 0}` };
      await run.checkpoint(step('s', 'START'), step('s', 'RETRY', { Error, StepOptions: { NextAttemptDelaySeconds: 60 } }));
      return PENDING;
    }
    await run.checkpoint(step('s', 'START'), step('s', 'SUCCEED', { Payload: '"third"' }));
    return succeeded('third');
  });
  const arn = await house.start('flaky', {});
  await house.clock.advance(119_000);
  assert.deepEqual(attempts, [undefined, 1]);
  await house.clock.advance(1000);
  assert.deepEqual(attempts, [undefined, 1, 2]);
  const tries = (await house.events(arn)).flatMap(({ StepFailedDetails, StepSucceededDetails }) => {
    const { RetryDetails } = StepFailedDetails ?? StepSucceededDetails ?? {};
    return RetryDetails === undefined ? [] : [[RetryDetails.CurrentAttempt, RetryDetails.NextAttemptDelaySeconds]];
  });
  assert.deepEqual(tries, [
    [1, 60],
    [2, 60],
    [3, undefined],
  ]);
});

test('what changes while a function runs is told with its next checkpoint, or makes it run again at once', async (t) => {
  const house = durableHouse(t);
  const told: (string | undefined)[][] = [];
  house.durables.set('slow', async (run) => {
    if (statusOf(run, 'b') === 'SUCCEEDED') return succeeded(run.updatedIds);
    await run.checkpoint(wait('a', 1), wait('b', 3));
    await house.clock.pause(2000);
    told.push((await run.checkpoint()).map(({ Id, Status }) => `${Id} ${Status}`));
    told.push((await run.checkpoint()).map(({ Id }) => Id));
    await house.clock.pause(2000);
    return PENDING;
  });
  const arn = await house.start('slow', {});
  await house.clock.advance(4000);
  assert.deepEqual(told, [['a SUCCEEDED'], []]);
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result], ['SUCCEEDED', '["b"]']);
});

test('a token is worth one checkpoint of one run', async (t) => {
  const house = durableHouse(t);
  const tokens: string[] = [];
  const stale = refused('InvalidParameterValueException', /^Invalid Checkpoint Token/);
  house.durables.set('careful', async (run) => {
    const name = parseExecutionArn(run.arn);
    const ask = (token: string) => house.durable.checkpoint(name, { token, clientToken: undefined, updates: [] });
    for (const token of tokens) await assert.rejects(ask(token), stale);
    tokens.push(run.token);
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded('done');
    await run.checkpoint(wait('w', 1));
    await assert.rejects(ask(run.token), stale);
    await assert.rejects(house.durable.state(name, { token: run.token, marker: undefined, limit: 10 }), stale);
    return PENDING;
  });
  const arn = await house.start('careful', {});
  await house.clock.advance(1000);
  assert.equal((await house.describe(arn)).status, 'SUCCEEDED');
  const late = { token: tokens[1] ?? '', clientToken: undefined, updates: [step('late', 'START')] };
  await assert.rejects(house.durable.checkpoint(parseExecutionArn(arn), late), stale);
});

test('a checkpoint that is sent twice is answered twice and written once', async (t) => {
  const house = durableHouse(t);
  house.durables.set('doubting', async (run) => {
    const name = parseExecutionArn(run.arn);
    const checkpoint = { token: run.token, clientToken: 'c-1', updates: [callback('c')] };
    const first = await house.durable.checkpoint(name, checkpoint);
    const { writes } = house;
    assert.deepEqual(await house.durable.checkpoint(name, checkpoint), first);
    assert.equal(house.writes, writes);
    return succeeded(first.operations.length);
  });
  const { result } = await house.clock.until(house.call('doubting', {}));
  assert.deepEqual(result.kind === 'answered' && Buffer.from(result.answer.payload).toString(), '1');
});

test('a checkpoint that breaks a rule changes nothing', async (t) => {
  const house = durableHouse(t);
  house.durables.set('wrong', async (run) => {
    const { writes } = house;
    const rule = refused('InvalidParameterValueException', /^Cannot start a WAIT that already exists\.$/);
    await run.checkpoint(wait('w', 60));
    await assert.rejects(run.checkpoint(step('s', 'SUCCEED', { Payload: '1' }), wait('w', 60)), rule);
    assert.equal(house.writes, writes + 1);
    await run.checkpoint(step('s', 'SUCCEED', { Payload: '2' }));
    return succeeded(run.operations.get('s')?.StepDetails?.Result);
  });
  const arn = await house.start('wrong', {});
  await settled();
  assert.equal((await house.describe(arn)).result, '"2"');
});

test('children of a context that has ended are not told again, unless its replay needs them', async (t) => {
  const house = durableHouse(t);
  const seen: string[][] = [];
  house.durables.set('nested', async (run) => {
    seen.push([...run.operations.keys()]);
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded('done');
    await run.checkpoint(
      context('a', 'START'),
      context('a-1', 'START', { ParentId: 'a' }),
      step('a-1-1', 'SUCCEED', { ParentId: 'a-1', Payload: '1' }),
      context('a-1', 'SUCCEED', { ParentId: 'a', Payload: '1' }),
      context('b', 'START'),
      step('b-1', 'SUCCEED', { ParentId: 'b', Payload: '1' }),
    );
    await run.checkpoint(
      context('a', 'SUCCEED', { Payload: '1' }),
      context('b', 'SUCCEED', { Payload: '', ContextOptions: { ReplayChildren: true } }),
      wait('w', 1),
    );
    return PENDING;
  });
  await house.start('nested', {});
  await house.clock.advance(1000);
  assert.deepEqual(seen, [[], ['a', 'b', 'b-1', 'w']]);
});

test('what is too much for one page comes in several, in order', async (t) => {
  const house = durableHouse(t);
  const ids = Array.from({ length: 40 }, (_, index) => `s${index}`);
  const seen: (readonly string[])[] = [];
  house.durables.set('large', async (run) => {
    seen.push([...run.operations.keys()]);
    if (run.operations.size > 0) return succeeded(run.operations.size);
    for (const id of ids) await run.checkpoint(step(id, 'SUCCEED', { Payload: JSON.stringify('x'.repeat(200_000)) }));
    await run.checkpoint(wait('w', 1));
    return PENDING;
  });
  await house.start('large', { text: 'y'.repeat(3_000_000) });
  await house.clock.advance(1000);
  assert.deepEqual(seen, [[], [...ids, 'w']]);
});

test('callbacks are answered once, by whoever has their id', async (t) => {
  const house = durableHouse(t);
  const ids: string[] = [];
  house.durables.set('asking', async (run) => {
    const details = ['yes', 'no'].map((id) => run.operations.get(id)?.CallbackDetails);
    if (statusOf(run, 'yes') === 'SUCCEEDED' && statusOf(run, 'no') === 'FAILED')
      return succeeded([details[0]?.Result, details[1]?.Error?.ErrorMessage]);
    if (run.operations.size > 0) return PENDING;
    const begun = await run.checkpoint(callback('yes'), callback('no'));
    ids.push(...begun.map(({ CallbackDetails }) => CallbackDetails?.CallbackId ?? ''));
    return PENDING;
  });
  const arn = await house.start('asking', {});
  await settled();
  const [yes = '', no = ''] = ids;
  assert.match(yes, /^[A-Za-z0-9]{1,1024}$/);
  const { callbacks } = house.durable;
  const elsewhere = { ...house.scope, account: '111111111111' as typeof house.scope.account };
  await assert.rejects(callbacks.succeed(elsewhere, yes, Buffer.from('1')), refused('ResourceNotFoundException'));
  const guessed = `${yes.slice(0, -8)}${Buffer.from('aaaa').toString('hex')}`;
  await assert.rejects(callbacks.succeed(house.scope, guessed, Buffer.from('1')), refused('ResourceNotFoundException'));
  await assert.rejects(callbacks.succeed(house.scope, 'abc', Buffer.from('1')), refused('InvalidParameterValueException'));
  await callbacks.succeed(house.scope, yes, Buffer.from('"fine"'));
  await assert.rejects(callbacks.fail(house.scope, yes, {}), refused('CallbackTimeoutException'));
  await settled();
  await callbacks.fail(house.scope, no, { ErrorType: 'No', ErrorMessage: 'not fine' });
  await settled();
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result], ['SUCCEEDED', JSON.stringify(['"fine"', 'not fine'])]);
  await assert.rejects(callbacks.heartbeat(house.scope, no), refused('CallbackTimeoutException'));
});

test('a callback that nobody answers times out, and one whose heart beats does not', async (t) => {
  const house = durableHouse(t);
  let id = '';
  const ends: unknown[] = [];
  house.durables.set('asking', async (run) => {
    if (statusOf(run, 'late') === 'TIMED_OUT' && statusOf(run, 'silent') === 'TIMED_OUT') {
      ends.push(...['late', 'silent'].map((each) => run.operations.get(each)?.CallbackDetails?.Error?.ErrorType));
      return succeeded('done');
    }
    if (run.operations.size > 0) return PENDING;
    const [, silent] = await run.checkpoint(
      callback('late', { TimeoutSeconds: 60 }),
      callback('silent', { TimeoutSeconds: 600, HeartbeatTimeoutSeconds: 30 }),
    );
    id = silent?.CallbackDetails?.CallbackId ?? '';
    return PENDING;
  });
  const arn = await house.start('asking', {});
  for (let beat = 0; beat < 4; beat += 1) {
    await house.clock.advance(25_000);
    await house.durable.callbacks.heartbeat(house.scope, id);
  }
  await house.clock.advance(29_000);
  assert.deepEqual(ends, []);
  await house.clock.advance(1000);
  assert.deepEqual(ends, ['Callback.Timeout', 'Callback.Heartbeat']);
  assert.equal((await house.describe(arn)).status, 'SUCCEEDED');
});

test('functions that fail are run again, so and so often, and their execution says why it failed', async (t) => {
  const house = durableHouse(t);
  house.durables.set('broken', async () => {
    throw new TypeError('no handler');
  });
  const arn = await house.start('broken', {});
  await house.clock.advance(60_000);
  assert.equal(house.calls.length, 5);
  const { status, error, startedAtMs, endedAtMs = 0 } = await house.describe(arn);
  assert.deepEqual([status, error?.ErrorType, error?.ErrorMessage], ['FAILED', 'TypeError', 'no handler']);
  assert.equal(endedAtMs - startedAtMs, 1000 + 2000 + 4000 + 8000);
});

test('an operation that was completed is progress, and forgives the failures before it', async (t) => {
  const house = durableHouse(t);
  house.durables.set('limping', async (run) => {
    const done = run.operations.size;
    if (done === 8) return succeeded(done);
    await run.checkpoint(step(`s${done}`, 'SUCCEED', { Payload: '1' }));
    throw new Error('its time is over');
  });
  const arn = await house.start('limping', {});
  await house.clock.advance(60_000);
  assert.deepEqual([(await house.describe(arn)).status, house.calls.length], ['SUCCEEDED', 9]);
});

test('what finds no instance waits for one, and its failures are not counted', async (t) => {
  const house = durableHouse(t);
  let refusals = 0;
  house.durables.set('crowded', async () => ((refusals += 1) <= 12 ? THROTTLED : succeeded('at last')));
  const arn = await house.start('crowded', {});
  await house.clock.advance(3_600_000);
  assert.equal((await house.describe(arn)).result, '"at last"');
  assert.deepEqual(await typesOf(house, arn), ['ExecutionStarted', 'InvocationCompleted', 'ExecutionSucceeded']);
});

test('a function that waits for nothing, or does not know that it is durable, is told so', async (t) => {
  const house = durableHouse(t);
  house.durables.set('idle', async () => PENDING);
  house.durables.set('plain', async () => ({ statusCode: 200 }));
  const idle = await house.start('idle', {});
  const plain = await house.start('plain', {});
  await house.clock.advance(60_000);
  const said = [await house.describe(idle), await house.describe(plain)].map(({ status, error }) => [status, error?.ErrorMessage]);
  assert.deepEqual(said[0], ['FAILED', 'Cannot return PENDING status with no pending operations.']);
  assert.equal(said[1]?.[0], 'FAILED');
  assert.match(said[1]?.[1] ?? '', /withDurableExecution/);
});

test('an execution ends when its time is over, and whoever is late is refused', async (t) => {
  const house = durableHouse(t);
  house.settings.set('endless', { durable: { executionTimeoutSeconds: 100, retentionDays: 1 } });
  let id = '';
  house.durables.set('endless', async (run) => {
    const [begun] = await run.checkpoint(callback('c'));
    id = begun?.CallbackDetails?.CallbackId ?? '';
    return PENDING;
  });
  const arn = await house.start('endless', {});
  await house.clock.advance(100_000);
  const { status, error } = await house.describe(arn);
  assert.deepEqual([status, error?.ErrorMessage], ['TIMED_OUT', 'Execution timed out after 100 seconds.']);
  await assert.rejects(house.durable.callbacks.succeed(house.scope, id, Buffer.from('1')), refused('CallbackTimeoutException'));
  assert.equal(house.clock.pendingTimers, 0);
});

test('an execution that is stopped stays so, whatever its run does afterwards', async (t) => {
  const house = durableHouse(t);
  const ends: unknown[] = [];
  house.durables.set('working', async (run) => {
    await house.clock.pause(5000);
    await run.checkpoint(step('s', 'START')).catch((error: unknown) => ends.push((error as Error).message));
    return succeeded('never mind');
  });
  const arn = await house.start('working', {});
  await house.clock.advance(1000);
  const stoppedAtMs = await house.stop(arn);
  assert.equal(await house.stop(arn), stoppedAtMs, 'stopping it twice is stopping it once');
  await house.clock.advance(10_000);
  const { status, error, endedAtMs } = await house.describe(arn);
  assert.deepEqual([status, error?.ErrorMessage, endedAtMs], ['STOPPED', 'enough', stoppedAtMs]);
  assert.match(String(ends[0]), /^Invalid Checkpoint Token/);
  assert.deepEqual(await typesOf(house, arn), ['ExecutionStarted', 'ExecutionStopped']);
});

test('what was cancelled is over for its function, and nothing more comes of it', async (t) => {
  const house = durableHouse(t);
  house.ordinary.set('other', async () => {
    await house.clock.pause(10_000);
    return 'too late';
  });
  house.durables.set('changing', async (run) => {
    const [, , begun] = await run.checkpoint(wait('w', 60), invoke('i', 'other'), callback('c', { TimeoutSeconds: 30 }));
    await run.checkpoint(cancel('w', 'WAIT'), cancel('i', 'CHAINED_INVOKE'), cancel('c', 'CALLBACK'));
    const { callbacks } = house.durable;
    const id = begun?.CallbackDetails?.CallbackId ?? '';
    await assert.rejects(callbacks.succeed(house.scope, id, Buffer.from('1')), refused('CallbackTimeoutException'));
    await house.clock.pause(100_000);
    return succeeded(['w', 'i', 'c'].map((each) => statusOf(run, each)));
  });
  const arn = await house.start('changing', {});
  await house.clock.advance(100_000);
  assert.equal((await house.describe(arn)).result, '["CANCELLED","CANCELLED","CANCELLED"]');
});

test('other functions are invoked once, and what they bring is told', async (t) => {
  const house = durableHouse(t);
  house.ordinary.set('double', async (n) => {
    await house.clock.pause(60_000);
    return (n as number) * 2;
  });
  house.ordinary.set('failing', async () => {
    throw new RangeError('out of it');
  });
  let refusals = 0;
  house.ordinary.set('busy', async () => ((refusals += 1) < 3 ? THROTTLED : 'free'));
  house.durables.set('caller', async (run) => {
    const ids = ['double', 'failing', 'busy', 'nobody'];
    if (run.operations.size === 0) {
      await run.checkpoint(...ids.map((id) => invoke(id, id, 21)));
      return PENDING;
    }
    if (ids.some((id) => statusOf(run, id) === 'STARTED')) return PENDING;
    return succeeded(
      ids.map((id) => {
        const { Result, Error } = run.operations.get(id)?.ChainedInvokeDetails ?? {};
        return Result ?? Error?.ErrorType;
      }),
    );
  });
  const arn = await house.start('caller', {});
  await house.clock.advance(120_000);
  assert.deepEqual(JSON.parse((await house.describe(arn)).result ?? ''), [
    '42',
    'RangeError',
    '"free"',
    'ResourceNotFoundException',
  ]);
});

test('a durable function that another one invokes is an execution of its own, and its end is told', async (t) => {
  const house = durableHouse(t);
  house.durables.set('child', async (run) => {
    if (run.input === 'bad') return { Status: 'FAILED', Error: { ErrorType: 'Bad', ErrorMessage: 'as asked' } };
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded(`child of ${String(run.input)}`);
    await run.checkpoint(wait('w', 10 * 86_400));
    return PENDING;
  });
  house.durables.set('parent', async (run) => {
    const [good, bad] = ['good', 'bad'].map((id) => run.operations.get(id));
    if (run.operations.size === 0) await run.checkpoint(invoke('good', 'child:$LATEST', 'good'), invoke('bad', 'child', 'bad'));
    if (good?.Status !== 'SUCCEEDED' || bad?.Status !== 'FAILED') return PENDING;
    return succeeded([good.ChainedInvokeDetails?.Result, bad.ChainedInvokeDetails?.Error?.ErrorType]);
  });
  const arn = await house.start('parent', {});
  await house.clock.advance(10 * DAY_MS);
  assert.deepEqual(JSON.parse((await house.describe(arn)).result ?? ''), ['"child of good"', 'Bad']);
  const types = await typesOf(house, arn);
  assert.equal(types.filter((type) => type === 'ChainedInvokeSucceeded').length, 1);
  assert.equal(types.filter((type) => type === 'ChainedInvokeFailed').length, 1);
  assert.deepEqual(await house.store.journals.busy('durable', 0, 10), []);
});

test('a start with the same name is the same start, and with another payload it is refused', async (t) => {
  const house = durableHouse(t);
  house.durables.set('once', async (run) => {
    if (statusOf(run, 'w') === 'SUCCEEDED') return succeeded(run.input);
    await run.checkpoint(wait('w', 60));
    return PENDING;
  });
  const first = house.call('once', { order: 1 }, { name: 'order-1' });
  await settled();
  const again = house.call('once', { order: 1 }, { name: 'order-1' });
  const taken = refused('DurableExecutionAlreadyStartedException');
  await assert.rejects(house.call('once', { order: 2 }, { name: 'order-1' }), taken);
  const answers = [
    await house.clock.until(first),
    await house.clock.until(again),
    await house.call('once', { order: 1 }, { name: 'order-1' }),
  ];
  assert.equal(new Set(answers.map(({ arn }) => arn)).size, 1);
  const texts = answers.map(({ result }) => result.kind === 'answered' && Buffer.from(result.answer.payload).toString());
  assert.deepEqual(texts, Array(3).fill('{"order":1}'));
  assert.equal(house.calls.length, 2);
  await assert.rejects(house.start('once', { order: 2 }, { name: 'order-1' }), taken);
});

test('who calls and waits is answered in fifteen minutes at the latest', async (t) => {
  const house = durableHouse(t);
  house.durables.set('long', async (run) => {
    if (run.operations.size === 0) await run.checkpoint(wait('w', 3600));
    return statusOf(run, 'w') === 'SUCCEEDED' ? succeeded('late') : PENDING;
  });
  const { arn, result } = await house.clock.until(house.call('long', 1));
  assert.equal(result.kind === 'answered' && result.answer.functionError, 'Unhandled');
  assert.equal((await house.describe(arn)).status, 'TIMED_OUT', 'nobody would ever hear of it');
  const started = await house.start('long', 2, { name: 'begun' });
  const joined = await house.clock.until(house.call('long', 2, { name: 'begun' }));
  assert.match(
    joined.result.kind === 'answered' ? Buffer.from(joined.result.answer.payload).toString() : '',
    /still running after 900/,
  );
  await house.clock.advance(3_600_000);
  assert.equal((await house.describe(started)).result, '"late"', 'whoever had begun it may have it');
});

test('an event that came to nothing goes to the dead-letter queue of its function, in the step that ends it', async (t) => {
  const house = durableHouse(t);
  const deadLetter = { kind: 'queue', arn: 'arn:aws:sqs:us-east-1:000000000000:dead' } as const;
  house.settings.set('broken', { eventInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 60, deadLetter } });
  house.durables.set('broken', async () => ({ Status: 'FAILED', Error: { ErrorType: 'No', ErrorMessage: 'never' } }));
  await house.start('broken', { order: 7 });
  await settled();
  const claimed = await house.store.deliveries.claimDue({
    lane: 'outbox',
    nowMs: house.clock.now(),
    leaseMs: 1000,
    limit: 10,
    exceptTargets: [],
  });
  assert.deepEqual(
    claimed.map(({ target, payload }) => [target, Buffer.from(payload).toString()]),
    [[deadLetter.arn, '{"order":7}']],
  );
  await house.clock.until(house.call('broken', { order: 8 }));
  assert.equal(await house.store.deliveries.nextDueAtMs('outbox'), house.clock.now() + 1000, 'a caller knows it already');
});

test('a result that was checkpointed is the result, however large', async (t) => {
  const house = durableHouse(t);
  const large = JSON.stringify('x'.repeat(6_200_000));
  house.durables.set('large', async (run) => {
    await run.checkpoint({ Id: 'execution-result-1', Type: 'EXECUTION', Action: 'SUCCEED', Payload: large });
    return { Status: 'SUCCEEDED', Result: '' };
  });
  const arn = await house.start('large', {});
  await settled();
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result === large], ['SUCCEEDED', true]);
  assert.deepEqual(await typesOf(house, arn), ['ExecutionStarted', 'InvocationCompleted', 'ExecutionSucceeded']);
});

test('an execution has so many operations and bytes, and says so when it asks for more', async (t) => {
  const house = durableHouse(t);
  const batch = (from: number) => Array.from({ length: 250 }, (_, index) => step(`s${from + index}`, 'SUCCEED', { Payload: '1' }));
  house.durables.set('greedy', async (run) => {
    for (let from = 0; from < 3000; from += 250) await run.checkpoint(...batch(from));
    const most = refused('InvalidParameterValueException', /3000 operations at most/);
    await assert.rejects(run.checkpoint(step('one-more', 'START')), most);
    return succeeded(run.operations.size);
  });
  house.durables.set('heavy', async (run) => {
    const Payload = JSON.stringify('x'.repeat(5_000_000));
    for (let index = 0; index < 20; index += 1) await run.checkpoint(step(`s${index}`, 'SUCCEED', { Payload }));
    const most = refused('InvalidParameterValueException', /bytes at most/);
    await assert.rejects(run.checkpoint(step('one-more', 'SUCCEED', { Payload })), most);
    return succeeded('full');
  });
  const [greedy, heavy] = [await house.start('greedy', {}), await house.start('heavy', {})];
  await house.clock.advance(1000);
  assert.deepEqual([(await house.describe(greedy)).result, (await house.describe(heavy)).result], ['3000', '"full"']);
});
