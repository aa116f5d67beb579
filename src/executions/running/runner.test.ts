// Executions on a clock that is turned by hand: tasks, waits, callbacks, activities, children, long histories.

import assert from 'node:assert/strict';
import test from 'node:test';
import { LIMITS } from '#kernel';
import { settled } from '../../../test/support/fake-clock.ts';
import { ACTIVITY, CALLBACK, chain, ExecutionsHouse, NESTED, SCOPE, task } from '../../../test/support/executions-house.ts';

const DAY_MS = 86_400_000;

test('an execution goes through its tasks to its end, a step of the journal for each', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('three', chain({ A: task(), B: task(), C: task() }));
  const execution = await house.start(machine, { order: 7 }, 'first');
  assert.equal(execution, 'arn:aws:states:us-east-1:111111111111:execution:three:first');
  assert.equal(await house.status(execution), 'RUNNING');
  const end = await house.end(execution);
  assert.equal(end.status, 'SUCCEEDED');
  assert.equal(end.output, '{"order":7}');
  assert.equal(end.input, '{"order":7}');
  assert.equal(end.redriveStatus, 'NOT_REDRIVABLE');
  const events = await house.events(execution);
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, at) => at + 1),
  );
  assert.equal(events[0]?.type, 'ExecutionStarted');
  assert.equal(events.at(-1)?.type, 'ExecutionSucceeded');
  const steps = await house.store.journals.entries(await house.number(execution), { fromId: 1, order: 'forwards', limit: 100 });
  assert.equal(steps.length, 4);
});

test('a wait of thirty days takes thirty days, and nothing of it is in memory', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('month', chain({ Wait: { Type: 'Wait', Seconds: 30 * 86_400 }, Then: task() }));
  await house.executions.open();
  const execution = await house.start(machine);
  await settled();
  const reads = { open: 0, timers: 0 };
  house.store.fault = (verb) => {
    if (verb === 'journals.open') reads.open++;
    if (verb === 'journals.earliestTimers') reads.timers++;
  };
  await house.clock.advance(29 * DAY_MS);
  assert.equal(await house.status(execution), 'RUNNING');
  assert.deepEqual(reads, { open: 0, timers: 0 });
  await house.clock.advance(2 * DAY_MS);
  const end = await house.describe(execution);
  assert.equal(end.status, 'SUCCEEDED');
  assert.equal((end.stoppedAtMs ?? 0) - end.startedAtMs, 30 * DAY_MS + 1);
});

test('a process that dies within a wait leaves it to the next', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('wait', chain({ Wait: { Type: 'Wait', Seconds: 3600 }, Then: task() }));
  await house.executions.open();
  const execution = await house.start(machine);
  await house.clock.advance(1_800_000);
  await house.crash();
  await house.clock.advance(1_799_000);
  assert.equal(await house.status(execution), 'RUNNING');
  await house.clock.advance(2000);
  assert.equal(await house.status(execution), 'SUCCEEDED');
});

test('a callback finds its task after a crash; twice, and afterwards, it is too late', async (context) => {
  const house = new ExecutionsHouse(context, {
    tasks: () => ({ kind: 'submitted', output: { sent: true }, waitsFor: { kind: 'callback' } }),
  });
  const machine = house.machine('callback', chain({ Ask: task(CALLBACK) }));
  const execution = await house.start(machine);
  await settled();
  const token = house.started[0]?.command.token ?? '';
  await house.crash();
  await house.clock.advance(10 * DAY_MS);
  assert.equal(house.started.length, 1);
  await assert.rejects(house.executions.tasks.succeed({ scope: SCOPE, taskToken: token, output: '{' }), { code: 'InvalidOutput' });
  await assert.rejects(house.executions.tasks.succeed({ scope: SCOPE, taskToken: 'no', output: '1' }), { code: 'InvalidToken' });
  await house.executions.tasks.succeed({ scope: SCOPE, taskToken: token, output: '"yes"' });
  assert.equal((await house.describe(execution)).output, '"yes"');
  await assert.rejects(house.executions.tasks.succeed({ scope: SCOPE, taskToken: token, output: '1' }), { code: 'TaskTimedOut' });
  assert.deepEqual(await house.types(execution), [
    'ExecutionStarted',
    'TaskStateEntered',
    'TaskScheduled',
    'TaskStarted',
    'TaskSubmitted',
    'TaskSucceeded',
    'TaskStateExited',
    'ExecutionSucceeded',
  ]);
});

test('an activity is taken by one worker, whose heartbeats keep it', async (context) => {
  const house = new ExecutionsHouse(context);
  const machine = house.machine('dig', chain({ Dig: task(ACTIVITY, { HeartbeatSeconds: 60 }) }));
  await house.executions.open();
  const waiting: string[] = [];
  house.executions.activityTasks.onWaiting((arn) => waiting.push(arn));
  const execution = await house.start(machine, { depth: 3 });
  assert.deepEqual(waiting, [ACTIVITY]);
  const [first, second] = await Promise.all([
    house.executions.activityTasks.take(ACTIVITY, 'anna'),
    house.executions.activityTasks.take(ACTIVITY, 'bert'),
  ]);
  assert.equal(first?.input, '{"depth":3}');
  assert.equal(second, undefined);
  for (let beats = 0; beats < 5; beats++) {
    await house.clock.advance(50_000);
    await house.executions.tasks.heartbeat({ scope: SCOPE, taskToken: first.token });
  }
  await house.crash();
  await house.clock.advance(61_000);
  const end = await house.describe(execution);
  assert.equal(end.status, 'FAILED');
  assert.equal(end.error, 'States.HeartbeatTimeout');
  await assert.rejects(house.executions.tasks.heartbeat({ scope: SCOPE, taskToken: first.token }), { code: 'TaskTimedOut' });
});

test('a parent is told of the end of its child, also when it was down meanwhile', async (context) => {
  const house = new ExecutionsHouse(context, {
    async tasks({ command }, { executions }) {
      if (command.resource.arn !== NESTED) return { kind: 'succeeded', output: 'dug' };
      const child = await executions.start({
        scope: SCOPE,
        stateMachineArn: inner,
        name: 'child',
        input: '{"a":1}',
        traceHeader: undefined,
      });
      return { kind: 'submitted', output: {}, waitsFor: { kind: 'execution', arn: child.executionArn } };
    },
  });
  const inner = house.machine('inner', chain({ Wait: { Type: 'Wait', Seconds: 100 }, Then: task() }));
  const outer = house.machine('outer', chain({ Nested: task(NESTED) }));
  await house.executions.open();
  const parent = await house.start(outer);
  await house.clock.advance(50_000);
  await house.crash();
  await house.clock.advance(51_000);
  const end = await house.describe(parent);
  assert.equal(end.status, 'SUCCEEDED');
  const { Output, Status } = JSON.parse(end.output ?? '') as { Output: unknown; Status: unknown };
  assert.deepEqual({ Output, Status }, { Output: 'dug', Status: 'SUCCEEDED' });
  assert.deepEqual(await house.store.journals.busy('execution', 0, 10), []);
});

test('a long history costs a step no more than a short one, and ends at 25,000 events', async (context) => {
  const house = new ExecutionsHouse(context, { tasks: ({ command }) => ({ kind: 'succeeded', output: command.input }) });
  const again = { Type: 'Choice', Choices: [{ Variable: '$.a', NumericEquals: 1, Next: 'Work' }], Default: 'Enough' };
  const states = { Work: { ...task(), Next: 'Again' }, Again: again, Enough: { Type: 'Succeed' } };
  const machine = house.machine('loop', { StartAt: 'Work', States: states });
  const written: number[] = [];
  house.afterVerb = (verb, [, , step]) => {
    if (verb === 'append') written.push(JSON.stringify(step).length);
  };
  const execution = await house.start(machine, { a: 1 });
  const end = await house.end(execution);
  assert.equal(end.status, 'FAILED');
  assert.equal(end.error, 'States.Runtime');
  const events = await house.events(execution);
  assert(events.length > 24_990 && events.length <= 25_000, `${events.length} events`);
  assert.equal(events.at(-1)?.id, events.length);
  const [early = 0, late = 0] = [written[10], written.at(-10)];
  assert(late < early * 1.1, `a late step writes ${late} characters, an early one ${early}`);
});

test('a retry waits with jitter up to its longest delay, and a heartbeat that does not come ends a task', async (context) => {
  let failures = 0;
  const house = new ExecutionsHouse(context, {
    tasks: ({ command }) =>
      failures++ < 4 ? { kind: 'failed', error: 'Flaky', cause: '' } : { kind: 'succeeded', output: command.input },
  });
  await house.executions.open();
  const retry = { ErrorEquals: ['Flaky'], IntervalSeconds: 10, BackoffRate: 3, MaxDelaySeconds: 60, MaxAttempts: 5 };
  const plain = await house.start(house.machine('plain', chain({ A: task(undefined, { Retry: [retry] }) })));
  const first = await house.end(plain);
  assert.equal((first.stoppedAtMs ?? 0) - first.startedAtMs, (10 + 30 + 60 + 60) * 1000);
  failures = 0;
  const jittery = { ...retry, JitterStrategy: 'FULL' };
  const second = await house.end(await house.start(house.machine('jittery', chain({ A: task(undefined, { Retry: [jittery] }) }))));
  const tookMs = (second.stoppedAtMs ?? 0) - second.startedAtMs;
  assert(tookMs > 0 && tookMs < 160_000, `${tookMs} ms`);
  const asked = chain({ Ask: task(CALLBACK, { HeartbeatSeconds: 30 }) });
  failures = 4;
  const silent = await house.end(await house.start(house.machine('silent', asked)));
  assert.equal(silent.status, 'SUCCEEDED', 'it answered before anybody had to');
});

test('timers are told of when they are due, however they were set', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const machine = house.machine('wait', {
    StartAt: 'Wait',
    States: { Wait: { Type: 'Wait', SecondsPath: '$.seconds', End: true } },
  });
  const seconds = Array.from({ length: 300 }, (_, at) => ((at * 7919) % 300) + 1);
  const executions = await Promise.all(seconds.map((each) => house.start(machine, { seconds: each })));
  await house.clock.advance(301_000);
  for (const [at, execution] of executions.entries()) {
    const { stoppedAtMs = 0, startedAtMs } = await house.describe(execution);
    assert.equal(stoppedAtMs - startedAtMs, (seconds[at] ?? 0) * 1000);
  }
});

test('the wall clock may be set forward: what is due then is told within half a minute', async (context) => {
  const house = new ExecutionsHouse(context);
  await house.executions.open();
  const execution = await house.start(house.machine('wait', chain({ Wait: { Type: 'Wait', Seconds: 86_400 } })));
  await house.clock.advance(1000);
  house.clock.jump(86_400_000);
  await house.clock.advance(30_000);
  assert.equal(await house.status(execution), 'SUCCEEDED');
});

test('states with much data are many steps, none of them larger than a journal holds', async (context) => {
  const house = new ExecutionsHouse(context);
  const passes = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`P${at}`, { Type: 'Pass' }]));
  const machine = house.machine('large', chain(passes));
  const longest: number[] = [];
  house.afterVerb = (verb, [, , step]) => {
    if (verb === 'append') longest.push(JSON.stringify(step).length);
  };
  const text = 'a'.repeat(200_000);
  const execution = await house.start(machine, text);
  await settled();
  const end = await house.describe(execution);
  assert.equal(end.output, JSON.stringify(text));
  assert(longest.length >= 5 && Math.max(...longest) < 16 * 1024 * 1024, `${longest.length} steps`);
});

test('what there is no room for stays on the disk, and comes in its turn', async (context) => {
  let waiting: (() => void)[] = [];
  const house = new ExecutionsHouse(context, {
    tasks: ({ command }) => new Promise((resolve) => waiting.push(() => resolve({ kind: 'succeeded', output: command.input }))),
  });
  await house.executions.open();
  await settled();
  const machine = house.machine('two', chain({ A: task(), B: task() }));
  const many = LIMITS.executionErrandsAtOnce + 300;
  const executions = await Promise.all(Array.from({ length: many }, () => house.start(machine)));
  await settled();
  assert.equal(house.started.length, LIMITS.executionErrandsAtOnce);
  while (waiting.length > 0) {
    const now = waiting;
    waiting = [];
    for (const end of now) end();
    await settled();
    assert(waiting.length <= LIMITS.executionErrandsAtOnce);
  }
  assert.equal(house.started.length, 2 * many);
  for (const execution of executions) assert.equal(await house.status(execution), 'SUCCEEDED');
});
