// What the doctor makes of a platform's report.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { openTerminal } from '../terminal/terminal.ts';
import { isolationHolds, showReport } from './platform-report.ts';
import type { PlatformReport } from './platform-report.ts';

function shown(report: PlatformReport): string {
  const stdout = new PassThrough();
  const streams = { stdout, stderr: new PassThrough(), env: {} } as never;
  showReport(openTerminal(streams, false), report);
  return String(stdout.read());
}

const REPORT: PlatformReport = {
  account: '000000000000',
  isolation: {
    level: 'bwrap',
    promise: 'bwrap: functions run in namespaces.',
    selfTest: [{ attempt: 'open /etc/shadow' }, { attempt: 'call ptrace' }],
  },
  networks: { default: 'platform', enforced: ['platform', 'none'], notes: ['The internet needs root.'] },
  runtimes: [
    { runtime: 'nodejs24.x', state: 'ready', detail: 'Node 24' },
    { runtime: 'python3.12', state: 'impossible', detail: 'there is no Python' },
  ],
  problems: [],
  warnings: [{ sentence: 'nodejs16.x is not served here.', functions: 7, names: ['a', 'b'] }],
};

test('each attempt of the self-test, each network and runtime, and each warning with whom it is about', () => {
  const text = shown(REPORT);
  assert.match(text, /^ {4}promise: bwrap: functions run in namespaces\.$/m);
  assert.match(text, /^ {6}ok {6}open \/etc\/shadow$/m);
  assert.match(text, /^ {6}ok {6}call ptrace$/m);
  assert.match(text, /^ {2}networks that can be enforced: platform, none$/m);
  assert.match(text, /^ {4}! The internet needs root\.$/m);
  assert.match(text, /^ {4}✓ nodejs24\.x {7}Node 24$/m);
  assert.match(text, /^ {4}✗ python3\.12 {7}there is no Python$/m);
  assert.match(text, /^ {2}! nodejs16\.x is not served here\. \(a, b and 5 more\)$/m);
  assert.match(text, /^ {2}account: 000000000000$/m);
  assert.equal(isolationHolds(REPORT), true);
});

test('a hole is called FAILED with what it was', () => {
  const selfTest = [{ attempt: 'open /etc/shadow', found: 'it opened /etc/shadow' }, { attempt: 'call ptrace' }];
  const report = { ...REPORT, isolation: { ...REPORT.isolation, selfTest } };
  assert.match(shown(report), /^ {6}FAILED {2}open \/etc\/shadow: it opened \/etc\/shadow$/m);
  assert.equal(isolationHolds(report), false);
});

test('the answer of somebody who may not ask is shown as it is', () => {
  assert.match(shown({ problem: 'Access denied.', mend: 'Use the root key.' }), /^ {2}problem: Access denied\.$/m);
});
