// One attempt to run one function on one payload: place it, load the handler where that is still to do, run it, write its lines
// and its record, and give the instance back.
// Owns: nothing between two attempts.
// I1: every attempt that began on an instance leaves exactly one record, unless the platform itself cut it off.
// I2: every placed instance is released exactly once.

import { LIMITS } from '#kernel';
import type { Clock, Log, RequestId } from '#kernel';
import { billedMsOf } from '#ledger';
import type { UsageRecord } from '#ledger';
import type { LogLine } from '#logs';
import type { Placement, Pool, ThrottleReason } from '#pool';
import type { InvocableFunction } from '#registry';
import type { Ending, InitOutcome, Outcome, Sandbox, SandboxInvocation } from '#sandbox';
import { answerOf } from './answer.ts';
import type { Answer } from './answer.ts';
import { explanationOf } from './explanation.ts';
import { initTrouble } from './init-trouble.ts';
import { isLoop, withRun } from './lineage.ts';
import { LogTail } from './log-tail.ts';
import type { UsageSink } from './ports.ts';
import * as lines from './report-lines.ts';
import type { Run, Tenancy } from './tenancy.ts';
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
  | {
      readonly kind: 'answered';
      readonly answer: Answer;
      readonly logTail: string | undefined;
      /** Of the run that brought the answer; undefined where none did, as when a durable execution is stopped. */
      readonly record: UsageRecord | undefined;
    }
  | { readonly kind: 'throttled'; readonly reason: ThrottleReason }
  /** The platform could not provide an instance; the function did not run. */
  | { readonly kind: 'failed'; readonly cause: unknown }
  /** It has come by too often in one chain of requests; the function did not run. */
  | { readonly kind: 'recursive' }
  /** The platform is going down; the function did not run, or was cut off and not billed. */
  | { readonly kind: 'closed' };

export interface AttemptParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly pool: Pool<Tenancy>;
  readonly usage: UsageSink;
}

type Placed = Extract<Placement<Tenancy>, { kind: 'placed' }>;

interface Loaded {
  readonly outcome: InitOutcome;
  readonly initMs: number;
  readonly specialiseMs: number;
  readonly loadMs: number;
}

/** The first invocation of an instance, where it was sent before the handler was loaded. */
interface First {
  readonly loaded: Loaded;
  readonly early: { readonly run: Run; readonly outcome: Promise<Outcome> } | undefined;
}

interface Ran {
  readonly outcome: Outcome;
  readonly run: Run;
  readonly loaded: Loaded | undefined;
}

interface Ended {
  readonly outcome: Ending;
  /** Undefined where it ended in the init phase. */
  readonly run: Run | undefined;
  /** Undefined on a warm instance. */
  readonly loaded: Loaded | undefined;
}

/** Nearly all invocations have none of `extrasOf`, and are spared another object. */
function isPlain({ clientContext, onStream, invocable }: Attempt): boolean {
  return clientContext === undefined && onStream === undefined && invocable.tenantId === undefined;
}

function extrasOf({ clientContext, onStream, invocable: { tenantId } }: Attempt): Partial<SandboxInvocation> {
  return {
    ...(clientContext === undefined ? undefined : { clientContext }),
    ...(tenantId === undefined ? undefined : { tenantId }),
    ...(onStream === undefined ? undefined : { onStream }),
  };
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

  run(attempt: Attempt): Promise<AttemptResult> {
    const { requestId, invocable, payload, wantsTail: isAlone = false } = attempt;
    if (attempt.traceHeader !== undefined && invocable.endsLoops && isLoop(attempt.traceHeader, invocable.lineageId)) {
      this.#log.write('warn', 'invocation.recursive', { requestId, function: invocable.versionArn });
      return Promise.resolve({ kind: 'recursive' });
    }
    return this.#whenPlaced(attempt, this.#pool.acquire(invocable, payload.byteLength, { requestId, isAlone }));
  }

  #whenPlaced(attempt: Attempt, placement: Placement<Tenancy> | Promise<Placement<Tenancy>>): Promise<AttemptResult> {
    return placement instanceof Promise
      ? placement.then((placed) => this.#begin(attempt, placed))
      : this.#begin(attempt, placement);
  }

  #begin(attempt: Attempt, placement: Placement<Tenancy>): Promise<AttemptResult> {
    attempt.onPlaced?.();
    if (placement.kind !== 'placed') return Promise.resolve(refusalOf(placement));
    const { instance } = placement;
    if (attempt.wantsTail === true) instance.tenancy.tail = new LogTail();
    return instance.fresh ? this.#runFirst(attempt, placement) : this.#invoke(attempt, placement, undefined);
  }

  /** The first invocation of an instance loads the handler. */
  async #runFirst(attempt: Attempt, placed: Placed): Promise<AttemptResult> {
    const { instance } = placed;
    const { requestId, invocable } = attempt;
    let first: First;
    try {
      first = await this.#load(attempt, placed);
    } catch (cause) {
      // No code on this disk, or a sandbox that could not be furnished: the platform's fault, and nothing of the function has run.
      this.#log.write('error', 'invocation.not-loaded', { function: invocable.versionArn, sandbox: instance.sandbox.id, cause });
      this.#pool.release(instance, { requestId, reusable: false });
      return { kind: 'failed', cause };
    }
    const { loaded, early } = first;
    const { outcome, initMs } = loaded;
    if (outcome.kind === 'ready') {
      if (early === undefined) return this.#invoke(attempt, placed, loaded);
      instance.tenancy.startEarly();
      return this.#ended(attempt, placed, { outcome: await early.outcome, run: early.run, loaded });
    }
    if (early !== undefined) instance.tenancy.withdraw(early.run);
    instance.tenancy.write([
      this.#line(lines.initReport(initMs, initTrouble(outcome))),
      this.#line(lines.start(requestId, invocable.version)),
    ]);
    return this.#settle(attempt, placed, { outcome, run: undefined, loaded });
  }

  async #load(attempt: Attempt, { instance }: Placed): Promise<First> {
    const { requestId, invocable } = attempt;
    const { sandbox, tenancy } = instance;
    const takenMs = this.#clock.monotonicMs();
    const specialisation = await tenancy.specialisation();
    tenancy.write([this.#line(lines.initStart(invocable.runtime))]);
    const beganMs = this.#clock.monotonicMs();
    const initialising = sandbox.specialise(specialisation);
    const run = sandbox.takesFirst ? tenancy.beginEarly(requestId, invocable.version) : undefined;
    const early = run && { run, outcome: this.#outcomeOf(sandbox, this.#invocationOf(attempt)) };
    const outcome = await initialising;
    const initMs = (outcome.kind === 'ready' ? sandbox.loadedAtMs : this.#clock.monotonicMs()) - beganMs;
    const { furnishMs } = sandbox;
    const loaded = { outcome, initMs, specialiseMs: beganMs - takenMs + furnishMs, loadMs: Math.max(0, initMs - furnishMs) };
    return { loaded, early };
  }

  #invoke(attempt: Attempt, placed: Placed, loaded: Loaded | undefined): Promise<AttemptResult> {
    const { requestId, invocable } = attempt;
    const { sandbox, tenancy } = placed.instance;
    const run = tenancy.begin(requestId, invocable.version);
    const settle = (outcome: Outcome) => this.#ended(attempt, placed, { outcome, run, loaded });
    return this.#outcomeOf(sandbox, this.#invocationOf(attempt)).then(settle);
  }

  #ended(attempt: Attempt, placed: Placed, { outcome, run, loaded }: Ran): AttemptResult | Promise<AttemptResult> {
    if (outcome.kind !== 'recalled') return this.#settle(attempt, placed, { outcome, run, loaded });
    placed.instance.tenancy.withdraw(run);
    return this.#whenPlaced(attempt, this.#pool.placeAgain(placed.instance, attempt.requestId));
  }

  #invocationOf(attempt: Attempt): SandboxInvocation {
    const { requestId, invocable, payload } = attempt;
    const nowMs = this.#clock.now();
    const timeoutMs = invocable.timeoutSeconds * 1000;
    const invocation = {
      requestId,
      invokedFunctionArn: invocable.invokedArn,
      payload,
      deadlineMs: nowMs + timeoutMs,
      timeoutMs,
      traceHeader: withRun(traceHeader(attempt.traceHeader, requestId, nowMs), invocable.lineageId),
    };
    return isPlain(attempt) ? invocation : { ...invocation, ...extrasOf(attempt) };
  }

  /** A sandbox answers with outcomes. One that rejects has a bug; its invocation may have run, so it is answered, billed and released. */
  #outcomeOf(sandbox: Sandbox, invocation: SandboxInvocation): Promise<Outcome> {
    const rejected = (cause: unknown): Outcome => {
      this.#log.write('error', 'sandbox.rejected', { cause });
      return { kind: 'crashed', exitCode: undefined, signal: undefined, detail: 'the sandbox failed' };
    };
    try {
      return sandbox.invoke(invocation).catch(rejected);
    } catch (cause) {
      return Promise.resolve(rejected(cause));
    }
  }

  #settle(attempt: Attempt, placed: Placed, ended: Ended): AttemptResult {
    const { requestId } = attempt;
    const { outcome, run, loaded } = ended;
    const { sandbox, tenancy } = placed.instance;
    const { tail } = tenancy;
    tenancy.tail = undefined;
    if (outcome.kind === 'crashed' && this.#pool.closed) {
      if (run !== undefined) tenancy.withdraw(run);
      this.#pool.release(placed.instance, { requestId, reusable: false });
      return { kind: 'closed' };
    }
    const timeoutMs = run === undefined ? LIMITS.initTimeoutMs : attempt.invocable.timeoutSeconds * 1000;
    const durationMs = run === undefined ? 0 : this.#durationOf(outcome, run, timeoutMs);
    const { cpuNanos, peakBytes } = sandbox.usage();
    const used = { cpuNanos: tenancy.cpuNanosOf(durationMs, cpuNanos), peakBytes };
    const record = recordOf({ attempt, placed, ended, durationMs, startedAtMs: run?.startedAtMs ?? this.#clock.now(), used });
    const answer = answerOf(outcome, { requestId, nowMs: this.#clock.now(), timeoutMs });
    const closing = this.#closingLines(record, answer, ended);
    tail?.add(closing);
    tenancy.end(run, closing);
    this.#usage.record(record);
    const reusable = run !== undefined && (outcome.kind === 'returned' || outcome.kind === 'threw');
    this.#pool.release(placed.instance, {
      requestId,
      reusable,
      died: reusable ? undefined : run === undefined ? 'init' : outcome.kind,
      runMs: run === undefined ? undefined : 'handlerMs' in outcome ? outcome.handlerMs : durationMs,
      startMs: loaded?.initMs,
      peakBytes,
    });
    if (outcome.kind === 'crashed') this.#log.write('info', 'invocation.crashed', { requestId, detail: outcome.detail });
    return { kind: 'answered', answer, logTail: tail?.encoded(), record };
  }

  /** Lambda reports and bills a timeout as the timeout, not as the moment when the process was gone. */
  #durationOf(outcome: Ending, { beganMs }: Run, timeoutMs: number): number {
    if (outcome.kind === 'timedOut') return timeoutMs;
    const ranMs = outcome.kind === 'returned' || outcome.kind === 'threw' ? outcome.ranMs : undefined;
    return ranMs ?? this.#clock.monotonicMs() - beganMs;
  }

  #closingLines(record: UsageRecord, answer: Answer, { outcome, run, loaded }: Ended): readonly LogLine[] {
    const { requestId, durationMs, billedMs, memoryMiB, peakBytes } = record;
    const trouble = run !== undefined || outcome.kind === 'returned' ? answer.trouble : initTrouble(outcome);
    const figures = { requestId, durationMs, billedMs, memoryMiB, peakBytes, initMs: loaded?.initMs, trouble };
    const report = this.#line(lines.report({ ...figures, explanation: explanationOf(record) }));
    const closing = [this.#line(lines.end(requestId)), report];
    return answer.logLine === undefined ? closing : [this.#line(answer.logLine), ...closing];
  }

  #line(text: string): LogLine {
    return { timestampMs: this.#clock.now(), text };
  }
}

function refusalOf(placement: Exclude<Placement<Tenancy>, { kind: 'placed' }>): AttemptResult {
  return placement.kind === 'launchFailed' ? { kind: 'failed', cause: placement.cause } : placement;
}

interface Reckoning {
  readonly attempt: Attempt;
  readonly placed: Placed;
  readonly ended: Ended;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly used: Pick<UsageRecord, 'cpuNanos' | 'peakBytes'>;
}

function recordOf({ attempt, placed, ended, startedAtMs, durationMs, used }: Reckoning): UsageRecord {
  const { requestId, invocable } = attempt;
  const { instance, start, why, waitedMs, placeMs } = placed;
  const { outcome, run, loaded } = ended;
  const { initMs = 0, specialiseMs, loadMs } = loaded ?? {};
  const record: UsageRecord = {
    requestId,
    attempt: attempt.attempt,
    functionName: invocable.name,
    functionVersion: invocable.version,
    scope: invocable.scope,
    startedAtMs,
    // Behind another in the instance is a queue as well.
    queuedMs: waitedMs + (run?.behindMs ?? 0),
    initMs,
    durationMs,
    billedMs: billedMsOf({ initMs, durationMs }),
    memoryMiB: invocable.memoryMiB,
    ephemeralMiB: invocable.ephemeralMiB,
    ...used,
    outcome: outcome.kind,
    start,
    sandboxId: instance.sandbox.id,
  };
  if (why === undefined && placeMs === 0 && specialiseMs === undefined) return record;
  return {
    ...record,
    ...(why === undefined ? undefined : { why }),
    ...(placeMs === 0 ? undefined : { placeMs }),
    ...(specialiseMs === undefined ? undefined : { specialiseMs, loadMs }),
  };
}
