// One attempt at an event: its function is looked up as it is now, and what came of it is put into the words of retry.ts.

import type { Clock, FunctionName, FunctionVersion, Log } from '#kernel';
import { ApiError } from '#kernel';
import { forTenant } from '#registry';
import type { EventInvokeSettings, FunctionTarget, Invocables } from '#registry';
import type { ClaimedDelivery } from '#store';
import type { Attempts, AttemptResult } from './attempt.ts';
import { attributesOf, requestIdOf, targetOf } from './event.ts';
import type { DurableEvent } from './event.ts';
import type { EventResponse } from './event-record.ts';
import { withRun } from './lineage.ts';
import { tooOld } from './retry.ts';
import type { EventResult } from './retry.ts';
import { traceHeader } from './trace-header.ts';

export interface EventRunParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly invocables: Pick<Invocables, 'resolve' | 'eventInvokeSettings'>;
  readonly attempts: Attempts;
  /** Resolves when an execution of the durable function is on the disk; asked again with the same event, it changes nothing. */
  readonly beginDurable: (event: DurableEvent) => Promise<void>;
}

export interface EventRun {
  readonly result: EventResult;
  readonly settings: EventInvokeSettings;
  /** Undefined where the target is no function's ARN. */
  readonly name: FunctionName | undefined;
  readonly response: EventResponse | undefined;
  /** As the function got it, for whatever follows from this run. */
  readonly traceHeader: string;
  readonly isThrottled: boolean;
}

const DEFAULT_SETTINGS: EventInvokeSettings = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

/** `onPlaced` is called when the event has its instance. Never rejects for what is wrong with the event or its function. */
export async function runEvent(parts: EventRunParts, delivery: ClaimedDelivery, onPlaced: () => void): Promise<EventRun> {
  const target = targetOf(delivery.target);
  // All attempts of an event are one trace.
  const received = traceHeader(attributesOf(delivery.attributes).traceHeader, delivery.id, delivery.acceptedAtMs);
  const before = { settings: DEFAULT_SETTINGS, name: target?.name, response: undefined, traceHeader: received, isThrottled: false };
  if (target === undefined) return { ...before, result: impossible('MalformedTarget') };
  try {
    return { ...before, ...(await runTarget(parts, { delivery, target, received, onPlaced })) };
  } catch (error) {
    return { ...before, ...(await unresolved(parts, { delivery, target, error })) };
  }
}

interface TargetRun {
  readonly delivery: ClaimedDelivery;
  readonly target: FunctionTarget;
  readonly received: string;
  readonly onPlaced: () => void;
}

async function runTarget(
  { clock, invocables, attempts, beginDurable }: EventRunParts,
  run: TargetRun,
): Promise<Partial<EventRun> & Settled> {
  const { delivery, target, received, onPlaced } = run;
  const { acceptedAtMs } = delivery;
  const { tenantId, clientContext } = attributesOf(delivery.attributes);
  const invocable = await invocables.resolve(delivery.scope, target);
  const settings = invocable.eventInvoke;
  if (tooOld({ acceptedAtMs, nowMs: clock.now(), settings })) return { settings, result: impossible('EventAgeExceeded') };
  // Where nobody would take it, the event waits until the function is switched on again, rather than being lost as on Lambda.
  if (invocable.reservedConcurrency === 0 && (settings.onFailure ?? settings.deadLetter) !== undefined)
    return { settings, result: impossible('ZeroReservedConcurrency') };
  const event = {
    requestId: requestIdOf(delivery),
    invocable: forTenant(invocable, tenantId),
    payload: delivery.payload,
    clientContext,
    traceHeader: received,
  };
  if (invocable.durable !== undefined) {
    await beginDurable(event);
    return { settings, result: { kind: 'handedOver' } };
  }
  const result = await attempts.run({ ...event, attempt: delivery.attempt, onPlaced });
  return {
    settings,
    result: eventResult(result),
    response: responseOf(result, invocable.version),
    traceHeader: withRun(received, invocable.lineageId),
    isThrottled: result.kind === 'throttled',
  };
}

type Settled = Pick<EventRun, 'settings' | 'result'>;

interface Unresolved {
  readonly delivery: ClaimedDelivery;
  readonly target: FunctionTarget;
  readonly error: unknown;
}

/** A function that is not ready, or a store that fails, has no chance to run; one that is gone never will. */
async function unresolved({ log, invocables }: EventRunParts, { delivery, target, error }: Unresolved): Promise<Settled> {
  if (error instanceof ApiError && error.code === 'ResourceNotFoundException')
    return { settings: DEFAULT_SETTINGS, result: impossible('FunctionNotFound') };
  const settings = await invocables.eventInvokeSettings(delivery.scope, target).catch((cause: unknown) => {
    log.write('warn', 'event.settings-unknown', { requestId: delivery.id, target: delivery.target, cause });
    return undefined;
  });
  // The function is another one by now, or whoever made the event knows nothing of tenants.
  if (error instanceof ApiError && error.code === 'InvalidParameterValueException')
    return { settings: settings ?? DEFAULT_SETTINGS, result: impossible('TenantMismatch') };
  log.write('warn', 'event.not-run', { requestId: delivery.id, target: delivery.target, cause: error });
  // Without its settings nobody may say that it is too old: whoever shall be told of it is one of them.
  if (settings === undefined) return { settings: NEVER_TOO_OLD, result: { kind: 'notRun' } };
  return { settings, result: { kind: 'notRun' } };
}

const NEVER_TOO_OLD: EventInvokeSettings = { ...DEFAULT_SETTINGS, maximumEventAgeSeconds: Infinity };

const impossible = (reason: Extract<EventResult, { kind: 'impossible' }>['reason']): EventResult => ({
  kind: 'impossible',
  reason,
});

function responseOf(result: AttemptResult, executedVersion: FunctionVersion): EventResponse | undefined {
  if (result.kind !== 'answered') return undefined;
  const { functionError, payload } = result.answer;
  return { executedVersion, functionError, payload };
}

function eventResult(result: AttemptResult): EventResult {
  switch (result.kind) {
    case 'answered':
      return { kind: 'ran', succeeded: result.answer.functionError === undefined };
    case 'recursive':
      return impossible('RecursiveInvocation');
    case 'closed':
      return { kind: 'interrupted' };
    case 'throttled':
    case 'failed':
      return { kind: 'notRun' };
    default:
      return result satisfies never;
  }
}
