// Chains of requests: runs are counted for each function, and the seventeenth of one chain is a loop.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { isLoop, longestChain, withRun } from './lineage.ts';

const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0';
const [ONE, OTHER] = ['a87bd80c', '68fd508a'];

/** How often a chain runs before it is stopped, when these functions call each other in a circle. */
function runsOf(circle: readonly string[], endsAfter = 10_000): number {
  let header = ROOT;
  for (let run = 0; run < endsAfter; run += 1) {
    const id = circle[run % circle.length] ?? '';
    if (isLoop(header, id)) return run;
    header = withRun(header, id);
  }
  return endsAfter;
}

test('the first run is told as Lambda tells it', () => {
  assert.equal(withRun(ROOT, ONE), `${ROOT};Lineage=1:a87bd80c:0`);
  assert.equal(withRun(withRun(ROOT, ONE), ONE), `${ROOT};Lineage=2:a87bd80c:1`);
  assert.equal(withRun(withRun(ROOT, ONE), OTHER), `${ROOT};Lineage=2:68fd508a:0|a87bd80c:0`);
});

test('a function runs sixteen times in one chain, however many others take part', () => {
  assert.equal(runsOf([ONE]), 16);
  assert.equal(runsOf([ONE, OTHER]), 32);
  const many = Array.from({ length: LIMITS.lineageFunctions }, (_, index) => index.toString(16).padStart(8, '0'));
  assert.equal(runsOf(many), 16 * many.length);
});

test('functions that ran longest ago are forgotten first, so that a header stays short', () => {
  let header = ROOT;
  for (let index = 0; index < 1000; index += 1) header = withRun(header, index.toString(16).padStart(8, '0'));
  assert.ok(header.length < LIMITS.traceHeaderLength, String(header.length));
  header = withRun(header, ONE);
  assert.match(header, /;Lineage=1001:a87bd80c:0\|000003e7:0\|/);
});

test('what stands behind the lineage stays, and what is no lineage counts for nothing', () => {
  assert.equal(withRun('Root=1-x;Lineage=1:a87bd80c:4;Sampled=1', ONE), 'Root=1-x;Lineage=2:a87bd80c:5;Sampled=1');
  for (const nonsense of ['a87bd80c', '1:a87bd80c', '1:a87bd80c:9999', '-1:a87bd80c:0', `1:a87bd80c:15,${ONE}`]) {
    assert.equal(isLoop(`Root=1-x;Lineage=${nonsense}`, ONE), false, nonsense);
    assert.equal(withRun(`Root=1-x;Lineage=${nonsense}`, ONE), 'Root=1-x;Lineage=1:a87bd80c:0', nonsense);
  }
});

test('of a batch, the longest chain counts', () => {
  const headers = [undefined, ROOT, withRun(withRun(ROOT, ONE), OTHER), withRun(ROOT, ONE)];
  assert.equal(longestChain(headers), headers[2]);
  assert.equal(longestChain([undefined, ROOT]), ROOT);
  assert.equal(longestChain([]), undefined);
});
