// How an execution begins: the first step of its journal. Pure.

import { createHash } from 'node:crypto';
import { traceHeader } from '#invocation';
import { LIMITS } from '#kernel';
import type { Random, RequestId } from '#kernel';
import { functionArn, LATEST } from '#registry';
import type { DurableSettings, InvocableFunction } from '#registry';
import type { NewJournal } from '#store';
import { asAttributes, openedExecution } from './execution.ts';
import type { Execution } from './execution.ts';
import { journalKeyOf } from './execution-arn.ts';
import { keptText } from './history-events.ts';
import type { KeptEvent } from './history-events.ts';
import { INPUT, timerId } from './records.ts';
import type { ExecutionFacts, ExecutionHead, Origin } from './records.ts';

export interface StartRequest {
  readonly requestId: RequestId;
  readonly invocable: InvocableFunction;
  /** JSON text. */
  readonly payload: Uint8Array;
  readonly clientContext?: string | undefined;
  readonly traceHeader?: string | undefined;
  /** Where the caller gives none, it is called after the request. */
  readonly name?: string | undefined;
  readonly origin: Origin;
}

export function newExecution(
  request: StartRequest,
  durable: DurableSettings,
  { random, nowMs }: { readonly random: Random; readonly nowMs: number },
): { readonly facts: ExecutionFacts; readonly journal: NewJournal } {
  const { requestId, invocable, payload, clientContext, origin } = request;
  const { scope, name: functionName, version, qualifier, versionArn } = invocable;
  const facts: ExecutionFacts = {
    executionId: random.uuid(),
    functionName,
    version,
    invokedArn: functionArn(scope, functionName, qualifier ?? LATEST),
    executionTimeoutSeconds: timeoutOf(durable, origin),
    retentionDays: durable.retentionDays,
    requestId,
    payloadDigest: digestOf(payload),
    traceHeader: traceHeader(request.traceHeader, requestId, nowMs),
    origin,
    ...(invocable.tenantId === undefined ? undefined : { tenantId: invocable.tenantId }),
    ...(clientContext === undefined ? undefined : { clientContext }),
  };
  const input = Buffer.from(payload).toString();
  const started: KeptEvent = {
    type: 'ExecutionStarted',
    atMs: nowMs,
    of: { id: facts.executionId },
    details: { ExecutionTimeout: facts.executionTimeoutSeconds },
    input: keptText(input),
  };
  const head: ExecutionHead = {
    nextEventId: 2,
    operations: 0,
    writtenBytes: input.length,
    phase: 'due',
    failures: 0,
    refusals: 0,
    updated: [],
    invoking: [],
  };
  const journal: NewJournal = {
    ...journalKeyOf(scope, functionName, request.name ?? requestId),
    startedAtMs: nowMs,
    groups: [...new Set([versionArn, facts.invokedArn])],
    attributes: asAttributes(facts),
    first: {
      head: JSON.stringify(head),
      entries: { firstId: 1, count: 1, body: JSON.stringify([started]) },
      records: [{ key: INPUT, body: input }],
      timers: [{ id: timerId('execution'), dueAtMs: nowMs + facts.executionTimeoutSeconds * 1000 }],
      isBusy: true,
    },
  };
  return { facts, journal };
}

/** As its journal would be read, without reading it. */
export function begunExecution({ first, ...row }: NewJournal, number: number): Execution {
  const { head, records = [], timers = [] } = first;
  return openedExecution({
    row: { ...row, number, status: 'RUNNING', endedAtMs: undefined },
    revision: 1,
    head,
    records: new Map(records.map(({ key, body = '' }) => [key, body])),
    timers: new Map(timers.map(({ id, dueAtMs = Infinity }) => [id, dueAtMs])),
  });
}

const digestOf = (payload: Uint8Array) => createHash('sha256').update(payload).digest('hex');

/** What is called by somebody who waits ends while they do: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html */
function timeoutOf({ executionTimeoutSeconds }: DurableSettings, { kind }: Origin): number {
  return kind === 'call' ? Math.min(executionTimeoutSeconds, LIMITS.durableCallSeconds) : executionTimeoutSeconds;
}
