// A checkpoint's updates, which passed the rules, put into a draft: what becomes of each operation, its event, its timers.

import { ApiError, LIMITS } from '#kernel';
import type { Random } from '#kernel';
import { newCallbackId } from './callback-id.ts';
import { invalid } from './checkpoint-rules.ts';
import type { Update } from './checkpoint-rules.ts';
import type { Draft } from './draft.ts';
import { keptError, keptText } from './history-events.ts';
import type { ContextOperation, ExecutionEnd, StepOperation, StoredOperation } from './records.ts';

export interface UpdateParts {
  readonly random: Random;
}

/** How the execution ends with it, where it does: that is drafted by whoever knows what follows from an end. */
export function applyUpdates(parts: UpdateParts, draft: Draft, updates: readonly Update[]): ExecutionEnd | undefined {
  let end: ExecutionEnd | undefined;
  for (const update of updates) {
    if (update.Type === 'EXECUTION') end = endOf(update);
    else applyUpdate(parts, draft, update);
  }
  if (draft.head.operations > LIMITS.durableOperations)
    throw invalid(`A durable execution has ${LIMITS.durableOperations} operations at most.`);
  return end;
}

/** What is too large to be written is refused before anything is: an execution that can never go on has to say so. */
export function checkWritten(records: readonly { readonly body: string | undefined }[], draft: Draft): void {
  if (records.some(({ body = '' }) => body.length > LIMITS.journalRecordLength))
    throw invalid('The operation is too large to be written.');
  if (draft.head.writtenBytes > LIMITS.durableWrittenBytes)
    throw invalid(`A durable execution writes ${LIMITS.durableWrittenBytes} bytes at most.`);
}

function endOf({ Action, Payload, Error: error }: Update): ExecutionEnd {
  return Action === 'SUCCEED' ? { status: 'SUCCEEDED', result: Payload } : { status: 'FAILED', error };
}

function applyUpdate(parts: UpdateParts, draft: Draft, update: Update): void {
  switch (update.Type) {
    case 'STEP':
      return applyStep(draft, update);
    case 'CONTEXT':
      return applyContext(draft, update);
    case 'WAIT':
      return update.Action === 'START' ? startWait(draft, update) : cancel(draft, update);
    case 'CALLBACK':
      return update.Action === 'START' ? startCallback(parts, draft, update) : cancel(draft, update);
    case 'CHAINED_INVOKE':
      return update.Action === 'START' ? startInvoke(draft, update) : cancel(draft, update);
    case 'EXECUTION':
      throw new ApiError('InternalFailure', 'An end is no operation.');
    default:
      return update.Type satisfies never;
  }
}

const begun = ({ Id, Name, ParentId, SubType }: Update, { nowMs }: Draft) => ({
  id: Id,
  name: Name,
  parentId: ParentId,
  subType: SubType,
  status: 'STARTED' as const,
  startedAtMs: nowMs,
});

function applyStep(draft: Draft, update: Update): void {
  const before = draft.operation(update.Id) as StepOperation | undefined;
  const step: StepOperation = before ?? { type: 'STEP', attempt: 0, ...begun(update, draft) };
  const { Action, Payload, Error: error, StepOptions } = update;
  if (Action === 'START') {
    draft.put({ ...step, status: 'STARTED', nextAttemptAtMs: undefined });
    draft.event('StepStarted', { of: step });
    return;
  }
  const attempt = step.attempt + 1;
  const delaySeconds = StepOptions?.NextAttemptDelaySeconds;
  const retry = { CurrentAttempt: attempt, NextAttemptDelaySeconds: Action === 'RETRY' ? delaySeconds : undefined };
  const hasFailed = Action === 'FAIL' || error !== undefined;
  if (hasFailed) draft.event('StepFailed', { of: step, error: keptError(error), retry });
  else draft.event('StepSucceeded', { of: step, result: keptText(Payload), retry });
  const outcome = { attempt, result: Payload, error };
  if (Action !== 'RETRY') {
    draft.put({ ...step, ...outcome, ...ended(draft, Action), nextAttemptAtMs: undefined });
    return;
  }
  const nextAttemptAtMs = draft.nowMs + (delaySeconds ?? 0) * 1000;
  draft.put({ ...step, ...outcome, status: 'PENDING', nextAttemptAtMs });
  draft.timer('step', step.id, nextAttemptAtMs);
}

function applyContext(draft: Draft, update: Update): void {
  const { Id, Action, Payload, Error: error, ContextOptions } = update;
  const before = draft.operation(Id) as ContextOperation | undefined;
  const context: ContextOperation = before ?? { type: 'CONTEXT', ...begun(update, draft) };
  const replayChildren = ContextOptions?.ReplayChildren ?? context.replayChildren;
  if (Action === 'START') {
    draft.put({ ...context, replayChildren });
    draft.event('ContextStarted', { of: context });
    return;
  }
  if (Action === 'SUCCEED') draft.event('ContextSucceeded', { of: context, result: keptText(Payload) });
  else draft.event('ContextFailed', { of: context, error: keptError(error) });
  draft.put({ ...context, replayChildren, result: Payload, error, ...ended(draft, Action) });
}

/** An operation that came to its end is progress, and what failed before is forgiven. */
function ended(draft: Draft, action: Update['Action']): Pick<StoredOperation, 'status' | 'endedAtMs'> {
  if (draft.head.failures > 0) draft.head = { ...draft.head, failures: 0 };
  return { status: action === 'SUCCEED' ? 'SUCCEEDED' : 'FAILED', endedAtMs: draft.nowMs };
}

function startWait(draft: Draft, update: Update): void {
  const seconds = update.WaitOptions?.WaitSeconds ?? 0;
  const dueAtMs = draft.nowMs + seconds * 1000;
  const wait: StoredOperation = { type: 'WAIT', seconds, dueAtMs, ...begun(update, draft) };
  draft.put(wait);
  draft.timer('wait', wait.id, dueAtMs);
  draft.event('WaitStarted', { of: wait, details: { Duration: seconds, ScheduledEndTimestamp: dueAtMs } });
}

function startCallback({ random }: UpdateParts, draft: Draft, update: Update): void {
  const { execution, nowMs } = draft;
  const timeoutSeconds = positive(update.CallbackOptions?.TimeoutSeconds);
  const heartbeatSeconds = positive(update.CallbackOptions?.HeartbeatTimeoutSeconds);
  const callbackId = newCallbackId(random, execution.number, update.Id);
  const callback: StoredOperation = {
    type: 'CALLBACK',
    callbackId,
    timeoutSeconds,
    heartbeatSeconds,
    ...begun(update, draft),
  };
  draft.put(callback);
  if (timeoutSeconds !== undefined) draft.timer('callback', callback.id, nowMs + timeoutSeconds * 1000);
  if (heartbeatSeconds !== undefined) draft.timer('heartbeat', callback.id, nowMs + heartbeatSeconds * 1000);
  const details = { CallbackId: callbackId, Timeout: timeoutSeconds, HeartbeatTimeout: heartbeatSeconds };
  draft.event('CallbackStarted', { of: callback, details });
}

/** Zero is none: that is how SDKs of other languages leave it out. */
const positive = (seconds: number | undefined) => (seconds === undefined || seconds <= 0 ? undefined : seconds);

function startInvoke(draft: Draft, update: Update): void {
  const { FunctionName = '', TenantId } = update.ChainedInvokeOptions ?? {};
  const invoke: StoredOperation = {
    type: 'CHAINED_INVOKE',
    functionName: FunctionName,
    tenantId: TenantId,
    payload: update.Payload,
    refusals: 0,
    ...begun(update, draft),
  };
  draft.put(invoke);
  draft.head = { ...draft.head, invoking: [...draft.head.invoking, invoke.id] };
  draft.event('ChainedInvokeStarted', {
    of: invoke,
    details: { FunctionName, TenantId },
    input: keptText(update.Payload),
  });
}

/** Whoever it waited for is not told: what a callback brings, or an invocation, finds that nobody waits. */
function cancel(draft: Draft, update: Update): void {
  const operation = draft.operation(update.Id);
  if (operation === undefined) return;
  draft.put({ ...withoutPayload(operation), status: 'CANCELLED', endedAtMs: draft.nowMs });
  switch (operation.type) {
    case 'WAIT':
      draft.timer('wait', operation.id, undefined);
      // The history has no such event for the others.
      draft.event('WaitCancelled', { of: operation, error: keptError(update.Error) });
      return;
    case 'CALLBACK':
      draft.timer('callback', operation.id, undefined);
      draft.timer('heartbeat', operation.id, undefined);
      return;
    case 'CHAINED_INVOKE':
      draft.timer('invoke', operation.id, undefined);
      draft.head = { ...draft.head, invoking: draft.head.invoking.filter((id) => id !== operation.id) };
      return;
    case 'CONTEXT':
    case 'STEP':
      return;
    default:
      operation satisfies never;
  }
}

function withoutPayload(operation: StoredOperation): StoredOperation {
  return operation.type === 'CHAINED_INVOKE' ? { ...operation, payload: undefined } : operation;
}
