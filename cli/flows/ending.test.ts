// What is said at the end of executions.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowStory } from '../../test/support/flow-story.ts';
import type { ExecutionDetails } from '../aws/states.ts';
import { endingOf } from './ending.ts';
import { flowOf } from './graph.ts';
import { progressOf } from './progress.ts';

const FLOW = flowOf(
  JSON.stringify({
    StartAt: 'Charge',
    States: {
      Charge: {
        Type: 'Task',
        Resource: 'arn:aws:states:::lambda:invoke',
        Catch: [{ ErrorEquals: ['No'], Next: 'Refuse' }],
        End: true,
      },
      Refuse: { Type: 'Fail' },
    },
  }),
);

function ending(story: FlowStory, details: Partial<ExecutionDetails>): readonly string[] {
  const execution: ExecutionDetails = {
    executionArn: 'arn:aws:states:us-east-1:000000000000:execution:shop:order-7',
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:shop',
    name: 'order-7',
    status: 'FAILED',
    startDate: 1_000_000,
    ...details,
  };
  return endingOf(execution, FLOW, progressOf(FLOW, story.events, { status: execution.status, nowMs: 0 }));
}

function charge(): FlowStory {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', 'Charge', 0);
  story.event('TaskScheduled');
  story.event('TaskFailed', { error: 'Card.Down', cause: 'no answer' });
  return story;
}

test('one that may go on says where it failed, why, and how', () => {
  const story = charge();
  story.event('ExecutionFailed', { error: 'Card.Down' });
  assert.deepEqual(ending(story, { error: 'Card.Down', cause: 'no answer', redriveStatus: 'REDRIVABLE' }), [
    'It failed in "Charge": Card.Down: no answer',
    'To go on from there once the reason is gone: mayfly flows redrive shop/order-7',
  ]);
});

test('one that cannot says so, and why not', () => {
  const redrive = { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution has exceeded its redrivable period' } as const;
  assert.match(ending(charge(), redrive)[1] ?? '', /^It cannot go on from there \(Execution has exceeded .*\): start another/);
  assert.match(ending(charge(), { redriveStatus: 'REDRIVABLE_BY_MAP_RUN' })[1] ?? '', /redrive the execution that the map is in/);
});

test('a Fail state is an end, and a redrive would come to it again', () => {
  const story = charge();
  story.exited('Task', 'Charge');
  story.entered('Fail', 'Refuse');
  story.event('ExecutionFailed');
  const [what, wayOn] = ending(story, { redriveStatus: 'REDRIVABLE' });
  assert.equal(what, 'It failed in "Refuse".');
  assert.match(wayOn ?? '', /a redrive would come to the same/);
});

test('one that succeeded shows its output in one line, and one that runs says nothing yet', () => {
  assert.deepEqual(ending(charge(), { status: 'SUCCEEDED', output: '{"a":\n1}' }), ['Output  {"a": 1}']);
  assert.deepEqual(ending(charge(), { status: 'RUNNING' }), []);
});
