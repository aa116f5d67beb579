// The operations that a function needs to go on from where it was, in pages: the first goes along with its run, the others are asked for. Pure.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecutionState.html

import type { Operation } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import { invalid } from './checkpoint-rules.ts';
import type { Execution } from './execution.ts';
import type { StoredOperation } from './records.ts';
import { executionOperation, shownOperation } from './shown-operation.ts';

export interface StatePage {
  readonly operations: readonly Operation[];
  readonly nextMarker: string | undefined;
}

/**
 * From a marker on. A page ends before it has more bytes than LIMITS say, but it has one operation at least; that which goes along with a run
 * may have none, where the execution's own payload is too large for it.
 */
export function statePage(
  execution: Execution,
  query: { readonly marker?: string | undefined; readonly limit: number },
): StatePage {
  const needed = [undefined, ...neededOperations(execution)];
  const from = placeOf(query.marker);
  const operations: Operation[] = [];
  let bytes = 0;
  for (const [offset, operation] of needed.slice(from).entries()) {
    const shown = operation === undefined ? executionOperation(execution) : shownOperation(operation);
    bytes += bytesOf(operation ?? execution);
    const isFull = operations.length >= query.limit || bytes > LIMITS.durableStateBytes;
    const mayBeEmpty = query.marker === undefined;
    if (isFull && (operations.length > 0 || mayBeEmpty)) return { operations, nextMarker: markerOf(from + offset) };
    operations.push(shown);
  }
  return { operations, nextMarker: undefined };
}

/** Without the children of contexts that have ended, unless a replay has to go through them: their results are in the context's. */
function neededOperations({ operations }: Execution): readonly StoredOperation[] {
  const left = new Set<string>();
  return [...operations.values()].filter(({ id, parentId }) => {
    const parent = parentId === undefined ? undefined : operations.get(parentId);
    if (parent?.type !== 'CONTEXT') return true;
    const isOver = parent.status === 'SUCCEEDED' || parent.status === 'FAILED';
    if (!left.has(parent.id) && (!isOver || parent.replayChildren === true)) return true;
    left.add(id);
    return false;
  });
}

/** About so many: enough to keep pages of one size. */
function bytesOf(one: StoredOperation | Execution): number {
  if ('input' in one) return one.input.length;
  return 300 + (one.result?.length ?? 0) + (one.error === undefined ? 0 : JSON.stringify(one.error).length);
}

const markerOf = (place: number) => Buffer.from(`operation ${place}`).toString('base64url');

function placeOf(marker: string | undefined): number {
  if (marker === undefined) return 0;
  const [, place] = /^operation (\d{1,6})$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (place === undefined) throw invalid('Invalid Marker.');
  return Number(place);
}
