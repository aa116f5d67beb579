// The process dies at each write of the journal, before and after it: the execution comes to the same end, recorded once.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { settled } from '../../../test/support/fake-clock.ts';
import { CALLBACK, chain, ExecutionsHouse, NESTED, SCOPE, task } from '../../../test/support/executions-house.ts';
import type { TaskScript } from '../../../test/support/executions-house.ts';

const WRITES = new Set(['begin', 'append']);

const RETRIED = { Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 5, MaxAttempts: 2 }] };
const PARALLEL = {
  Type: 'Parallel',
  Branches: [chain({ Left: task(), LeftToo: task() }), chain({ Pause: { Type: 'Wait', Seconds: 3 }, Right: task() })],
};
const MAP = { Type: 'Map', MaxConcurrency: 2, Items: [1, 2, 3, 4], ItemProcessor: chain({ Item: task() }) };
const FLOWS: Readonly<Record<string, object>> = {
  'tasks one after the other': chain({ A: task(), B: task(), C: task() }),
  'a wait and a task that is tried again': chain({
    Wait: { Type: 'Wait', Seconds: 60 },
    Try: task('arn:aws:lambda:us-east-1:111111111111:function:flaky', RETRIED),
  }),
  'branches side by side': chain({ Both: PARALLEL, Then: task() }),
  'a callback that is answered': chain({ Ask: task(CALLBACK), Then: task() }),
  'a child execution': chain({ Nested: task(NESTED), Then: task() }),
};
/** JSONata has Items; the others are JSONPath's. */
const MAPPED = { QueryLanguage: 'JSONata', ...chain({ Each: MAP, Then: task() }) };

function script(inner: () => string): TaskScript {
  const tries = new Map<string, number>();
  return async ({ command, facts }, house) => {
    const { resource, taskId } = command;
    await house.clock.pause(10);
    if (resource.arn === CALLBACK) return { kind: 'submitted', output: {}, waitsFor: { kind: 'callback' } };
    if (resource.arn === NESTED) {
      const name = `child-of-${facts.name}`;
      const child = await house.executions.start({
        scope: SCOPE,
        stateMachineArn: inner(),
        name,
        input: '{}',
        traceHeader: undefined,
      });
      return { kind: 'submitted', output: {}, waitsFor: { kind: 'execution', arn: child.executionArn } };
    }
    const tried = (tries.get(taskId) ?? 0) + 1;
    tries.set(taskId, tried);
    if (resource.arn.endsWith('flaky') && taskId.endsWith(':4')) return { kind: 'failed', error: 'Flaky', cause: 'once' };
    return { kind: 'succeeded', output: command.input };
  };
}

type Ran = { readonly types: readonly string[]; readonly output: string | undefined; readonly writes: number };

async function run(
  context: TestContext,
  definition: object,
  killAt: { readonly write: number; readonly isAfter: boolean } | undefined,
): Promise<Ran> {
  let inner = '';
  const house = new ExecutionsHouse(context, { tasks: script(() => inner) });
  inner = house.machine('inner', chain({ Wait: { Type: 'Wait', Seconds: 2 }, Inner: task() }));
  const machine = house.machine('flow', definition);
  await house.executions.open();
  let writes = 0;
  const write = (isAfter: boolean) => {
    if (killAt === undefined || writes !== killAt.write || killAt.isAfter !== isAfter || house.isDead) return;
    house.kill();
    if (!isAfter) throw new Error('killed before the write');
  };
  house.store.fault = (verb) => {
    if (!WRITES.has(verb.replace('journals.', ''))) return;
    writes++;
    write(false);
  };
  house.afterVerb = (verb) => {
    if (WRITES.has(verb)) write(true);
  };
  const starting = house.start(machine, { a: 1 }, 'one');
  starting.catch(() => undefined);
  await settled();
  await settled();
  if (house.isDead) await house.crash();
  // Not acknowledged, it is asked for again, and is the same.
  const execution = killAt?.write === 1 ? await house.start(machine, { a: 1 }, 'one') : await starting;
  for (let turns = 0; turns < 300; turns++) {
    await house.clock.advance(1000);
    if (house.isDead) await house.crash();
    if ((await house.types(execution)).at(-1) === 'TaskSubmitted') await Promise.race([house.answerAll(), settled()]);
    if (house.isDead) await house.crash();
    if ((await house.status(execution)) !== 'RUNNING') break;
  }
  const end = await house.describe(execution);
  assert.equal(end.status, 'SUCCEEDED', `killed at ${JSON.stringify(killAt)}: ${JSON.stringify(house.log.events)}`);
  const events = await house.events(execution);
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, at) => at + 1),
  );
  await house.clock.advance(60_000);
  assert.deepEqual(await house.store.journals.busy('execution', 0, 10), [], 'nothing is left to be done');
  assert.deepEqual(await house.store.journals.earliestTimers('execution', undefined, 10), [], 'nothing is left to wait for');
  return { types: events.map(({ type }) => type).toSorted(), output: end.output?.replaceAll(/\d{13}/g, 'then'), writes };
}

for (const [name, definition] of [...Object.entries(FLOWS), ['a map', MAPPED] as const]) {
  test(`killed at each write: ${name}`, async (context) => {
    const whole = await run(context, definition, undefined);
    assert(whole.writes > 2);
    for (let write = 1; write <= whole.writes; write++) {
      for (const isAfter of [false, true]) {
        const { types, output } = await run(context, definition, { write, isAfter });
        assert.deepEqual({ types, output }, { types: whole.types, output: whole.output }, `killed at write ${write}`);
      }
    }
  });
}
