// One attempt to run one function on one payload: place it, load the handler where that is still to do, run it, write its lines
// and its record, and give the instance back.
// Owns: nothing between two attempts.
// I1: every attempt that began on an instance leaves exactly one record, unless the platform itself cut it off.
// I2: every placed instance is released exactly once.

import assert from 'node:assert/strict';
import { LIMITS } from '#kernel';
import type { Clock, Log, RequestId } from '#kernel';
import { billedMsOf } from '#ledger';
import type { UsageRecord } from '#ledger';
import type { LogLine } from '#logs';
import type { Instance, Placement, Pool, Start, ThrottleReason } from '#pool';
import type { InvocableFunction } from '#registry';
import type { Ending, InitOutcome, Outcome, SandboxInvocation } from '#sandbox';
import { answerOf, errorTypeOf } from './answer.ts';
import type { Answer } from './answer.ts';
import { explanationOf } from './explanation.ts';
import { LogTail } from './log-tail.ts';
import type { UsageSink } from './ports.ts';
import * as lines from './report-lines.ts';
import type { Tenancy } from './tenancy.ts';
import { traceHeader } from './trace-header.ts';

export interface Attempt {
  readonly requestId: RequestId;
  /** 1 for the first. */
  readonly attempt: number;
  readonly invocable: InvocableFunction;
  /** JSON text. */
  readonly payload: Uint8Array;
  /** JSON text, not base64. */
  readonly clientContext?: string | undefined;
  /** X-Amzn-Trace-Id as the caller sent it. */
  readonly traceHeader?: string | undefined;
  readonly wantsTail?: boolean;
  /** For callers that take the response as it comes; see `SandboxInvocation.onStream`. */
  readonly onStream?: SandboxInvocation['onStream'];
  /** Called when the attempt has its instance. */
  readonly onPlaced?: () => void;
}

export type AttemptResult =
  | { readonly kind: 'answered'; readonly answer: Answer; readonly logTail: string | undefined; readonly record: UsageRecord }
  | { readonly kind: 'throttled'; readonly reason: ThrottleReason }
  /** The platform could not provide an instance; the function did not run. */
  | { readonly kind: 'failed'; readonly cause: unknown }
  /** The platform is going down; the function did not run, or was cut off and not billed. */
  | { readonly kind: 'closed' };

export interface AttemptParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: Pool<Tenancy>;
  readonly usage: UsageSink;
}

interface Placed {
  readonly instance: Instance<Tenancy>;
  readonly start: Start;
  readonly why: string | undefined;
  readonly queuedMs: number;
  readonly placeMs: number;
  readonly startedAtMs: number;
}

interface Loaded {
  readonly outcome: InitOutcome;
  readonly initMs: number;
  readonly specialiseMs: number;
}

interface Ended {
  readonly outcome: Ending;
  /** The handler was loaded and ran; false when it ended in the init phase. */
  readonly ran: boolean;
  /** Undefined on a warm instance. */
  readonly initMs: number | undefined;
  readonly specialiseMs?: number;
  readonly durationMs: number;
  readonly timeoutMs: number;
}

export class Attempts {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #pool: Pool<Tenancy>;
  readonly #usage: UsageSink;

  constructor({ clock, log, pool, usage }: AttemptParts) {
    this.#clock = clock;
    this.#log = log;
    this.#pool = pool;
    this.#usage = usage;
  }

  async run(attempt: Attempt): Promise<AttemptResult> {
    const placement = await this.#pool.acquire(attempt.invocable, attempt.payload.byteLength);
    attempt.onPlaced?.();
    if (placement.kind !== 'placed') return refusalOf(placement);
    const { instance, start, why, waitedMs, placeMs } = placement;
    const placed: Placed = { instance, start, why, queuedMs: waitedMs, placeMs, startedAtMs: this.#clock.now() };
    const { tenancy } = instance;
    tenancy.tail = attempt.wantsTail === true ? new LogTail() : undefined;
    if (!instance.fresh) return this.#settle(attempt, placed, await this.#invoke(attempt, instance, undefined));
    let loaded: Loaded;
    try {
      loaded = await this.#load(attempt, instance);
    } catch (cause) {
      // No code on this disk, or a sandbox that could not be furnished: the platform's fault, and nothing of the function has run.
      this.#log.write('error', 'invocation.not-loaded', {
        function: attempt.invocable.versionArn,
        sandbox: instance.sandbox.id,
        cause,
      });
      this.#pool.release(instance, { reusable: false });
      return { kind: 'failed', cause };
    }
    const { outcome, initMs, specialiseMs } = loaded;
    if (outcome.kind === 'ready')
      return this.#settle(attempt, placed, { ...(await this.#invoke(attempt, instance, initMs)), specialiseMs });
    tenancy.write([
      this.#line(lines.initReport(initMs, initTrouble(outcome))),
      this.#line(lines.start(attempt.requestId, attempt.invocable.version)),
    ]);
    return this.#settle(attempt, placed, {
      outcome,
      ran: false,
      initMs,
      specialiseMs,
      durationMs: 0,
      timeoutMs: LIMITS.initTimeoutMs,
    });
  }

  async #load({ invocable }: Attempt, { sandbox, tenancy }: Instance<Tenancy>): Promise<Loaded> {
    const takenMs = this.#clock.monotonicMs();
    const specialisation = await tenancy.specialisation();
    tenancy.write([this.#line(lines.initStart(invocable.runtime))]);
    const beganMs = this.#clock.monotonicMs();
    const outcome = await sandbox.specialise(specialisation);
    return { outcome, initMs: this.#clock.monotonicMs() - beganMs, specialiseMs: beganMs - takenMs };
  }

  async #invoke(attempt: Attempt, instance: Instance<Tenancy>, initMs: number | undefined): Promise<Ended> {
    const { requestId, invocable, payload, clientContext } = attempt;
    const nowMs = this.#clock.now();
    const timeoutMs = invocable.timeoutSeconds * 1000;
    instance.tenancy.write([{ timestampMs: nowMs, text: lines.start(requestId, invocable.version) }]);
    const beganMs = this.#clock.monotonicMs();
    const outcome = await this.#guarded(() =>
      instance.sandbox.invoke({
        requestId,
        invokedFunctionArn: invocable.invokedArn,
        payload,
        deadlineMs: nowMs + timeoutMs,
        timeoutMs,
        traceHeader: traceHeader(attempt.traceHeader, requestId, nowMs),
        ...(clientContext === undefined ? undefined : { clientContext }),
        ...(attempt.onStream === undefined ? undefined : { onStream: attempt.onStream }),
      }),
    );
    // Lambda reports and bills a timeout as the timeout, not as the moment when the process was gone.
    const durationMs = outcome.kind === 'timedOut' ? timeoutMs : this.#clock.monotonicMs() - beganMs;
    return { outcome, ran: true, initMs, durationMs, timeoutMs };
  }

  #settle(attempt: Attempt, placed: Placed, ended: Ended): AttemptResult {
    const { outcome, initMs } = ended;
    const runMs = ended.ran ? ended.durationMs : undefined;
    const { sandbox, tenancy } = placed.instance;
    const { tail } = tenancy;
    tenancy.tail = undefined;
    if (outcome.kind === 'crashed' && this.#pool.closed) {
      this.#pool.release(placed.instance, { reusable: false });
      return { kind: 'closed' };
    }
    const { cpuNanos, peakBytes } = sandbox.usage();
    const record = recordOf(attempt, placed, ended, { cpuNanos: tenancy.cpuNanosSince(cpuNanos), peakBytes });
    const answer = answerOf(outcome, { requestId: attempt.requestId, nowMs: this.#clock.now(), timeoutMs: ended.timeoutMs });
    const closing = this.#closingLines(record, answer, ended);
    tenancy.write(closing);
    tail?.add(closing);
    this.#usage.record(record);
    const reusable = ended.ran && (outcome.kind === 'returned' || outcome.kind === 'threw');
    const died = reusable ? undefined : ended.ran ? outcome.kind : 'init';
    this.#pool.release(placed.instance, { reusable, died, runMs, startMs: initMs, peakBytes });
    if (outcome.kind === 'crashed')
      this.#log.write('info', 'invocation.crashed', { requestId: attempt.requestId, detail: outcome.detail });
    return { kind: 'answered', answer, logTail: tail?.encoded(), record };
  }

  #closingLines(record: UsageRecord, answer: Answer, { outcome, ran, initMs }: Ended): readonly LogLine[] {
    const { requestId, durationMs, billedMs, memoryMiB, peakBytes } = record;
    const trouble = ran || outcome.kind === 'returned' ? answer.trouble : initTrouble(outcome);
    const figures = { requestId, durationMs, billedMs, memoryMiB, peakBytes, initMs, trouble };
    const report = this.#line(lines.report({ ...figures, explanation: explanationOf(record) }));
    const closing = [this.#line(lines.end(requestId)), report];
    return answer.logLine === undefined ? closing : [this.#line(answer.logLine), ...closing];
  }

  /** A sandbox answers with outcomes. One that rejects has a bug; its invocation may have run, so it is answered, billed and released. */
  async #guarded(run: () => Promise<Outcome>): Promise<Ending> {
    try {
      const outcome = await run();
      assert(outcome.kind !== 'recalled', 'nobody takes it back');
      return outcome;
    } catch (cause) {
      this.#log.write('error', 'sandbox.rejected', { cause });
      return { kind: 'crashed', exitCode: undefined, signal: undefined, detail: 'the sandbox failed' };
    }
  }

  #line(text: string): LogLine {
    return { timestampMs: this.#clock.now(), text };
  }
}

function refusalOf(placement: Exclude<Placement<Tenancy>, { kind: 'placed' }>): AttemptResult {
  return placement.kind === 'launchFailed' ? { kind: 'failed', cause: placement.cause } : placement;
}

function initTrouble(outcome: Exclude<Ending, { kind: 'returned' }>): lines.Trouble {
  if (outcome.kind === 'timedOut') return { status: 'timeout', errorType: undefined };
  if (outcome.kind === 'threw') return { status: 'error', errorType: errorTypeOf(outcome.payload) };
  return { status: 'error', errorType: outcome.kind === 'outOfMemory' ? 'Runtime.OutOfMemory' : 'Runtime.ExitError' };
}

function recordOf(
  { requestId, attempt, invocable }: Attempt,
  { instance, start, why, queuedMs, placeMs, startedAtMs }: Placed,
  { outcome, initMs = 0, specialiseMs, durationMs }: Ended,
  used: Pick<UsageRecord, 'cpuNanos' | 'peakBytes'>,
): UsageRecord {
  return {
    requestId,
    attempt,
    functionName: invocable.name,
    functionVersion: invocable.version,
    scope: invocable.scope,
    startedAtMs,
    queuedMs,
    initMs,
    durationMs,
    billedMs: billedMsOf({ initMs, durationMs }),
    memoryMiB: invocable.memoryMiB,
    ephemeralMiB: invocable.ephemeralMiB,
    ...used,
    outcome: outcome.kind,
    start,
    ...(why === undefined ? undefined : { why }),
    ...(placeMs === 0 ? undefined : { placeMs }),
    ...(specialiseMs === undefined ? undefined : { specialiseMs, loadMs: initMs }),
    sandboxId: instance.sandbox.id,
  };
}
