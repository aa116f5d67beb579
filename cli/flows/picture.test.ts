// Pictures: well-formed, of their own, with nothing over anything else, and nobody's names in charge.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowStory } from '../../test/support/flow-story.ts';
import { parseXml } from '../http/xml.ts';
import { flowOf } from './graph.ts';
import { layOut } from './layout.ts';
import type { Box, Layout } from './layout.ts';
import { drawPicture } from './picture.ts';
import { progressOf } from './progress.ts';

const TASK = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
const HOSTILE = '<script>&"\'\u0007</text>';
const FLOW = flowOf(
  JSON.stringify({
    StartAt: HOSTILE,
    States: {
      [HOSTILE]: { ...TASK, Next: 'Which', Catch: [{ ErrorEquals: ['<b>'], Next: 'No' }] },
      Which: { Type: 'Choice', Choices: [{ Variable: '$.a', StringEquals: '"><svg onload=x>', Next: 'Both' }], Default: 'No' },
      Both: {
        Type: 'Parallel',
        Branches: ['L', 'M', 'R'].map((name) => ({
          StartAt: name,
          States: { [name]: { ...TASK, Next: `${name}2` }, [`${name}2`]: { Type: 'Pass', End: true } },
        })),
        Next: 'Which',
      },
      No: { Type: 'Fail' },
    },
  }),
);

test('a picture is a document of its own, with what became of each state in shape and words', () => {
  const story = new FlowStory();
  story.event('ExecutionStarted');
  story.entered('Task', HOSTILE, 0);
  story.event('TaskScheduled');
  story.event('TaskFailed', { error: '<b>', cause: 'x' });
  story.event('ExecutionFailed', { error: '<b>' });
  const progress = progressOf(FLOW, story.events, { status: 'FAILED', nowMs: 0 });
  const picture = drawPicture({ title: HOSTILE, lines: ['FAILED'], flow: FLOW, progress });
  const document = parseXml(picture);
  assert.equal(document.name, 'svg');
  assert.match(picture, /✗ &lt;script&gt;&amp;&quot;&#39; &lt;\/text&gt;/);
  assert.match(picture, /failed/);
  assert.match(picture, /not reached/);
  assert.doesNotMatch(picture, /<script|<b>|onload=x>|href|url\(/);
  assert.ok(!picture.includes('\u0007'));
});

test('a definition alone has no marks', () => {
  const picture = drawPicture({ title: 'shop', lines: [], flow: FLOW, progress: undefined });
  assert.doesNotMatch(picture, /not reached|✗|✓/);
  assert.match(picture, /3 branches/);
});

test('no two states overlap, and what is within a state is inside of it', () => {
  const layout = layOut(FLOW, ({ name }) => [name, 'some facts about it']);
  checkApart(layout);
  assert.equal(new Set(layout.dots.map(({ y }) => y)).size, 2);
});

function checkApart({ boxes, width, height }: Layout): void {
  for (const [index, box] of boxes.entries()) {
    assert.ok(box.x >= 0 && box.y >= 0 && box.x + box.width <= width + 1 && box.y + box.height <= height + 1, box.state.name);
    for (const other of boxes.slice(index + 1)) assert.ok(areApart(box, other), `${box.state.name} and ${other.state.name}`);
    for (const { layout, x, y } of box.inner) {
      assert.ok(x + layout.width <= box.width + 1 && y + layout.height <= box.height + 1, box.state.name);
      checkApart(layout);
    }
  }
}

function areApart(one: Box, other: Box): boolean {
  const isBeside = one.x + one.width <= other.x || other.x + other.width <= one.x;
  return isBeside || one.y + one.height <= other.y || other.y + other.height <= one.y;
}

test('states may be called as members of objects are, and labels hold what no document may', () => {
  const names = ['__proto__', 'constructor', 'toString', '1', 'start', 'end', '\ufffe\ud800'];
  const states = names.map((name, index) => {
    const next = names[index + 1];
    const rule = { Condition: '{% $a = "\u0007\uffff" %}', Next: name };
    return [name, next === undefined ? { Type: 'Succeed' } : { Type: 'Choice', Choices: [rule], Default: next }] as const;
  });
  const picture = drawPicture({
    title: 'x',
    lines: [],
    // Not through an object's literal, where __proto__ is its prototype.
    flow: flowOf(JSON.stringify({ StartAt: '__proto__', States: Object.fromEntries(states) })),
    progress: undefined,
  });
  for (const name of names.slice(0, -1)) assert.ok(picture.includes(`>${name}</text>`), name);
  assert.equal(parseXml(picture).name, 'svg');
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  assert.doesNotMatch(picture, /[\u0000-\u0009\u000b-\u001f\ufffe\uffff]/);
  assert.ok(picture.isWellFormed());
});
