// Histories in log groups: the form of a line, what levels let through, and that nothing waits for a log.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine } from '#logs';
import type { ExecutionFacts, HistoryEvent } from '#workflows';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { facts as factsOf } from '../../../test/support/flow-runner.ts';
import { SCOPE } from '../../../test/support/logs-house.ts';
import { QuietLog } from '../../../test/support/quiet-log.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import type { LogLevel } from './log-levels.ts';
import { createExecutionLog } from './log-writer.ts';

const GROUP_ARN = `arn:aws:logs:${SCOPE.region}:${SCOPE.account}:log-group:flows:*`;

function house({ level = 'ALL', includeExecutionData = true }: { level?: LogLevel; includeExecutionData?: boolean } = {}) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const written: { stream: string; lines: LogLine[] }[] = [];
  let isBroken = false;
  const logs = createExecutionLog({
    clock,
    log,
    random: seededRandom(1),
    logs: {
      openStream(_scope, group, stream) {
        if (isBroken) throw new Error('no stream today');
        const place = { stream: `${group} ${stream}`, lines: [] as LogLine[] };
        written.push(place);
        return { write: (lines) => void place.lines.push(...lines), flush() {}, close() {} };
      },
    },
  });
  const destinations = [{ cloudWatchLogsLogGroup: { logGroupArn: GROUP_ARN } }];
  const machine = { arn: factsOf().machineArn, name: 'machine', type: 'STANDARD' as const };
  const logging = { level, includeExecutionData, destinations };
  return {
    clock,
    log,
    written,
    break: () => void (isBroken = true),
    wrote: (events: readonly HistoryEvent[], facts: ExecutionFacts = factsOf()) =>
      logs.wrote({ scope: SCOPE, machine, logging }, facts, events),
    lines: () => written.flatMap(({ lines }) => lines.map(({ text }) => JSON.parse(text) as Record<string, unknown>)),
  };
}

function event(type: string, details?: HistoryEvent['details']): HistoryEvent {
  return { id: 2, previousEventId: 1, timestampMs: 1_700_000_000_123, type, ...(details === undefined ? {} : { details }) };
}

const ENTERED = event('PassStateEntered', {
  member: 'stateEnteredEventDetails',
  value: { name: 'Hello', input: '{"a":1}', inputDetails: { truncated: false } },
});

test("a line is Step Functions' own, with its numbers as texts", () => {
  const { wrote, written } = house();
  wrote([ENTERED]);
  const [line] = written[0]?.lines ?? [];
  assert.equal(line?.timestampMs, 1_700_000_000_123);
  assert.deepEqual(JSON.parse(line.text), {
    id: '2',
    type: 'PassStateEntered',
    details: { name: 'Hello', input: '{"a":1}', inputDetails: { truncated: false } },
    previous_event_id: '1',
    event_timestamp: '1700000000123',
    execution_arn: 'arn:aws:states:us-east-1:111111111111:execution:machine:run',
    redrive_count: '0',
  });
  assert.match(written[0]?.stream ?? '', /^flows states\/machine\/\d{4}-\d\d-\d\d-\d\d-\d\d\/[0-9a-f]{8}$/);
});

test('without execution data, a line says where the execution was and not what it held', () => {
  const { wrote, lines } = house({ includeExecutionData: false });
  const assigned = { assignedVariables: { x: '1' }, assignedVariablesDetails: { truncated: false } };
  wrote([
    ENTERED,
    event('PassStateExited', {
      member: 'stateExitedEventDetails',
      value: { name: 'Hello', output: '1', outputDetails: { truncated: false }, ...assigned },
    }),
    event('TaskScheduled', {
      member: 'taskScheduledEventDetails',
      value: { resource: 'publish', resourceType: 'sns', region: 'r', parameters: '{}' },
    }),
  ]);
  assert.deepEqual(
    lines().map(({ details }) => details),
    [{ name: 'Hello' }, { name: 'Hello' }, { resource: 'publish', resourceType: 'sns', region: 'r' }],
  );
});

test('data beyond what fits into a log is left out, and the line says so', () => {
  const { wrote, lines } = house();
  const input = JSON.stringify('x'.repeat(249 * 1024));
  wrote([
    event('PassStateEntered', {
      member: 'stateEnteredEventDetails',
      value: { name: 'A', input, inputDetails: { truncated: false } },
    }),
  ]);
  assert.deepEqual(lines()[0]?.['details'], { name: 'A', inputDetails: { truncated: true } });
});

test('data counts as it stands in the line, where quotes and control characters take more', () => {
  const { wrote, written, lines } = house();
  const input = JSON.stringify('\u0001'.repeat(45_000));
  const value = { name: 'A', input, inputDetails: { truncated: false } };
  wrote([event('PassStateEntered', { member: 'stateEnteredEventDetails', value })]);
  assert.deepEqual(lines()[0]?.['details'], { name: 'A', inputDetails: { truncated: true } });
  assert.ok((written[0]?.lines[0]?.text.length ?? 0) < 1000);
});

test('levels let through what AWS lets through', () => {
  const types = [
    'ExecutionStarted',
    'FailStateEntered',
    'TaskFailed',
    'LambdaFunctionTimedOut',
    'MapIterationAborted',
    'ExecutionFailed',
    'ExecutionSucceeded',
  ];
  const logged = (level: LogLevel) => {
    const { wrote, lines } = house({ level });
    wrote(types.map((type) => event(type)));
    return lines().map(({ type }) => type);
  };
  assert.deepEqual(logged('ALL'), types);
  assert.deepEqual(logged('ERROR'), [
    'FailStateEntered',
    'TaskFailed',
    'LambdaFunctionTimedOut',
    'MapIterationAborted',
    'ExecutionFailed',
  ]);
  assert.deepEqual(logged('FATAL'), ['ExecutionFailed']);
  assert.deepEqual(logged('OFF'), []);
});

test('a stream is kept for an hour, and no express execution has redrives', async () => {
  const { clock, wrote, written, lines } = house();
  const express = factsOf({ executionType: 'EXPRESS' });
  wrote([ENTERED], express);
  wrote([ENTERED], express);
  assert.equal(written.length, 1);
  assert.equal('redrive_count' in (lines()[0] ?? {}), false);
  await clock.advance(3_600_001);
  wrote([ENTERED], express);
  assert.equal(written.length, 2);
});

test('a log that fails fails nothing else', () => {
  const { log, wrote, break: breakIt } = house();
  breakIt();
  wrote([ENTERED]);
  assert.equal(log.named('execution.not-logged').length, 1);
});
