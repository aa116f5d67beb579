// Durable executions as trees of operations: fixed histories, and what is shown of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Terminal } from '../terminal/terminal.ts';
import { drawOperations } from './operation-tree.ts';
import { operationsOf } from './operations.ts';
import type { DurableEvent, DurableStatus } from './operations.ts';

const plain = (text: string): string => text;
const paint: Terminal['paint'] = { bold: plain, dim: plain, green: plain, red: plain, yellow: plain, cyan: plain };

function event(EventId: number, EventType: string, Id: string, more: Partial<DurableEvent> = {}): DurableEvent {
  return { EventId, EventType, Id, EventTimestamp: 1_000_000 + EventId / 4, ...more };
}

const failure = (ErrorType: string, retry: object) => ({
  StepFailedDetails: { Error: { Payload: { ErrorType, ErrorMessage: 'not\nnow' } }, RetryDetails: retry },
});

const EVENTS: readonly DurableEvent[] = [
  event(1, 'ExecutionStarted', 'e'),
  event(2, 'StepStarted', 'a', { Name: 'charge', SubType: 'Step' }),
  event(3, 'StepFailed', 'a', failure('Card.Busy', { CurrentAttempt: 1, NextAttemptDelaySeconds: 2 })),
  { EventId: 4, EventType: 'InvocationCompleted', EventTimestamp: 1_000_001 },
  event(5, 'StepStarted', 'a', { Name: 'charge', SubType: 'Step' }),
  event(6, 'StepSucceeded', 'a', { StepSucceededDetails: { RetryDetails: { CurrentAttempt: 2 } } }),
  event(7, 'ContextStarted', 'm', { Name: 'tell', SubType: 'Map' }),
  event(8, 'ContextStarted', 'm1', { Name: 'item 0', SubType: 'MapIteration', ParentId: 'm' }),
  event(9, 'StepStarted', 's', { Name: 'mail', SubType: 'Step', ParentId: 'm1' }),
  event(10, 'StepFailed', 's', failure('Mail.Down', { CurrentAttempt: 3 })),
  event(11, 'ContextStarted', 'm2', { Name: 'item 1', SubType: 'MapIteration', ParentId: 'm' }),
  event(12, 'CallbackStarted', 'c', { SubType: 'Callback', ParentId: 'm2', CallbackStartedDetails: { CallbackId: 'abc' } }),
  event(13, 'WaitStarted', 'w', { Name: 'a day', SubType: 'Wait', WaitStartedDetails: { ScheduledEndTimestamp: 1_086_400 } }),
];

const drawn = (events: readonly DurableEvent[], status: DurableStatus) =>
  drawOperations({ operations: operationsOf(events, status).operations, columns: 100, nowMs: 1_000_010_000, paint });

test('operations stand below what they are within, with attempts, errors, and what they wait for', () => {
  assert.deepEqual(drawn(EVENTS, 'RUNNING'), [
    '✓ charge  step · 2 attempts · 1.0 s',
    '▸ tell  map · running · 8.3 s',
    '├ ▸ item 0  map iteration · running · 8.0 s',
    '│ └ ✗ mail  step · failed · 3 attempts · 250 ms',
    '│     Mail.Down: not now',
    '└ ▸ item 1  map iteration · running · 7.3 s',
    '  └ ▸ callback  waits for callback abc · 7.0 s',
    '▸ a day  wait · waits for 1970-01-13T13:46:40Z · 6.8 s',
  ]);
  assert.equal(operationsOf(EVENTS, 'RUNNING').invocations, 1);
});

test('a step between two attempts says when the next one is', () => {
  assert.deepEqual(drawn(EVENTS.slice(0, 4), 'RUNNING'), [
    '▸ charge  step · waits for the next attempt, 2 s later · 9.5 s',
    '  Card.Busy: not now',
  ]);
});

test('what was under way at the end of a stopped execution is aborted', () => {
  assert.deepEqual(drawn([...EVENTS.slice(0, 2), event(3, 'ExecutionStopped', 'e')], 'STOPPED'), ['■ charge  step · aborted']);
});
