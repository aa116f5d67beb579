// How many instances, which one goes first, and when to say no: pure decisions that take what is and `nowMs`, and return a value.

/** Why an invocation was turned away, in Lambda's words. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export type ThrottleReason =
  | 'ReservedFunctionConcurrentInvocationLimitExceeded'
  | 'ConcurrentInvocationLimitExceeded'
  /** Instances cannot be started as fast as they are asked for: the function's burst is over, the queue is full, or the wait in it was too long. */
  | 'FunctionInvocationRateLimitExceeded'
  | 'ReservedFunctionInvocationRateLimitExceeded';

/** The numbers behind the decisions; those of keep-alive are in keep-alive.ts, those of sending ahead in dispatch.ts. */
export const SCALE = {
  /** Idle instances of one function version. One that ever needed more at once is rare, and a machine has other guests. */
  idlePerKeyMax: 100,
  /** An instance that is used again within this time is not frozen in between: measured, a freeze and thaw cost 0.5 ms. */
  freezeAfterMs: 20,
  /** What a generic sandbox is charged: measured 9.9 MiB in its cgroup, with bubblewrap's two processes and a margin. */
  genericMiB: 16,
  /** How long an invocation waits for an instance. API Gateway gives up after 29 s, and so do most callers. */
  waitMs: 29_000,
  /** From this wait on, an invocation that lacks only memory gets it from functions that would take the next turn as well. */
  starvedAfterMs: 250,
  /** A launch for a waiting invocation is tried this often before the invocation is answered with the failure. */
  launchAttempts: 2,
  /** How long a start takes, as long as a function version has not shown it. */
  assumedStartMs: 30,
  /**
   * How long after a pre-warmed sandbox was taken its replacement begins to be made: starting a process costs the platform 2 to 4 ms in which it
   * does nothing else, and the cold start that took the sandbox is over by then.
   */
  refillDelayMs: 15,
  /** Taking pre-warmed sandboxes counts this long towards how many wait for the next burst. */
  demandWindowMs: 10_000,
} as const;

export interface AdmissionState {
  /** `undefined`: the function shares what the account has not reserved. 0: switched off. */
  readonly reserved: number | undefined;
  readonly functionInFlight: number;
  readonly unreservedLimit: number;
  readonly unreservedInFlight: number;
}

/** Waiting invocations are in flight too, so nobody is promised a turn that the limit would forbid. */
export function admit({
  reserved,
  functionInFlight,
  unreservedLimit,
  unreservedInFlight,
}: AdmissionState): ThrottleReason | undefined {
  if (reserved !== undefined) return functionInFlight < reserved ? undefined : 'ReservedFunctionConcurrentInvocationLimitExceeded';
  return unreservedInFlight < unreservedLimit ? undefined : 'ConcurrentInvocationLimitExceeded';
}

export interface FleetState {
  readonly waiting: number;
  /** How many of them have waited for as long as a start takes. */
  readonly overdue: number;
  readonly busy: number;
  /** Mean run time of this function version; undefined before the first run ended. */
  readonly meanRunMs: number | undefined;
  /** What bringing up another instance costs, from launch to loaded handler. */
  readonly startMs: number;
}

/**
 * How many new instances a function version should get now. A start is not worth it when a busy instance will be free sooner;
 * whoever has waited for as long as a start takes gets one in any case, whatever the means predicted.
 */
export function startsWanted({ waiting, overdue, busy, meanRunMs, startMs }: FleetState): number {
  if (meanRunMs === undefined || busy === 0) return waiting;
  const servedMeanwhile = Math.floor((busy * startMs) / Math.max(meanRunMs, 0.01));
  return Math.max(waiting - servedMeanwhile, overdue, 0);
}

/** Exponentially weighted, so that a function which changed its ways is believed after a few runs. */
export function mean(previous: number | undefined, sample: number): number {
  return previous === undefined ? sample : previous + (sample - previous) / 8;
}

export interface Evictable {
  readonly chargedMiB: number;
}

export interface Shortage {
  readonly missingMiB: number;
  readonly missingSandboxes: number;
}

/** Who goes when memory is short: as many of the first as it takes. Undefined when even all of them would not be enough. */
export function victims<Candidate extends Evictable>(
  { missingMiB, missingSandboxes }: Shortage,
  firstToGo: Iterable<Candidate>,
): readonly Candidate[] | undefined {
  const chosen: Candidate[] = [];
  let freedMiB = 0;
  for (const candidate of firstToGo) {
    if (freedMiB >= missingMiB && chosen.length >= missingSandboxes) break;
    chosen.push(candidate);
    freedMiB += candidate.chargedMiB;
  }
  return freedMiB >= missingMiB && chosen.length >= missingSandboxes ? chosen : undefined;
}

/** An idle instance is charged what it was seen to use; one that could not be measured, what it may use. */
export function idleChargeMiB(memoryMiB: number, peakBytes: number | undefined): number {
  if (peakBytes === undefined) return memoryMiB;
  return Math.min(memoryMiB, Math.max(SCALE.genericMiB, Math.ceil(peakBytes / 1_048_576)));
}

export interface PrewarmState {
  /** When pre-warmed sandboxes of this kind were taken, oldest first. */
  readonly takenAtMs: readonly number[];
  readonly least: number;
  readonly most: number;
}

/** Half of what the last seconds took waits for the next ones: the other half is back as idle instances by then. */
export function prewarmTarget({ takenAtMs, least, most }: PrewarmState, nowMs: number): number {
  const recent = takenAtMs.filter((at) => nowMs - at < SCALE.demandWindowMs).length;
  return Math.min(most, least + Math.ceil(recent / 2));
}

/** How long the refill rests after launches that failed in a row: 0.1 s, doubled each time, up to half a minute. */
export function refillRestMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(30_000, 100 * 2 ** (failures - 1));
}

/** Without the version. */
export const functionArnOf = ({ versionArn }: { readonly versionArn: string }): string =>
  versionArn.slice(0, versionArn.lastIndexOf(':'));
