// One batch of a mapping: its records as one event for its function, and what came of it.

import { isLoop, longestChain } from '#invocation';
import type { AttemptResult, Invocations } from '#invocation';
import { ApiError } from '#kernel';
import type { Random, RequestId, Scope } from '#kernel';
import { forTenant } from '#registry';
import type { FunctionTarget, Invocables } from '#registry';
import type { BatchOutcome } from '../polling/batch-outcome.ts';
import { doneWith } from '../polling/batch-outcome.ts';
import type { SourceRecord } from '../polling/source.ts';
import { failuresIn } from './batch-response.ts';

export interface FunctionBatchParts {
  readonly invocables: Pick<Invocables, 'resolve'>;
  readonly invocations: Pick<Invocations, 'invoke'>;
  readonly random: Random;
}

export interface BatchCall {
  readonly scope: Scope;
  readonly target: FunctionTarget;
  readonly payload: Uint8Array;
  readonly traceHeader: string | undefined;
}

/** Not run: one chain of requests that came with it has come by this function too often. */
export interface Looped {
  readonly kind: 'looped';
  readonly lineageId: string;
}

type BatchResult = Exclude<AttemptResult, { kind: 'recursive' }> | Extract<BatchOutcome, { kind: 'refused' }> | Looped;

/** Waited for an instance longer than it ran, and longer than it takes to start one. */
const CROWDED_MS = 250;

/** A function that is gone, or not ready, had no chance to run: its batch goes back. */
export async function invokeWithBatch(
  { invocables, invocations, random }: FunctionBatchParts,
  { scope, target, payload, traceHeader }: BatchCall,
): Promise<BatchResult> {
  try {
    const invocable = forTenant(await invocables.resolve(scope, target), undefined);
    const result = await invocations.invoke({ requestId: random.uuid() as RequestId, invocable, payload, traceHeader });
    return result.kind === 'recursive' ? { kind: 'looped', lineageId: invocable.lineageId } : result;
  } catch (error) {
    if (error instanceof ApiError) return { kind: 'refused', problem: `PROBLEM: ${error.message}` };
    throw error;
  }
}

/** What the answer of a batch's invocation means for its records. */
export function outcomeOf(
  result: BatchResult,
  records: readonly SourceRecord[],
  { reportsItemFailures }: { readonly reportsItemFailures: boolean },
): BatchOutcome | Looped {
  switch (result.kind) {
    case 'refused':
    case 'looped':
      return result;
    case 'throttled':
      return { kind: 'refused', problem: 'PROBLEM: Function throttled' };
    case 'failed':
      return { kind: 'refused', problem: 'PROBLEM: The platform could not provide an instance of the function' };
    case 'closed':
      return { kind: 'interrupted' };
    case 'answered': {
      if (result.answer.functionError !== undefined) return { kind: 'failed', problem: 'PROBLEM: Function call failed' };
      const isCrowded = (result.record?.queuedMs ?? 0) > Math.max(CROWDED_MS, result.record?.durationMs ?? 0);
      if (!reportsItemFailures) return { kind: 'ran', failed: NONE, isCrowded };
      const failed = failuresIn(result.answer.payload, new Set(records.map(({ id }) => id)));
      if (failed === undefined)
        return { kind: 'failed', problem: 'PROBLEM: The function did not answer with a list of batchItemFailures' };
      return { kind: 'ran', failed, isCrowded };
    }
    default:
      return result satisfies never;
  }
}

/**
 * A batch is of one chain of requests to whoever looks for loops. Where that is one too long, its records are not done with (the queue's redrive
 * policy takes what comes too often), and the others, which have merely come with them, are run without them.
 */
export async function apartFromLoops(
  records: readonly SourceRecord[],
  run: (records: readonly SourceRecord[]) => Promise<BatchOutcome | Looped>,
): Promise<BatchOutcome> {
  const outcome = await run(records);
  if (outcome.kind !== 'looped') return outcome;
  const { lineageId } = outcome;
  const looping = records.filter(({ traceHeader }) => traceHeader !== undefined && isLoop(traceHeader, lineageId));
  const others = doneWith(records, new Set(looping.map(({ id }) => id)));
  if (looping.length === 0 || others.length === 0) return { kind: 'failed', problem: LOOPED };
  const rest = await apartFromLoops(others, run);
  if (rest.kind !== 'ran') return rest;
  const done = new Set(doneWith(others, rest.failed));
  return { ...rest, failed: new Set(records.filter((record) => !done.has(record)).map(({ id }) => id)), problem: LOOPED };
}

const LOOPED = 'PROBLEM: The function has come by too often in one chain of requests';

/** `{"Records":[…]}`, put together of texts that are ready. */
export function recordsEvent(records: readonly SourceRecord[]): Uint8Array {
  return Buffer.from(`{"Records":[${records.map(({ json }) => json).join(',')}]}`);
}

/** A batch has one header: it tells how often a chain of requests has come by. */
export function traceHeaderOf(records: readonly SourceRecord[]): string | undefined {
  return longestChain(records.map(({ traceHeader }) => traceHeader));
}

const NONE: ReadonlySet<string> = new Set();
