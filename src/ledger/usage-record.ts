// What one attempt used, and how it is written: one line of JSON in a checksummed frame. Whoever audits a bill reads these.

import { z } from 'zod';
import type { AccountId, Region, Scope } from '#kernel';

export interface UsageRecord {
  /** With `attempt`, what makes a record the same record. */
  readonly requestId: string;
  readonly attempt: number;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly scope: Scope;
  readonly startedAtMs: number;
  /** Waiting for an instance, which is never billed. */
  readonly queuedMs?: number;
  readonly initMs: number;
  readonly durationMs: number;
  /** Whole milliseconds: see `billedMsOf`. */
  readonly billedMs: number;
  readonly memoryMiB: number;
  readonly ephemeralMiB: number;
  readonly peakBytes?: number;
  readonly cpuNanos?: bigint;
  readonly outcome: string;
  readonly start: 'cold' | 'prewarmed' | 'warm';
  /** Why it was not warm, in the pool's words: `busy; instances=3; pool=empty`. */
  readonly why?: string;
  /** The part of `queuedMs` in which its instance was brought up or thawed. */
  readonly placeMs?: number;
  /** Before the handler was loaded: code, files and limits. */
  readonly specialiseMs?: number;
  /** The handler's module, from its first line to its last: most of `initMs`. */
  readonly loadMs?: number;
  readonly sandboxId?: string;
}

/**
 * Init and duration together in steps of 1 ms: AWS bills the init phase of every configuration since 2025-08-01.
 * https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
 */
export function billedMsOf({ initMs, durationMs }: { readonly initMs: number; readonly durationMs: number }): number {
  return Math.max(1, Math.ceil(initMs + durationMs));
}

const count = z.int().nonnegative();
const written = z.object({
  v: z.literal(1),
  requestId: z.string(),
  attempt: z.int(),
  functionName: z.string(),
  functionVersion: z.string(),
  account: z.string(),
  region: z.string(),
  startedAtMs: z.number(),
  queuedMs: z.number().optional(),
  initMs: z.number().nonnegative(),
  durationMs: z.number().nonnegative(),
  billedMs: count,
  memoryMiB: count,
  ephemeralMiB: count,
  peakBytes: count.optional(),
  /** As text: JSON has no bigint. */
  cpuNanos: z.string().regex(/^\d+$/).optional(),
  outcome: z.string(),
  start: z.enum(['cold', 'prewarmed', 'warm']),
  why: z.string().optional(),
  placeMs: z.number().optional(),
  specialiseMs: z.number().optional(),
  loadMs: z.number().optional(),
  sandboxId: z.string().optional(),
});

/** Once for every attempt, so it is written for speed: 0.9 µs, where copying the members and `JSON.stringify` took 1.7. */
export function encodeRecord(record: UsageRecord): Uint8Array {
  const { scope, cpuNanos, peakBytes, queuedMs, why, placeMs, specialiseMs, loadMs, sandboxId } = record;
  let line = `{"v":1,"requestId":${quoted(record.requestId)},"attempt":${record.attempt},"functionName":${quoted(record.functionName)}`;
  line += `,"functionVersion":${quoted(record.functionVersion)},"account":${quoted(scope.account)},"region":${quoted(scope.region)}`;
  line += `,"startedAtMs":${record.startedAtMs},"initMs":${record.initMs},"durationMs":${record.durationMs},"billedMs":${record.billedMs}`;
  line += `,"memoryMiB":${record.memoryMiB},"ephemeralMiB":${record.ephemeralMiB},"outcome":${quoted(record.outcome)},"start":"${record.start}"`;
  if (queuedMs !== undefined) line += `,"queuedMs":${queuedMs}`;
  if (peakBytes !== undefined) line += `,"peakBytes":${peakBytes}`;
  if (cpuNanos !== undefined) line += `,"cpuNanos":"${cpuNanos}"`;
  if (why !== undefined) line += `,"why":${quoted(why)}`;
  if (placeMs !== undefined) line += `,"placeMs":${placeMs}`;
  if (specialiseMs !== undefined) line += `,"specialiseMs":${specialiseMs}`;
  if (loadMs !== undefined) line += `,"loadMs":${loadMs}`;
  if (sandboxId !== undefined) line += `,"sandboxId":${quoted(sandboxId)}`;
  return Buffer.from(`${line}}`);
}

/** What stands in names and ids as a rule needs no escape. */
const PLAIN = /^[\w .:;=$/-]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Undefined for what a newer version wrote. */
export function decodeRecord(bytes: Uint8Array): UsageRecord | undefined {
  const parsed = written.safeParse(jsonOf(bytes));
  if (!parsed.success) return undefined;
  const { v: _version, account, region, cpuNanos, ...rest } = parsed.data;
  return {
    ...rest,
    scope: { account: account as AccountId, region: region as Region },
    ...(cpuNanos === undefined ? undefined : { cpuNanos: BigInt(cpuNanos) }),
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
