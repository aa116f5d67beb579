// Whatever a definition says and whatever comes back: an execution fails as executions do, and its history can be read.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { effort } from '../../../test/support/effort.ts';
import { reloaded } from '../../../test/support/flow-driver.ts';
import { facts } from '../../../test/support/flow-runner.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { readDefinition } from '../definition/read-definition.ts';
import type { Machine } from '../definition/state.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { advance } from './advance.ts';
import { newExecution } from './execution.ts';
import type { Execution } from './execution.ts';
import type { HistoryEvent } from './history.ts';
import type { Command, Input } from './messages.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:111111111111:function:work';
const CALLBACK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
const PATHS = [
  '$',
  '$.a',
  '$.list',
  '$.list[0]',
  '$.a.b',
  '$..a',
  '$$.State.RetryCount',
  '$$.Map.Item.Value',
  '$x',
  'States.UUID()',
];
const TEXTS = ["States.Format('{}', $.a)", 'States.MathAdd($.n, 1)', 'States.ArrayLength($.list)', '$.n', '$x', '$.missing', '$'];
const EXPRESSIONS = [
  '{% $states.input %}',
  '{% $states.input.n + 1 %}',
  '{% $x %}',
  '{% $states.input.list[0] %}',
  '{% $error("no") %}',
];
const STATES = 4;

const path = fc.constantFrom(...PATHS.filter((text) => text.startsWith('$') && !text.startsWith('States')));
const optional = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => fc.option(value, { nil: undefined });
const retry = fc.array(
  fc.record({
    ErrorEquals: fc.constantFrom(['Down'], ['States.Timeout'], ['States.TaskFailed', 'States.Runtime']),
    MaxAttempts: fc.integer({ min: 0, max: 2 }),
    JitterStrategy: fc.constantFrom('FULL', 'NONE'),
  }),
  { maxLength: 2 },
);

/** `Next` leads to a later state of the flow or to its end, so that all end. */
function stateAt(prefix: string, index: number, depth: number): fc.Arbitrary<JsonObject> {
  const next = fc
    .integer({ min: index + 1, max: STATES })
    .map((to) => (to === STATES ? { End: true } : { Next: `${prefix}${to}` }));
  const to = fc.integer({ min: index + 1, max: STATES }).map((at) => `${prefix}${at}`);
  const common = fc.record({ InputPath: optional(path), OutputPath: optional(path) });
  const assign = optional(fc.constantFrom<JsonObject[]>({ 'x.$': '$' }, { x: 1 }, { 'x.$': '$.a' }));
  const handlers = fc.record({
    Retry: retry,
    Catch: to.map((at) => [{ ErrorEquals: ['States.ALL'], Next: at, ResultPath: '$.error' }]),
    ResultPath: optional(fc.constantFrom<(string | null)[]>('$.result', '$.a.b', '$.list[0]', null)),
  });
  const parameters = optional(fc.constantFrom(...TEXTS).map((text) => ({ 'v.$': text, list: [1], n: 2 })));
  const simple: fc.Arbitrary<JsonObject>[] = [
    fc
      .tuple(common, next, parameters, assign)
      .map(([one, on, Parameters, Assign]) => clean({ Type: 'Pass', ...one, ...on, Parameters, Assign })),
    fc
      .tuple(next, fc.constantFrom(...EXPRESSIONS), optional(fc.constantFrom(...EXPRESSIONS)))
      .map(([on, Output, value]) =>
        clean({ Type: 'Pass', QueryLanguage: 'JSONata', ...on, Output, Assign: value === undefined ? undefined : { x: value } }),
      ),
    fc
      .tuple(common, next, handlers, parameters, assign, fc.constantFrom(FUNCTION, CALLBACK))
      .map(([one, on, guarded, Parameters, Assign, Resource]) =>
        clean({ Type: 'Task', Resource, TimeoutSeconds: 9, ...one, ...on, ...guarded, Parameters, Assign }),
      ),
    fc
      .tuple(to, to, path, fc.constantFrom('IsPresent', 'NumericGreaterThan', 'StringMatches', 'IsNull'))
      .map(([yes, no, Variable, operator]) => ({
        Type: 'Choice',
        Choices: [{ Variable, [operator]: operator.startsWith('Is') ? true : operator.startsWith('N') ? 1 : 'a*', Next: yes }],
        Default: no,
      })),
    fc
      .tuple(next, fc.constantFrom<JsonObject[]>({ Seconds: 1 }, { SecondsPath: '$.n' }, { TimestampPath: '$.a' }))
      .map(([on, until]) => clean({ Type: 'Wait', ...until, ...on })),
    fc.constant({ Type: 'Fail', Error: 'Down', CausePath: '$.a' }),
  ];
  if (depth === 0) return fc.oneof(...simple);
  const inner = (name: string): fc.Arbitrary<JsonObject> => flowOf(`${prefix}${index}${name}`, depth - 1);
  return fc.oneof(
    ...simple,
    fc
      .tuple(common, next, handlers, fc.tuple(inner('a'), inner('b')))
      .map(([one, on, guarded, Branches]) => clean({ Type: 'Parallel', ...one, ...on, ...guarded, Branches })),
    fc
      .tuple(next, handlers, inner('m'), fc.integer({ min: 0, max: 3 }), fc.constantFrom('$.list', '$.missing', '$x'))
      .map(([on, guarded, ItemProcessor, MaxConcurrency, ItemsPath]) =>
        clean({ Type: 'Map', ...on, ...guarded, ItemProcessor, MaxConcurrency, ItemsPath }),
      ),
  );
}

function clean(state: Readonly<Record<string, Json | undefined>>): JsonObject {
  return JSON.parse(JSON.stringify(state)) as JsonObject;
}

/** The last state is always there, so that every flow ends. What nothing leads to is left out, as a definition with it would be refused. */
function flowOf(prefix: string, depth: number): fc.Arbitrary<JsonObject> {
  return fc.tuple(...Array.from({ length: STATES }, (_, index) => stateAt(prefix, index, depth))).map((states) => {
    const all = new Map<string, JsonObject>([
      ...states.map((state, index): [string, JsonObject] => [`${prefix}${index}`, state]),
      [`${prefix}${STATES}`, { Type: 'Succeed' }],
    ]);
    const reached = new Set<string>();
    const pending = [`${prefix}0`];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (reached.has(name)) continue;
      reached.add(name);
      const { Next, Default, Choices = [], Catch = [] } = all.get(name) ?? {};
      for (const target of [Next, Default, ...nexts(Choices), ...nexts(Catch)])
        if (typeof target === 'string') pending.push(target);
    }
    return { StartAt: `${prefix}0`, States: Object.fromEntries([...all].filter(([name]) => reached.has(name))) };
  });
}

function nexts(rules: Json): readonly Json[] {
  return (rules as readonly JsonObject[]).map(({ Next = null }) => Next);
}

const input = fc.constantFrom<Json[]>({}, null, [1], { a: 'text', n: 1, list: [{ a: 1 }, 2] }, { a: { b: null }, n: -1, list: [] });

type Ran = { readonly events: readonly HistoryEvent[]; readonly execution: Execution; readonly steps: string };

/** `odd`: each input comes twice, and the execution is read again before each step. */
async function run(machine: Machine, given: Json, seed: number, odd: boolean): Promise<Ran> {
  let execution = newExecution(facts({ input: given }));
  const random = seededRandom(5);
  const chance = seededRandom(seed);
  const events: HistoryEvent[] = [];
  const open: Command[] = [];
  let nowMs = facts().startedMs;
  let inputs: readonly Input[] = [{ kind: 'start' }];
  let redrives = 0;
  for (let steps = 0; steps < 2000; steps++) {
    if (odd) execution = reloaded(execution);
    const step = await advance(machine, execution, odd ? inputs.flatMap((each) => [each, each]) : inputs, { nowMs, random });
    events.push(...step.events);
    for (const command of step.commands) follow(open, command);
    if (execution.outcome !== undefined) {
      if (execution.outcome.status === 'SUCCEEDED' || redrives++ === 1) break;
      inputs = [{ kind: 'redrive' }];
      continue;
    }
    if (step.more) {
      inputs = [];
      continue;
    }
    assert(open.length > 0, 'an execution that is not over waits for something');
    const one = open[Math.floor(chance.fraction() * open.length)];
    assert(one !== undefined);
    if (one.kind === 'start-timer') nowMs = Math.max(nowMs, one.dueMs);
    inputs = [answerTo(one, 100 * chance.fraction())];
    open.splice(open.indexOf(one), 1);
  }
  return { events, execution, steps: JSON.stringify([events, execution.outcome]) };
}

function follow(open: Command[], command: Command): void {
  if (command.kind === 'start-task' || command.kind === 'start-timer') open.push(command);
  const gone = open.findIndex(
    (candidate) =>
      (command.kind === 'cancel-task' && candidate.kind === 'start-task' && candidate.taskId === command.taskId) ||
      (command.kind === 'cancel-timer' && candidate.kind === 'start-timer' && candidate.timerId === command.timerId),
  );
  if (gone >= 0) open.splice(gone, 1);
}

function answerTo(command: Command, drawn: number): Input {
  if (command.kind === 'start-timer') return { kind: 'timer', timerId: command.timerId };
  assert(command.kind === 'start-task');
  const { taskId } = command;
  if (drawn < 30) return { kind: 'task-failed', taskId, error: drawn < 20 ? 'Down' : 'Other', cause: 'as drawn' };
  return { kind: 'task-succeeded', taskId, output: drawn < 60 ? { a: 1, n: 2, list: [1, 2, 3] } : [null] };
}

test('executions of random machines fail only as executions do, and their histories hold together', async () => {
  let ended = 0;
  await fc.assert(
    fc.asyncProperty(flowOf('S', 2), input, fc.integer(), async (definition, given, seed) => {
      const read = readDefinition(JSON.stringify(definition), 'STANDARD');
      assert(read.kind === 'machine', JSON.stringify(read));
      const { events, execution, steps } = await run(read.machine, given, seed, false);
      if (execution.outcome !== undefined) ended++;
      for (const [index, { id, previousEventId }] of events.entries()) {
        assert.equal(id, index + 1, 'ids have no gaps');
        assert(previousEventId < id, `event ${id} follows ${previousEventId}`);
      }
      const again = await run(read.machine, given, seed, false);
      assert.equal(again.steps, steps, 'the same makes the same');
      const odd = await run(read.machine, given, seed, true);
      assert.equal(odd.steps, steps, 'inputs that come twice, and reading it again, change nothing');
    }),
    { numRuns: effort(150, 5000) },
  );
  assert(ended > 100);
});
