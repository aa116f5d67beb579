// Expressions in processes: the same answers, the same errors, and a platform that goes on whatever they do.

import assert from 'node:assert/strict';
import { platform } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { after, test } from 'node:test';
import { LIMITS } from '#kernel';
import { FakeClock } from '../support/fake-clock.ts';
import { realClock } from '../../src/main/ambient.ts';
import { evaluatorInPlace } from '../../src/workflows/expressions/evaluator.ts';
import { readExpression } from '../../src/workflows/expressions/expression.ts';
import { EvaluationError } from '../../src/workflows/expressions/failure.ts';
import type { Json } from '../../src/workflows/expressions/json.ts';
import type { Given } from '../../src/workflows/expressions/jsonata.ts';
import { createExpressionProcesses } from '../../src/workflows/expressions/processes.ts';
import { processorMs } from '../../src/workflows/expressions/processor-time.ts';

const STUCK = new URL('stuck-evaluator-worker.ts', import.meta.url);
const processes = createExpressionProcesses({ clock: realClock });
after(() => processes.close());

function given(input: Json, variables: Readonly<Record<string, Json>> = {}): Given {
  return { states: { input }, variables: new Map(Object.entries(variables)), nowMs: Date.UTC(2026, 10, 20), seed: 'seed' };
}

test('answers and errors are those of the platform’s own thread', async () => {
  const sources = [
    '$states.input.items[price > 1].name',
    '$map($own, function($v) { $v * 2 })',
    '$states.input.nothing',
    'null',
    '[$uuid(), $random(), $random(42), $now()]',
    '1 + "a"',
    '$states.input.items.name ~> $join(",")',
    '$error("mine")',
    '$match("a1b2", /[a-z](\\d)/)',
    '($f := function($x) { 1 + $f($x) }; $f(1))',
  ];
  const about = given(
    {
      items: [
        { name: 'ä', price: 2 },
        { name: 'b', price: 1 },
        { name: 'c', price: 3 },
      ],
    },
    { own: [1, 2] },
  );
  for (const source of sources) {
    const expression = readExpression(source);
    const [here, there] = await Promise.all(
      [evaluatorInPlace, processes].map((evaluator) =>
        evaluator.evaluate(expression, about, 'tenant').catch((error: unknown) => {
          assert(error instanceof EvaluationError, source);
          return { message: error.message, reason: error.reason };
        }),
      ),
    );
    assert.deepEqual(there, here, source);
  }
});

/** Each takes its whole time, or all of its process's memory. */
const ATTACKS = [
  '($f := function($x) { $f($x) }; $f(1))',
  '$match($join($map([1..100000], function($i) { "a" })) & "b", /(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a{1,500}){1,2}$/)',
  '$reduce([1..400000], function($a, $i) { $append($a, [$i, $i, $i]) }, [])',
];

test('the platform’s own thread keeps turning while expressions run away, which it does not where they run in it', async () => {
  assert((await turnsDuring(() => Promise.all(ATTACKS.map((source) => rejected(processes, source))))) > 100);
  assert(
    (await turnsDuring(() => rejected(evaluatorInPlace, ATTACKS[0] ?? ''))) < 10,
    'a control: the same count sees a thread that stands still',
  );
});

async function rejected(evaluator: typeof evaluatorInPlace, source: string): Promise<void> {
  await assert.rejects(evaluator.evaluate(readExpression(source), given({}), 'attacker'), EvaluationError, source);
}

async function turnsDuring(run: () => Promise<unknown>): Promise<number> {
  const over = new AbortController();
  const running = run().finally(() => over.abort());
  let turns = 0;
  for (; !over.signal.aborted; turns++) await setImmediate();
  await running;
  return turns;
}

test('a process that does not come back is ended, one that has no memory left ends by itself, and both are replaced', async () => {
  const clock = new FakeClock();
  let usedMs = 0;
  const stuck = createExpressionProcesses({ clock, url: STUCK, usedMs: () => usedMs });
  const hangs = assert.rejects(stuck.evaluate(readExpression('$hang'), given({}), 'one'), {
    message: 'D1012: Evaluation timeout after 1000 milliseconds. Check for infinite loop',
  });
  usedMs = 1500;
  await clock.advance(1500);
  await hangs;
  await assert.rejects(stuck.evaluate(readExpression('$grow'), given({}), 'one'), {
    message: 'The expression needs too much memory',
  });
  assert.equal(await stuck.evaluate(readExpression('$answer'), given({}), 'one'), 'well');
  await stuck.close();
});

test('a job that the machine gives no time to is left alone, though not for ever', async () => {
  const clock = new FakeClock();
  const busy = createExpressionProcesses({ clock, url: STUCK, usedMs: () => 0 });
  let hasEnded = false;
  const hangs = assert.rejects(busy.evaluate(readExpression('$hang'), given({}), 'one'), /D1012/).finally(() => (hasEnded = true));
  await clock.advance(LIMITS.expressionWaitMs - 1);
  assert.equal(hasEnded, false);
  await clock.advance(1);
  await hangs;
  await busy.close();
});

test('a process’s time is told by Linux', { skip: platform() === 'linux' ? false : 'only Linux tells the time of others' }, () => {
  const ownMs = (): number => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
  const [beforeMs, toldMs, afterMs] = [ownMs(), processorMs(process.pid), ownMs()];
  // User's and system's time are each cut off at a hundredth of a second.
  assert(toldMs > beforeMs - 25 && toldMs < afterMs + 25, `${beforeMs} ${toldMs} ${afterMs}`);
  assert.equal(processorMs(2 ** 30), 0, 'a process that is gone');
});

test('a process that nobody needs is ended after a while, and another is started when one does', async () => {
  const clock = new FakeClock();
  const idle = createExpressionProcesses({ clock, url: STUCK });
  const first = Number(await idle.evaluate(readExpression('$pid'), given({}), 'one'));
  await clock.advance(LIMITS.expressionProcessIdleMs - 1);
  assert.equal(await idle.evaluate(readExpression('$pid'), given({}), 'one'), first, 'it is used again, and its time begins anew');
  await clock.advance(LIMITS.expressionProcessIdleMs);
  assert.equal(clock.pendingTimers, 0);
  while (lives(first)) await setImmediate();
  assert.notEqual(await idle.evaluate(readExpression('$pid'), given({}), 'one'), first);
  await idle.close();
});

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test('tenants take turns', async () => {
  const one = createExpressionProcesses({ clock: new FakeClock(), url: STUCK });
  // Of the two processes one is taken, so that the other does one job after another.
  const hangs = one.evaluate(readExpression('$hang'), given({}), 'other').catch(() => undefined);
  const order: string[] = [];
  const asks = (tenant: string, count: number): Promise<unknown>[] =>
    Array.from({ length: count }, async () => {
      await one.evaluate(readExpression('$answer'), given({}), tenant);
      order.push(tenant);
    });
  await Promise.all([...asks('much', 20), ...asks('little', 1)]);
  assert.equal(order.indexOf('little'), 2, order.join(' '));
  await one.close();
  await hangs;
});

test('what waits when the platform stops is told so', async () => {
  const closing = createExpressionProcesses({ clock: new FakeClock() });
  const waiting = ['a', 'b', 'c'].map((tenant) => closing.evaluate(readExpression('$sum([1..10])'), given({}), tenant));
  const all = Promise.allSettled(waiting);
  await closing.close();
  assert.deepEqual(
    (await all).map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  );
});

test('a process that cannot be started fails no expression: it is the platform’s failure, and told as such', async () => {
  const none = createExpressionProcesses({ clock: new FakeClock(), url: new URL('no-such-worker.ts', import.meta.url) });
  await assert.rejects(none.evaluate(readExpression('$sum([1..10])'), given({}), 'one'), /ended with code 1/);
  await none.close();
});
