// A process that dies at each step of the store in turn, just before it or just after; and a store that fails at each of them. The next process, or the
// same one, goes on: every execution comes to the same end, and what was recorded is recorded once.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { JournalStep } from '#store';
import { settled } from '../../test/support/fake-clock.ts';
import { durableHouse, PENDING, succeeded, update } from '../../test/support/durable-house.ts';
import type { DurableHouse } from '../../test/support/durable-house.ts';

const { step, wait, callback, invoke } = update;

/** A step, a wait, a step that is tried twice, an ordinary function, a durable one, a callback: each followed by the next. */
function purchase(t: TestContext) {
  const house = durableHouse(t);
  const effects = new Map<string, number>();
  const recorded = new Map<string, number>();
  const did = (counts: Map<string, number>, what: string) => void counts.set(what, (counts.get(what) ?? 0) + 1);
  let callbackId: string | undefined;
  house.ordinary.set('stock', async (event) => {
    did(effects, 'stock');
    // Longer than its caller is run for.
    await house.clock.pause(5000);
    return event;
  });
  house.durables.set('mail', async (run) => {
    if (run.operations.get('w')?.Status === 'SUCCEEDED') return succeeded('sent');
    if (run.operations.size === 0) await run.checkpoint(wait('w', 30));
    return PENDING;
  });
  house.durables.set('purchase', async (run) => {
    const status = (id: string) => run.operations.get(id)?.Status;
    if (status('charge') === undefined) {
      did(effects, 'charge');
      await run.checkpoint(step('charge', 'START'), step('charge', 'SUCCEED', { Payload: '"paid"' }), wait('pause', 60));
      did(recorded, 'charge');
    }
    if (status('pause') !== 'SUCCEEDED') return PENDING;
    if (status('pack') !== 'SUCCEEDED') {
      if (status('pack') === undefined) {
        await run.checkpoint(step('pack', 'START'));
        const Error = { ErrorType: 'Error', ErrorMessage: 'no tape' };
        await run.checkpoint(step('pack', 'RETRY', { Error, StepOptions: { NextAttemptDelaySeconds: 10 } }));
      }
      if (status('pack') === 'STARTED') {
        const Error = { ErrorType: 'StepInterruptedError', ErrorMessage: 'cut off' };
        await run.checkpoint(step('pack', 'RETRY', { Error, StepOptions: { NextAttemptDelaySeconds: 10 } }));
      }
      if (status('pack') !== 'READY') return PENDING;
      did(effects, 'pack');
      await run.checkpoint(step('pack', 'SUCCEED', { Payload: '"packed"' }));
      did(recorded, 'pack');
    }
    if (status('stock') === undefined) await run.checkpoint(invoke('stock', 'stock', { taken: 1 }), invoke('mail', 'mail'));
    if (status('stock') === 'STARTED' || status('mail') === 'STARTED') return PENDING;
    if (status('sign') === undefined) await run.checkpoint(callback('sign'));
    callbackId = run.operations.get('sign')?.CallbackDetails?.CallbackId;
    if (status('sign') === 'STARTED') return PENDING;
    return succeeded({
      stock: run.operations.get('stock')?.ChainedInvokeDetails?.Result,
      mail: run.operations.get('mail')?.ChainedInvokeDetails?.Result,
      sign: run.operations.get('sign')?.CallbackDetails?.Result,
    });
  });
  return { house, effects, recorded, callbackId: () => callbackId };
}

const RESULT = JSON.stringify({ stock: '{"taken":1}', mail: '"sent"', sign: '"signed"' });

/** Turns the clock until it has ended; a process that died is followed by another. */
async function untilEnded(house: DurableHouse, callbackId: () => string | undefined): Promise<string> {
  let arn: string | undefined;
  for (let turn = 0; turn < 400; turn += 1) {
    if (house.hasDied()) house.restart();
    // Nobody was answered: whoever starts it starts it again, under its name.
    arn ??= await heard(house.start('purchase', { order: 1 }, { name: 'order-1' }));
    await house.clock.advance(1000);
    const id = callbackId();
    // Until it is taken: a callback that was answered already says so.
    if (id !== undefined) await heard(house.durable.callbacks.succeed(house.scope, id, Buffer.from('"signed"')));
    const described = arn === undefined ? undefined : await heard(house.describe(arn));
    if (arn !== undefined && described !== undefined && described.status !== 'RUNNING') return arn;
  }
  throw new Error('it never came to an end');
}

/** A process that dies answers nobody, and one whose store fails says so. */
function heard<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  const silence = settled().then(() => settled());
  return Promise.race([answer.catch(() => undefined), silence.then(() => undefined)]);
}

async function verify(house: DurableHouse, arn: string, where: string): Promise<void> {
  await settled();
  if (house.hasDied()) house.restart();
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result], ['SUCCEEDED', RESULT], where);
  const events = await house.events(arn);
  assert.deepEqual(
    events.map(({ EventId }) => EventId),
    events.map((_, index) => index + 1),
    where,
  );
  const once = new Set(['StepSucceeded', 'WaitSucceeded', 'ChainedInvokeSucceeded', 'CallbackSucceeded', 'ExecutionSucceeded']);
  const ends = events
    .filter(({ EventType }) => once.has(EventType ?? ''))
    .map(({ EventType, Name, Id }) => `${EventType} ${Name ?? Id}`);
  assert.equal(new Set(ends).size, ends.length, `${where}: ${ends.join(', ')}`);
  // Timers of processes that died ring once more, for nobody.
  await house.clock.advance(60_000);
  if (house.hasDied()) house.restart();
  await house.clock.advance(60_000);
  assert.deepEqual(await house.store.journals.busy('durable', 0, 10), [], `${where}: nothing is left to be done`);
  assert.equal(house.clock.pendingTimers, 0, where);
}

const undisturbed = async (t: TestContext) => {
  const { house, callbackId } = purchase(t);
  const arn = await untilEnded(house, callbackId);
  await verify(house, arn, 'undisturbed');
  return house.writes;
};

for (const when of ['before', 'after'] as const)
  test(`a process that dies just ${when} a step of the store is followed by one that goes on`, async (t) => {
    const writes = await undisturbed(t);
    assert(writes > 15, `${writes} steps`);
    for (let at = 1; at <= writes; at += 1) {
      const { house, recorded, effects, callbackId } = purchase(t);
      house.dieAt(at, when);
      const arn = await untilEnded(house, callbackId);
      await verify(house, arn, `${when} step ${at}`);
      // What was acknowledged is never done again; what was not may be.
      for (const [what, times] of recorded) assert.equal(times, 1, `${when} step ${at}: ${what}`);
      for (const [what, times] of effects) assert(times <= 2, `${when} step ${at}: ${what} ${times} times`);
    }
  });

test('a store that fails at any step fails nothing but that step', async (t) => {
  const writes = await undisturbed(t);
  for (let at = 1; at <= writes; at += 1) {
    const { house, recorded, callbackId } = purchase(t);
    let write = 0;
    house.store.fault = (verb) => {
      if (verb !== 'journals.append' && verb !== 'journals.begin') return;
      write += 1;
      if (write === at) throw new Error('the disk is full');
    };
    const arn = await untilEnded(house, callbackId);
    await verify(house, arn, `failing step ${at}`);
    for (const [what, times] of recorded) assert.equal(times, 1, `failing step ${at}: ${what}`);
  }
});

test('a step whose answer is lost is gone on from, whoever asked for it', async (t) => {
  const writes = await undisturbed(t);
  for (let at = 1; at <= writes; at += 1) {
    const { house, recorded, callbackId } = purchase(t);
    let write = 0;
    loseAnswers(house, () => (write += 1) === at);
    const arn = await untilEnded(house, callbackId);
    await verify(house, arn, `lost answer ${at}`);
    for (const [what, times] of recorded) assert.equal(times, 1, `lost answer ${at}: ${what}`);
  }
});

test('an end whose answer is lost is told to its caller and to its parent all the same, and a start goes on', async (t) => {
  const house = durableHouse(t);
  house.durables.set('child', async () => succeeded('done'));
  house.durables.set('parent', async (run) => {
    if (run.operations.size === 0) await run.checkpoint(invoke('i', 'child'));
    return run.operations.get('i')?.Status === 'SUCCEEDED' ? succeeded('told') : PENDING;
  });
  loseAnswers(house, ({ status }) => status !== undefined);
  const called = house.call('parent', {});
  await house.clock.advance(10_000);
  const { arn, result } = await called;
  assert.equal(result.kind === 'answered' && Buffer.from(result.answer.payload).toString(), '"told"');
  assert.equal((await house.describe(arn)).status, 'SUCCEEDED');
  let isLying = true;
  loseAnswers(house, () => isLying);
  await assert.rejects(house.start('child', {}, { name: 'unheard' }), /the answer was lost/);
  isLying = false;
  await house.clock.advance(1000);
  const started = await house.start('child', {}, { name: 'unheard' });
  assert.equal((await house.describe(started)).status, 'SUCCEEDED', 'nobody had to ask for it again');
  assert.deepEqual(await house.store.journals.busy('durable', 0, 10), []);
});

/** Of steps that are written, as whoever asked for them does not hear. */
function loseAnswers({ store: { journals } }: DurableHouse, isLost: (step: JournalStep) => boolean): void {
  const [append, begin] = [journals.append.bind(journals), journals.begin.bind(journals)];
  const lose = (step: JournalStep) => {
    if (isLost(step)) throw new Error('the answer was lost');
  };
  Object.assign(journals, {
    async append(...parameters: Parameters<typeof append>) {
      const isWritten = await append(...parameters);
      lose(parameters[2]);
      return isWritten;
    },
    async begin(journal: Parameters<typeof begin>[0]) {
      const begun = await begin(journal);
      lose(journal.first);
      return begun;
    },
  });
}

test('a process that was away for days goes on with all that became due meanwhile', async (t) => {
  const house = durableHouse(t);
  house.durables.set('patient', async (run) => {
    if (run.operations.get('w')?.Status === 'SUCCEEDED') return succeeded(run.input);
    await run.checkpoint(wait('w', 60 + (run.input as number)));
    return PENDING;
  });
  const arns = [];
  for (let n = 0; n < 50; n += 1) arns.push(await house.start('patient', n));
  await settled();
  house.kill();
  await house.clock.advance(3 * 86_400_000);
  assert.equal(house.calls.length, 50);
  house.restart();
  await settled();
  await house.clock.advance(0);
  const ended = await Promise.all(arns.map((arn) => house.describe(arn)));
  assert.deepEqual(
    ended.map(({ result }) => result),
    arns.map((_, n) => String(n)),
  );
});

test('an invocation of another function that was cut off is made again, by the next process', async (t) => {
  const house = durableHouse(t);
  house.ordinary.set('slow', async (n) => {
    await house.clock.pause(60_000);
    return n;
  });
  house.durables.set('caller', async (run) => {
    if (run.operations.size === 0) await run.checkpoint(invoke('i', 'slow', 7));
    const { Status, ChainedInvokeDetails } = run.operations.get('i') ?? {};
    return Status === 'SUCCEEDED' ? succeeded(ChainedInvokeDetails?.Result) : PENDING;
  });
  const arn = await house.start('caller', {});
  await house.clock.advance(1000);
  house.kill();
  await house.clock.advance(3_600_000);
  house.restart();
  await house.clock.advance(61_000);
  assert.equal((await house.describe(arn)).result, '"7"');
  const requests = house.calls.filter(({ name }) => name === 'slow').map(({ requestId }) => requestId);
  assert.deepEqual(
    [requests.length, new Set(requests).size],
    [2, 1],
    'under the same id, for functions that know their work again',
  );
});

test('a checkpoint whose fate nobody knows ends its run, and not the execution', async (t) => {
  const house = durableHouse(t);
  const said: string[] = [];
  const { journals } = house.store;
  const append: typeof journals.append = journals.append.bind(journals);
  let isLying = true;
  Object.assign(house.store.journals, {
    async append(...step: Parameters<typeof append>) {
      const result = await append(...step);
      if (isLying && step[2].records?.some(({ key }) => key.startsWith('o'))) {
        isLying = false;
        throw new Error('the answer was lost');
      }
      return result;
    },
  });
  house.durables.set('doubting', async (run) => {
    const again = async () => run.checkpoint(wait('w', 60)).catch((error: unknown) => said.push((error as Error).message));
    if (run.operations.size === 0) {
      await again();
      // As the SDK does where it heard nothing; that the wait is there already would be the end of the execution.
      await again();
      throw new Error('over');
    }
    return run.operations.get('w')?.Status === 'SUCCEEDED' ? succeeded('done') : PENDING;
  });
  const arn = await house.start('doubting', {});
  await house.clock.advance(60_000);
  assert.equal(said[0], 'the answer was lost');
  assert.match(said[1] ?? '', /^Invalid Checkpoint Token/);
  const { status, result } = await house.describe(arn);
  assert.deepEqual([status, result], ['SUCCEEDED', '"done"']);
});
