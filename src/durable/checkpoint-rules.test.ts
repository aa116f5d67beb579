// The rules of checkpoints, each with the words in which it is refused.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationStatus, OperationType } from '@aws-sdk/client-lambda';
import { ApiError, LIMITS } from '#kernel';
import { checkUpdates } from './checkpoint-rules.ts';
import type { Update } from './checkpoint-rules.ts';
import type { StoredOperation } from './records.ts';

const at = (type: OperationType, status: OperationStatus) => ({ type, status }) as unknown as StoredOperation;

/** What there is: one operation of each kind, under its status. */
const KNOWN = new Map<string, StoredOperation>([
  ['step-started', at('STEP', 'STARTED')],
  ['step-pending', at('STEP', 'PENDING')],
  ['step-ready', at('STEP', 'READY')],
  ['step-done', at('STEP', 'SUCCEEDED')],
  ['context', at('CONTEXT', 'STARTED')],
  ['context-done', at('CONTEXT', 'SUCCEEDED')],
  ['wait', at('WAIT', 'STARTED')],
  ['wait-done', at('WAIT', 'SUCCEEDED')],
  ['callback', at('CALLBACK', 'STARTED')],
  ['callback-done', at('CALLBACK', 'TIMED_OUT')],
  ['invoke', at('CHAINED_INVOKE', 'STARTED')],
  ['invoke-done', at('CHAINED_INVOKE', 'FAILED')],
]);

const check = (...updates: readonly Update[]) => checkUpdates(updates, { executionId: 'execution', find: (id) => KNOWN.get(id) });

const update = (Type: Update['Type'], Action: Update['Action'], Id: string, more: Partial<Update> = {}): Update => ({
  Type,
  Action,
  Id,
  ...more,
});

const RETRY = { StepOptions: { NextAttemptDelaySeconds: 1 } };
const WAIT = { WaitOptions: { WaitSeconds: 1 } };
const INVOKE = { ChainedInvokeOptions: { FunctionName: 'other' } };
const ERROR = { Error: { ErrorMessage: 'no' } };

test('what the SDK does is allowed', () => {
  check(
    update('CONTEXT', 'START', 'c'),
    update('STEP', 'START', 's', { ParentId: 'c' }),
    update('STEP', 'SUCCEED', 's', { ParentId: 'c', Payload: '1' }),
    update('CONTEXT', 'SUCCEED', 'c', { Payload: '1' }),
    update('STEP', 'START', 'step-ready'),
    update('STEP', 'RETRY', 'step-started', { ...RETRY, ...ERROR }),
    update('STEP', 'FAIL', 'new', ERROR),
    update('CONTEXT', 'FAIL', 'context', ERROR),
    update('WAIT', 'START', 'w', WAIT),
    update('CALLBACK', 'START', 'cb', { ParentId: 'c' }),
    update('CHAINED_INVOKE', 'START', 'i', INVOKE),
    update('WAIT', 'CANCEL', 'wait'),
    update('CALLBACK', 'CANCEL', 'callback'),
    update('CHAINED_INVOKE', 'CANCEL', 'invoke'),
    update('EXECUTION', 'SUCCEED', 'execution-result-1', { Payload: '1' }),
  );
  check(update('EXECUTION', 'FAIL', 'execution', ERROR));
  check();
});

const REFUSED: readonly (readonly [string, ...Update[]])[] = [
  ['Invalid current STEP state to start.', update('STEP', 'START', 'step-started')],
  ['Invalid current STEP state to start.', update('STEP', 'START', 'step-pending')],
  ['Invalid current STEP state to close.', update('STEP', 'SUCCEED', 'step-done')],
  ['Invalid current STEP state to close.', update('STEP', 'FAIL', 'step-pending', ERROR)],
  ['Invalid current STEP state to re-attempt.', update('STEP', 'RETRY', 'step-pending', RETRY)],
  ['Invalid StepOptions for the given action.', update('STEP', 'RETRY', 'new')],
  ['Cannot provide both error and payload to RETRY a STEP.', update('STEP', 'RETRY', 'new', { ...RETRY, ...ERROR, Payload: '1' })],
  ['Cannot provide a Payload for FAIL action.', update('STEP', 'FAIL', 'new', { Payload: '1' })],
  ['Cannot provide an Error for SUCCEED action.', update('STEP', 'SUCCEED', 'new', ERROR)],
  ['Cannot start a CONTEXT that already exists.', update('CONTEXT', 'START', 'context')],
  ['Invalid current CONTEXT state to close.', update('CONTEXT', 'SUCCEED', 'context-done')],
  ['Cannot provide a Payload for FAIL action.', update('CONTEXT', 'FAIL', 'context', { Payload: '1' })],
  ['Cannot start a WAIT that already exists.', update('WAIT', 'START', 'wait', WAIT)],
  ['Invalid WaitOptions for the given action.', update('WAIT', 'START', 'new')],
  ['Cannot cancel a WAIT that does not exist or has already completed.', update('WAIT', 'CANCEL', 'wait-done')],
  ['Cannot cancel a WAIT that does not exist or has already completed.', update('WAIT', 'CANCEL', 'new')],
  ['Cannot start a CALLBACK that already exists.', update('CALLBACK', 'START', 'callback-done')],
  ['Cannot cancel a CALLBACK that does not exist or has already completed.', update('CALLBACK', 'CANCEL', 'callback-done')],
  ['Cannot start a CHAINED_INVOKE that already exists.', update('CHAINED_INVOKE', 'START', 'invoke', INVOKE)],
  ['Invalid ChainedInvokeOptions for the given action.', update('CHAINED_INVOKE', 'START', 'new')],
  [
    'Cannot cancel a CHAINED_INVOKE that does not exist or has already completed.',
    update('CHAINED_INVOKE', 'CANCEL', 'invoke-done'),
  ],
  ['Invalid action for the given operation type.', update('WAIT', 'SUCCEED', 'wait')],
  ['Invalid action for the given operation type.', update('EXECUTION', 'START', 'new')],
  ['Cannot provide an Error for SUCCEED action.', update('EXECUTION', 'SUCCEED', 'e', ERROR)],
  ['Cannot checkpoint multiple EXECUTION updates.', update('EXECUTION', 'SUCCEED', 'e'), update('EXECUTION', 'SUCCEED', 'f')],
  ['EXECUTION checkpoint must be the last update.', update('EXECUTION', 'SUCCEED', 'e'), update('STEP', 'START', 's')],
  ['Cannot update the same operation twice in a single request.', update('STEP', 'START', 's'), update('STEP', 'START', 's')],
  ['Cannot update the same operation twice in a single request.', update('STEP', 'SUCCEED', 's'), update('STEP', 'FAIL', 's')],
  [
    'Cannot update the same operation twice in a single request.',
    update('WAIT', 'START', 'w', WAIT),
    update('WAIT', 'CANCEL', 'w'),
  ],
  ['Invalid parent operation id.', update('STEP', 'START', 's', { ParentId: 'nobody' })],
  ['Invalid parent operation id.', update('STEP', 'START', 's', { ParentId: 'step-started' })],
  ['Invalid parent operation id.', update('STEP', 'START', 's', { ParentId: 'c' }), update('CONTEXT', 'START', 'c')],
  ['Cannot change the type of an operation.', update('CONTEXT', 'START', 'step-started')],
  ['Cannot change the type of an operation.', update('STEP', 'START', 'execution')],
  [
    `Error object size must be less than ${LIMITS.durableErrorBytes} bytes.`,
    update('STEP', 'FAIL', 's', { Error: { ErrorData: 'x'.repeat(LIMITS.durableErrorBytes) } }),
  ],
];

for (const [message, ...updates] of REFUSED)
  test(`${updates.map(({ Type, Action, Id }) => `${Action} ${Type} ${Id}`).join(', then ')}: ${message}`, () => {
    assert.throws(
      () => check(...updates),
      (error) => error instanceof ApiError && error.code === 'InvalidParameterValueException' && error.message === message,
    );
  });
