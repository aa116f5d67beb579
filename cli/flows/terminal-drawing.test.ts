// Graphs in lines of text, as somebody sees them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowStory } from '../../test/support/flow-story.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { flowOf } from './graph.ts';
import { gutterOf } from './gutter.ts';
import { progressOf } from './progress.ts';
import { drawInTerminal } from './terminal-drawing.ts';

const plain = (text: string): string => text;
const paint: Terminal['paint'] = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain };

const LAMBDA = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
const PURCHASE = flowOf(
  JSON.stringify({
    StartAt: 'Verify payment',
    States: {
      'Verify payment': {
        ...LAMBDA,
        Parameters: { FunctionName: 'verify' },
        Catch: [{ ErrorEquals: ['Card.Declined'], Next: 'Refuse' }],
        Next: 'Enough?',
      },
      'Enough?': {
        Type: 'Choice',
        Choices: [{ Variable: '$.stock', NumericGreaterThan: 0, Next: 'Fulfil' }],
        Default: 'Wait for goods',
      },
      'Wait for goods': { Type: 'Wait', Seconds: 60, Next: 'Enough?' },
      Fulfil: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Reserve', States: { Reserve: { ...LAMBDA, Parameters: { FunctionName: 'reserve' }, End: true } } },
          {
            StartAt: 'Tell all',
            States: {
              'Tell all': {
                Type: 'Map',
                ItemProcessor: {
                  StartAt: 'Mail',
                  States: { Mail: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } },
                },
                End: true,
              },
            },
          },
        ],
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
      Refuse: { Type: 'Fail' },
    },
  }),
);

test('a definition is drawn with all its ways', () => {
  assert.deepEqual(drawInTerminal({ flow: PURCHASE, progress: undefined, columns: 100, paint }), [
    '         ○ Verify payment  lambda:invoke verify',
    '╭────────┤ catch Card.Declined → Refuse',
    '│        │',
    '│ ╭─────▶○ Enough?         Choice',
    '│ │   ╭──┤ $.stock NumericGreaterThan 0 → Fulfil',
    '│ │ ╭─┼──╯ otherwise → Wait for goods',
    '│ │ │ │',
    '│ │ │ ╰─▶○ Fulfil          2 branches',
    '│ │ │    │   ┌ branch 1',
    '│ │ │    │   │ ○ Reserve  lambda:invoke reserve',
    '│ │ │    │   ├ branch 2',
    '│ │ │    │   │ ○ Tell all  Map',
    '│ │ │    │   │     ┌ each item',
    '│ │ │    │   │     │ ○ Mail  sns:publish',
    '│ │ │    │   │     └',
    '│ │ │    │   └',
    '│ │ │    │',
    '│ │ │    ○ Done            Succeed',
    '│ │ │',
    '│ │ ╰───▶○ Wait for goods  Wait',
    '│ ╰──────╯ → Enough?',
    '│',
    '╰───────▶○ Refuse          Fail',
  ]);
});

test('an execution is drawn with what became of each state', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', 'Verify payment', 0);
  story.event('TaskScheduled');
  story.event('TaskFailed', { error: 'Card.Busy' });
  story.event('TaskScheduled');
  story.event('TaskSucceeded');
  story.exited('Task', 'Verify payment');
  story.entered('Choice', 'Enough?');
  story.exited('Choice', 'Enough?');
  story.entered('Parallel', 'Fulfil');
  const started = story.event('ParallelStateStarted');
  const reserve = story.event('TaskScheduled', {}, story.entered('Task', 'Reserve', started));
  story.entered('Map', 'Tell all', started);
  const map = story.event('MapStateStarted', { length: 2 });
  for (const index of [0, 1]) {
    const mail = story.entered('Task', 'Mail', story.event('MapIterationStarted', { name: 'Tell all', index }, map));
    story.event('TaskScheduled', {}, mail);
  }
  story.event('TaskFailed', { error: 'Stock.Gone', cause: 'nothing\nis \u001b[2Jleft' }, reserve);
  const progress = progressOf(PURCHASE, story.events, { status: 'RUNNING', nowMs: 1_000_010_000 });
  const lines = drawInTerminal({ flow: PURCHASE, progress, columns: 100, paint });
  assert.deepEqual(lines, [
    '         ✓ Verify payment  lambda:invoke verify · 2 attempts · 1.3 s',
    '╭────────┤ catch Card.Declined → Refuse',
    '│        │',
    '│ ╭─────▶✓ Enough?         Choice',
    '│ │   ╭──┤ $.stock NumericGreaterThan 0 → Fulfil',
    '│ │ ╭─┼──╯ otherwise → Wait for goods',
    '│ │ │ │',
    '│ │ │ ╰─▶▸ Fulfil          2 branches · running · 7.5 s',
    '│ │ │    │   ┌ branch 1',
    '│ │ │    │   │ ▸ Reserve  lambda:invoke reserve · running · 7.0 s',
    '│ │ │    │   │     Stock.Gone: nothing is  [2Jleft',
    '│ │ │    │   ├ branch 2',
    '│ │ │    │   │ ▸ Tell all  Map · running · 0 of 2 items · 6.5 s',
    '│ │ │    │   │     ┌ each item',
    '│ │ │    │   │     │ ▸ Mail  sns:publish · running · 2× · 11 s',
    '│ │ │    │   │     └',
    '│ │ │    │   └',
    '│ │ │    │',
    '│ │ │    · Done            Succeed · not reached',
    '│ │ │',
    '│ │ ╰───▶· Wait for goods  Wait · not reached',
    '│ ╰──────╯ → Enough?',
    '│',
    '╰───────▶· Refuse          Fail · not reached',
  ]);
});

test('a state without a way on ends its line, and a machine of one state is one line', () => {
  const one = flowOf(JSON.stringify({ StartAt: 'A', States: { A: { Type: 'Pass', End: true } } }));
  assert.deepEqual(drawInTerminal({ flow: one, progress: undefined, columns: 80, paint }), ['○ A  Pass']);
});

test('narrow terminals get shorter lines, and names that would move the cursor do not', () => {
  const name = `A\u001b[2J${'x'.repeat(70)}`;
  const flow = flowOf(JSON.stringify({ StartAt: name, States: { [name]: { ...LAMBDA, End: true } } }));
  const [line = ''] = drawInTerminal({ flow, progress: undefined, columns: 40, paint });
  assert.ok(!line.includes('\u001b'));
  assert.ok(line.length <= 40, line);
});

test('arrows cross where they have to, and more than a dozen beside each other are left to the words', () => {
  assert.deepEqual(
    gutterOf(
      [
        { from: 0, to: 3, isTaken: true },
        { from: 1, to: 2, isTaken: true },
        { from: 4, to: 2, isTaken: true },
      ],
      5,
      undefined,
    ),
    ['╭──────', '│   ╭──', '│ ╭─┴─▶', '╰─┼───▶', '  ╰────'],
  );
  const many = Array.from({ length: 20 }, (_, n) => ({ from: n, to: 40 + n, isTaken: true }));
  assert.equal(new Set(gutterOf(many, 60, undefined).map((line) => line.length)).size, 1);
  assert.equal(gutterOf(many, 60, undefined)[0]?.length, 25);
});
