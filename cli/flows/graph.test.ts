// Definitions as graphs: which order, which edges, which words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allStates, flowOf } from './graph.ts';

const definition = (StartAt: string, States: object): string => JSON.stringify({ StartAt, States });

test('the usual way comes first, a state after all that lead to it, and what nothing leads to last', () => {
  const { states } = flowOf(
    definition('Ask', {
      Lost: { Type: 'Pass', End: true },
      Refuse: { Type: 'Fail' },
      Join: { Type: 'Pass', End: true },
      Slow: { Type: 'Pass', Next: 'Join' },
      Ask: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Next: 'Which',
        Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Refuse' }],
      },
      Which: { Type: 'Choice', Choices: [{ Variable: '$.fast', BooleanEquals: true, Next: 'Fast' }], Default: 'Slow' },
      Fast: { Type: 'Pass', Next: 'Join' },
    }),
  );
  assert.deepEqual(
    states.map(({ name }) => name),
    ['Ask', 'Which', 'Fast', 'Slow', 'Join', 'Refuse', 'Lost'],
  );
});

test('a loop has an end, and ten thousand states in a row are no trouble', () => {
  const loop = flowOf(definition('A', { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Wait', Seconds: 1, Next: 'A' } }));
  assert.deepEqual(
    loop.states.map(({ name }) => name),
    ['A', 'B'],
  );
  const row = Array.from({ length: 10_000 }, (_, n) => [`S${n}`, { Type: 'Pass', Next: `S${n + 1}` }] as const);
  const long = flowOf(definition('S0', { ...Object.fromEntries(row), S10000: { Type: 'Succeed' } }));
  assert.equal(long.states.length, 10_001);
  assert.equal(long.states.at(-1)?.name, 'S10000');
});

test('edges say what leads along them, in both languages', () => {
  const { states } = flowOf(
    definition('A', {
      A: {
        Type: 'Choice',
        Choices: [
          { And: [{ Variable: '$.a', IsPresent: true }, { Not: { Variable: '$.b', StringEquals: 'x' } }], Next: 'B' },
          { Condition: '{% $states.input.n > 3 %}', Next: 'B' },
        ],
        Default: 'B',
      },
      B: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'C', States: { C: { Type: 'Pass', End: true } } },
        End: true,
        Catch: [{ ErrorEquals: ['X', 'Y'], Next: 'A' }],
      },
    }),
  );
  assert.deepEqual(
    states.flatMap(({ edges }) => edges),
    [
      { to: 'B', kind: 'choice', label: '$.a IsPresent true and not ($.b StringEquals "x")' },
      { to: 'B', kind: 'choice', label: '$states.input.n > 3' },
      { to: 'B', kind: 'default', label: 'otherwise' },
      { to: 'A', kind: 'catch', label: 'catch X, Y' },
    ],
  );
});

test('tasks are named by what they do, and states within states are there', () => {
  const inner = {
    StartAt: 'Inner',
    States: { Inner: { Type: 'Task', Resource: 'arn:aws:states:us-east-1:1:activity:review', End: true } },
  };
  const flow = flowOf(
    definition('Direct', {
      Direct: { Type: 'Task', Resource: 'arn:aws:lambda:us-east-1:000000000000:function:charge:live', Next: 'Sdk' },
      Sdk: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:s3:getObject', Arguments: { Bucket: 'stock' }, Next: 'Wait' },
      Wait: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
        Parameters: { FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:ask' },
        Next: 'Both',
      },
      Both: { Type: 'Parallel', Branches: [inner], Next: 'Each' },
      Each: {
        Type: 'Map',
        ItemProcessor: {
          ...inner,
          StartAt: 'Other',
          States: { Other: { Type: 'Pass', End: true } },
          ProcessorConfig: { Mode: 'DISTRIBUTED' },
        },
        End: true,
      },
    }),
  );
  assert.deepEqual(
    [...allStates(flow)].map(({ name, work }) => [name, work]),
    [
      ['Direct', 'function charge:live'],
      ['Sdk', 'aws-sdk:s3:getObject stock'],
      ['Wait', 'lambda:invoke.waitForTaskToken ask'],
      ['Both', undefined],
      ['Inner', 'activity review'],
      ['Each', undefined],
      ['Other', undefined],
    ],
  );
  assert.deepEqual(
    flow.states.flatMap(({ inner: all }) => all.map(({ title, isElsewhere }) => [title, isElsewhere])),
    [
      ['branch 1', false],
      ['each item, as an execution of its own', true],
    ],
  );
});
