// What this room needs from rooms below it, as narrow as it uses them.

import type { Session, SessionRequest } from '#identity';
import type { RequestId, Scope } from '#kernel';
import type { Start } from '#pool';
import type { FunctionConnection } from '#sandbox';

/** Credentials of one instance, closed with it. */
export interface Sessions {
  openSession(request: SessionRequest): Session;
}

export interface LogLine {
  readonly timestampMs: number;
  /** Without its newline. */
  readonly text: string;
}

/** One log stream, open for writing. Writing never waits and never throws: what cannot be kept is counted by the sink. */
export interface LogSink {
  write(lines: readonly LogLine[]): void;
  close(): void;
}

export interface LogStreams {
  openStream(scope: Scope, group: string, stream: string): LogSink;
}

/** How an attempt ended, for the bill and the metrics. */
export type AttemptOutcome = 'returned' | 'threw' | 'timedOut' | 'outOfMemory' | 'crashed' | 'tooLarge';

/** What one attempt used. Durations are the platform's own measurements, never the sandbox's. */
export interface AttemptRecord {
  readonly requestId: RequestId;
  /** 1 for a synchronous invocation; counts up with the retries of an event. */
  readonly attempt: number;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly scope: Scope;
  readonly startedAtMs: number;
  /** Waiting for an instance, which is never billed. */
  readonly queuedMs: number;
  /** Loading the handler; 0 on a warm instance. */
  readonly initMs: number;
  readonly durationMs: number;
  /** Init and duration together, rounded up: AWS bills the init phase since August 2025. */
  readonly billedMs: number;
  readonly memoryMiB: number;
  readonly ephemeralMiB: number;
  readonly peakBytes: number | undefined;
  /** Since the attempt before it on the same instance, so that nothing runs for free in between. */
  readonly cpuNanos: bigint | undefined;
  readonly outcome: AttemptOutcome;
  readonly start: Start;
  readonly sandboxId: string;
}

export interface UsageSink {
  /** In the same turn as the answer. Never throws for a full disk: the ledger decides what that means. */
  record(record: AttemptRecord): void;
}

/** Whose connection it is: the function version, and the only key that may be used on it. */
export interface ConnectionOwner {
  readonly functionArn: string;
  readonly accessKeyId: string;
}

/** Serves a connection that a function opened to AWS_ENDPOINT_URL. */
export type AcceptConnection = (connection: FunctionConnection, owner: ConnectionOwner) => void;
