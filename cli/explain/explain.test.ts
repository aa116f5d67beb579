// REPORT lines, read back and told in words.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReport } from './report-line.ts';
import { phasesOf, reasonOf, totalMs } from './sentence.ts';

const LAMBDA = 'REPORT RequestId: 1-2\tDuration: 1.50 ms\tBilled Duration: 14 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB\t';
const reportOf = (more: string) => {
  const report = readReport(`${LAMBDA}${more}`);
  assert.ok(report);
  return report;
};
const why = (text: string) => reasonOf(reportOf(`Start: cold\tWhy: ${text}\tPhases: run=1.50 ms\t`));

test('a cold start is read with all its phases', () => {
  const report = reportOf(
    'Init Duration: 12.30 ms\tStatus: error\tError Type: Runtime.ExitError\tStart: cold\tWhy: busy; instances=3; pool=empty\tPhases: queue=0.10 place=30.00 specialise=0.80 load=12.30 run=1.50 ms\t',
  );
  assert.deepEqual(report, {
    requestId: '1-2',
    durationMs: 1.5,
    billedMs: 14,
    status: 'error',
    errorType: 'Runtime.ExitError',
    start: 'cold',
    why: { reason: 'busy', details: { instances: '3', pool: 'empty' } },
    phasesMs: { queue: 0.1, place: 30, specialise: 0.8, load: 12.3, run: 1.5 },
  });
  assert.equal(reasonOf(report), 'all 3 instances were busy, and no sandbox was waiting');
  assert.equal(phasesOf(report), 'queue 0.10, place 30.00, specialise 0.80, load 12.30, run 1.50 ms');
  assert.equal(totalMs(report).toFixed(2), '44.70');
});

test('lines of Lambda itself, and of an older platform, tell what they know', () => {
  const report = reportOf('');
  assert.deepEqual(report, { requestId: '1-2', durationMs: 1.5, billedMs: 14 });
  assert.deepEqual([reasonOf(report), phasesOf(report), totalMs(report)], ['', 'run 1.50 ms', 1.5]);
  assert.equal(readReport('START RequestId: 1-2 Version: $LATEST'), undefined);
  assert.equal(readReport('a line of the function that says REPORT RequestId: 1'), undefined);
});

test('every reason has its words', () => {
  assert.equal(why('first'), 'there was no instance yet');
  assert.equal(why('busy; instances=1'), 'the only instance was busy');
  assert.match(why('changed; pool=own-start'), /^its code or settings had changed, and none that waits would do/);
  assert.match(why('evicted'), /memory .* needed/);
  assert.equal(why('expired; idle=600s'), 'the last instance had been idle for 600s, and expired');
  assert.equal(why('died; how=outOfMemory'), 'the last instance died: it ran out of memory');
  assert.equal(why('died; how=thaw'), 'the last instance died: thaw');
  assert.equal(why('eaten; by=moths'), 'eaten');
});
