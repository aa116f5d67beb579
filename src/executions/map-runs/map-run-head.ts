// Where a map run stands: a small value that each of its steps writes anew, and what becomes of it when children begin and end. Pure.

import { LIMITS } from '#kernel';
import type { Outcome } from '#workflows';
import { readRanges, writeRanges } from './index-ranges.ts';
import type { MapRunChange, MapRunCounts } from './map-run-requests.ts';

/**
 * `filling`: its inputs are being written, and nothing has begun. `stopping`: what it comes to is settled, and children are being ended. `collecting`:
 * results are put together. `telling`: it has ended, and its execution is yet to be told.
 */
export type MapRunPhase = 'filling' | 'running' | 'stopping' | 'collecting' | 'telling' | 'over';

export type MapRunEnding =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string }
  | { readonly kind: 'aborted' };

/** Of executions or of items. What is none of these is pending. */
export type Tally = {
  readonly running: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly timedOut: number;
  readonly aborted: number;
  readonly written: number;
  readonly pendingRedrive: number;
  /** Of those that did not succeed. */
  readonly notRedrivable: number;
};

export type MapRunHead = {
  /** The journal's, after the step that wrote this. */
  readonly revision: number;
  readonly phase: MapRunPhase;
  /** Settled from `stopping` on. */
  readonly ending: MapRunEnding | undefined;
  /** How many chunks of inputs are on the disk. */
  readonly filled: number;
  /** The first that was not begun. */
  readonly next: number;
  /** Which are open, as ranges. */
  readonly running: string;
  readonly executions: Tally;
  readonly items: Tally;
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number;
  readonly toleratedFailurePercentage: number;
  /** The last redrive; outcomes up to `after` have been looked at for it. */
  readonly redrive: { readonly count: number; readonly atMs: number; readonly after: string } | undefined;
};

/** How many there are in all; never changes. */
export type MapRunTotals = { readonly executions: number; readonly items: number };

const NONE: Tally = {
  running: 0,
  succeeded: 0,
  failed: 0,
  timedOut: 0,
  aborted: 0,
  written: 0,
  pendingRedrive: 0,
  notRedrivable: 0,
};

export function newHead(settings: {
  readonly maxConcurrency: number;
  readonly toleratedFailureCount: number | undefined;
  readonly toleratedFailurePercentage: number | undefined;
}): MapRunHead {
  const { maxConcurrency, toleratedFailureCount = 0, toleratedFailurePercentage = 0 } = settings;
  return {
    revision: 1,
    phase: 'filling',
    ending: undefined,
    filled: 0,
    next: 0,
    running: '',
    executions: NONE,
    items: NONE,
    maxConcurrency,
    toleratedFailureCount,
    toleratedFailurePercentage,
    redrive: undefined,
  };
}

export type ChildBegun = {
  readonly index: number;
  readonly items: number;
  /** How often it has been redriven, this time included. */
  readonly redrives: number;
};

export function withBegun(head: MapRunHead, begun: readonly ChildBegun[]): MapRunHead {
  if (begun.length === 0) return head;
  let { executions, items, next } = head;
  for (const child of begun) {
    const isRedrive = child.redrives > 0;
    executions = startedIn(executions, 1, isRedrive);
    items = startedIn(items, child.items, isRedrive);
    if (!isRedrive) next = Math.max(next, child.index + 1);
  }
  return {
    ...head,
    executions,
    items,
    next,
    running: writeRanges([...readRanges(head.running), ...begun.map(({ index }) => index)]),
  };
}

function startedIn(tally: Tally, by: number, isRedrive: boolean): Tally {
  const pendingRedrive = isRedrive ? tally.pendingRedrive - by : tally.pendingRedrive;
  return { ...tally, running: tally.running + by, pendingRedrive };
}

export type ChildEnded = {
  readonly index: number;
  readonly items: number;
  readonly redrives: number;
  readonly status: Outcome['status'] | undefined;
  readonly isRedrivable: boolean;
};

const COUNTED_AS = { SUCCEEDED: 'succeeded', FAILED: 'failed', TIMED_OUT: 'timedOut', ABORTED: 'aborted' } as const;

/** Without a status, it had not begun: it waits again as it did before. */
export function withEnded(head: MapRunHead, ended: readonly ChildEnded[]): MapRunHead {
  if (ended.length === 0) return head;
  const running = new Set(readRanges(head.running));
  let { executions, items } = head;
  for (const child of ended) {
    running.delete(child.index);
    executions = endedIn(executions, 1, child);
    items = endedIn(items, child.items, child);
  }
  return { ...head, executions, items, running: writeRanges(running) };
}

function endedIn(tally: Tally, by: number, { status, redrives, isRedrivable }: ChildEnded): Tally {
  const rest = { ...tally, running: tally.running - by };
  if (status === undefined) return redrives > 0 ? { ...rest, pendingRedrive: rest.pendingRedrive + by } : rest;
  const name = COUNTED_AS[status];
  const notRedrivable = rest.notRedrivable + (status === 'SUCCEEDED' || isRedrivable ? 0 : by);
  return { ...rest, [name]: rest[name] + by, notRedrivable };
}

/** What did not succeed waits to be begun again; what never began goes on as before. */
export function withRedrive(head: MapRunHead, redrive: { readonly count: number; readonly atMs: number }): MapRunHead {
  return {
    ...head,
    phase: 'running',
    ending: undefined,
    executions: redrivenIn(head.executions),
    items: redrivenIn(head.items),
    redrive: { ...redrive, after: '' },
  };
}

function redrivenIn(tally: Tally): Tally {
  // Those that an earlier redrive did not come to wait on.
  return { ...NONE, succeeded: tally.succeeded, pendingRedrive: tally.pendingRedrive + failuresIn(tally) };
}

function failuresIn({ failed, timedOut, aborted }: Tally): number {
  return failed + timedOut + aborted;
}

export function withChange(head: MapRunHead, change: MapRunChange): MapRunHead {
  return {
    ...head,
    maxConcurrency: change.maxConcurrency ?? head.maxConcurrency,
    toleratedFailureCount: change.toleratedFailureCount ?? head.toleratedFailureCount,
    toleratedFailurePercentage: change.toleratedFailurePercentage ?? head.toleratedFailurePercentage,
  };
}

/**
 * A threshold of 0 is none, and with none a single failure is too many: so AWS does, which does not say so.
 * https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#maprun-fail-threshold
 */
export function exceedsTolerance(head: MapRunHead, totals: MapRunTotals): boolean {
  const { toleratedFailureCount: count, toleratedFailurePercentage: percentage } = head;
  const failures = failuresIn(head.items);
  if (count === 0 && percentage === 0) return failures > 0;
  if (count > 0 && failures > count) return true;
  return percentage > 0 && failures * 100 > percentage * totals.items;
}

export function concurrencyOf(head: MapRunHead): number {
  return head.maxConcurrency === 0 ? LIMITS.mapRunConcurrency : Math.min(head.maxConcurrency, LIMITS.mapRunConcurrency);
}

export function countsOf(tally: Tally, total: number): MapRunCounts {
  const { running, succeeded, failed, timedOut, aborted, written, pendingRedrive, notRedrivable } = tally;
  const pending = total - running - succeeded - failuresIn(tally) - pendingRedrive;
  return {
    pending,
    running,
    succeeded,
    failed,
    timedOut,
    aborted,
    total,
    resultsWritten: written,
    failuresNotRedrivable: notRedrivable,
    pendingRedrive,
  };
}
