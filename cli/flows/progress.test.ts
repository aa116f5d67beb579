// What histories say of states: fixed stories, and what is told of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowStory } from '../../test/support/flow-story.ts';
import { flowOf } from './graph.ts';
import { NOT_REACHED, progressOf, tookKey } from './progress.ts';
import type { ExecutionStatus, MapRuns, Progress } from './progress.ts';

const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
const SHOP = flowOf(
  JSON.stringify({
    StartAt: 'Charge',
    States: {
      Charge: { ...TASK, Next: 'Ship', Catch: [{ ErrorEquals: ['Card.Declined'], Next: 'Refuse' }] },
      Ship: { Type: 'Pass', End: true },
      Refuse: { Type: 'Fail' },
    },
  }),
);

function told(story: FlowStory, status: ExecutionStatus, flow = SHOP, more: { readonly mapRuns?: MapRuns } = {}): Progress {
  return progressOf(flow, story.events, { status, nowMs: 1_000_010_000, ...more });
}

const of = (progress: Progress, name: string) => progress.states.get(name) ?? NOT_REACHED;
const marks = (progress: Progress, ...names: readonly string[]) => names.map((name) => of(progress, name).mark);

test('a task that is tried again has its attempts, its time, and no error any more', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', 'Charge', 0);
  story.event('TaskScheduled');
  story.event('TaskFailed', { error: 'Card.Busy' });
  story.event('TaskScheduled');
  assert.deepEqual(of(told(story, 'RUNNING'), 'Charge').mark, 'running');
  story.event('TaskSucceeded');
  story.exited('Task', 'Charge');
  story.entered('Pass', 'Ship');
  story.exited('Pass', 'Ship');
  story.event('ExecutionSucceeded');
  const progress = told(story, 'SUCCEEDED');
  const { mark, visits, attempts, spentMs, error } = of(progress, 'Charge');
  assert.deepEqual(
    { mark, visits, attempts, spentMs, error },
    { mark: 'succeeded', visits: 1, attempts: 2, spentMs: 1250, error: undefined },
  );
  assert.deepEqual(marks(progress, 'Ship', 'Refuse'), ['succeeded', 'notReached']);
  assert.deepEqual([...progress.taken], [[tookKey('Charge', 'Ship', false), 1]]);
});

test('an error that is caught is the state’s, and the way that it took is a catch', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', 'Charge', 0);
  story.event('TaskScheduled');
  story.event('TaskFailed', { error: 'Card.Declined', cause: 'no money' });
  story.exited('Task', 'Charge');
  story.entered('Fail', 'Refuse');
  story.event('ExecutionFailed', { error: 'Refused' });
  const progress = told(story, 'FAILED');
  assert.deepEqual(marks(progress, 'Charge', 'Refuse', 'Ship'), ['caught', 'failed', 'notReached']);
  assert.deepEqual(of(progress, 'Charge').error, { error: 'Card.Declined', cause: 'no money' });
  assert.deepEqual([...progress.taken.keys()], [tookKey('Charge', 'Refuse', true)]);
});

test('a state that fails the execution without an event of its own is told by the event of the end', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  const entered = story.entered('Task', 'Charge', 0);
  story.event('ExecutionFailed', { error: 'States.Runtime' }, entered);
  assert.deepEqual(marks(told(story, 'FAILED'), 'Charge'), ['failed']);
});

test('what was under way when the execution was stopped is aborted', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', 'Charge', 0);
  story.event('TaskScheduled');
  story.event('ExecutionAborted');
  assert.deepEqual(marks(told(story, 'ABORTED'), 'Charge'), ['aborted']);
});

const BOTH = flowOf(
  JSON.stringify({
    StartAt: 'Both',
    States: {
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Left', States: { Left: { ...TASK, End: true } } },
          { StartAt: 'Right', States: { Right: { ...TASK, End: true } } },
        ],
        End: true,
      },
    },
  }),
);

test('of a parallel that fails, the branch that failed and the one that was cut off are told apart; its retry begins both again', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Parallel', 'Both', 0);
  const first = story.event('ParallelStateStarted');
  const left = story.entered('Task', 'Left', first);
  const right = story.entered('Task', 'Right', first);
  story.event('TaskScheduled', {}, left);
  const failed = story.event('TaskFailed', { error: 'Busy' }, story.event('TaskScheduled', {}, right));
  const again = story.event('ParallelStateStarted', {}, failed);
  const leftAgain = story.entered('Task', 'Left', again);
  const progress = told(story, 'RUNNING', BOTH);
  assert.deepEqual(marks(progress, 'Both', 'Left', 'Right'), ['running', 'running', 'failed']);
  assert.deepEqual(of(progress, 'Left').counts, { succeeded: 0, failed: 0, caught: 0, running: 1, aborted: 1 });
  assert.equal(of(progress, 'Both').attempts, 2);

  const refused = story.event('TaskFailed', { error: 'Gone' }, story.event('TaskScheduled', {}, leftAgain));
  story.event('ParallelStateFailed', {}, refused);
  story.event('ExecutionFailed', { error: 'Gone' });
  const ended = told(story, 'FAILED', BOTH);
  assert.deepEqual(marks(ended, 'Both', 'Left', 'Right'), ['failed', 'failed', 'failed']);
});

const EACH = flowOf(
  JSON.stringify({
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        ItemProcessor: { StartAt: 'First', States: { First: { Type: 'Pass', Next: 'Second' }, Second: { ...TASK, End: true } } },
        End: true,
      },
    },
  }),
);

test('iterations beside each other are told apart, and counted', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Map', 'Each', 0);
  const started = story.event('MapStateStarted', { length: 3 });
  const begin = (index: number) => {
    const iteration = story.event('MapIterationStarted', { name: 'Each', index }, started);
    return story.entered('Pass', 'First', iteration);
  };
  const [one, two] = [begin(0), begin(1)];
  const oneSecond = story.entered('Task', 'Second', story.exited('Pass', 'First', one));
  const twoSecond = story.entered('Task', 'Second', story.exited('Pass', 'First', two));
  story.event('TaskScheduled', {}, oneSecond);
  const done = story.exited('Task', 'Second', story.event('TaskSucceeded', {}, story.event('TaskScheduled', {}, twoSecond)));
  story.event('MapIterationSucceeded', { name: 'Each', index: 1 }, done);
  const progress = told(story, 'RUNNING', EACH);
  assert.deepEqual(of(progress, 'Each').iterations, { total: 3, started: 2, succeeded: 1, failed: 0, aborted: 0 });
  assert.deepEqual(of(progress, 'Second').counts, { succeeded: 1, failed: 0, caught: 0, running: 1, aborted: 0 });
  assert.equal(progress.taken.get(tookKey('First', 'Second', false)), 2);
});

test('the items of a distributed map are those of its run', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Map', 'Each', 0);
  story.event('MapStateStarted', { length: 9 });
  story.event('MapRunStarted', { mapRunArn: 'run' });
  const counts = { total: 9, started: 4, succeeded: 3, failed: 1, aborted: 0 };
  assert.deepEqual(of(told(story, 'RUNNING', EACH, { mapRuns: new Map([['run', counts]]) }), 'Each').iterations, counts);
  assert.equal(of(told(story, 'RUNNING', EACH), 'Each').iterations, undefined, 'nothing is told that is not known');
});

test('a redrive goes on with the state that failed', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', 'Charge', 0);
  story.event('TaskScheduled');
  story.event('TaskFailed', { error: 'Card.Down' });
  story.event('ExecutionFailed', { error: 'Card.Down' });
  assert.deepEqual(marks(told(story, 'FAILED'), 'Charge'), ['failed']);
  story.event('ExecutionRedriven', { redriveCount: 1 });
  story.event('TaskScheduled');
  assert.deepEqual(marks(told(story, 'RUNNING'), 'Charge'), ['running']);
  story.event('TaskSucceeded');
  story.exited('Task', 'Charge');
  story.entered('Pass', 'Ship');
  story.exited('Pass', 'Ship');
  story.event('ExecutionSucceeded');
  const progress = told(story, 'SUCCEEDED');
  assert.deepEqual(marks(progress, 'Charge', 'Ship'), ['succeeded', 'succeeded']);
  assert.equal(of(progress, 'Charge').attempts, 2);
});
