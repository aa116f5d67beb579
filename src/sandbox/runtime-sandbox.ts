// A sandbox as the pool knows it: one agent in an enclosure, spoken to over the channel. The same class serves every isolation level.
//
// Owns: the phase, the invocations that are under way, the channel and the output of one enclosure.
// Never: trusts a number, a name or a length that came out of the sandbox.
// Invariants:
//   I1 An answer carries the nonce of a question that is open, or of an invocation that has begun; any other frame kills the sandbox.
//   I2 Every question and every invocation is settled exactly once: by its answer, its timer, a violation, or the end of the process.
//   I3 Lines that were printed before an answer are delivered before that answer's promise resolves.
//   I4 After an outcome that ends the sandbox, `gone` has resolved before the outcome does.

import assert from 'node:assert/strict';

import type { Clock, Log, Random } from '#kernel';
import { LIMITS } from '#kernel';
import { allowanceIn, describeAnswer, KILLED, endingOf, outcomeAtEnd, outcomeOf } from './answers.ts';
import type { Answer, Cause, PhaseKind } from './answers.ts';
import { Channel } from './channel.ts';
import type { Enclosure, ProcessExit } from './enclosure.ts';
import { Farewell } from './farewell.ts';
import { FRAME } from './frames.ts';
import type { Frame } from './frames.ts';
import { specialiseHead } from './heads.ts';
import { LaunchFailed } from './launch-failed.ts';
import { Meter } from './meter.ts';
import { Nonces } from './nonces.ts';
import { Output } from './output.ts';
import type { Phase } from './phase.ts';
import type { Run } from './runs.ts';
import { Serving } from './serving.ts';
import type {
  Ending,
  FunctionConnection,
  InitOutcome,
  Outcome,
  OutputLine,
  RuntimeName,
  Sandbox,
  SandboxInvocation,
  SandboxUsage,
  Specialisation,
} from './sandbox.ts';

const CODE_CACHE_TIMEOUT_MS = 5000;
/** V8 aborts when its heap is at its limit; bwrap answers 128 + the number of the signal. */
const EXIT_ABORTED = 134;

export interface RuntimeSandboxOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly enclosure: Enclosure;
}

export class RuntimeSandbox implements Sandbox {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly gone: Promise<void>;
  readonly #clock: Clock;
  readonly #nonces: Nonces;
  readonly #log: Log;
  readonly #enclosure: Enclosure;
  readonly #meter: Meter;
  readonly #channel: Channel;
  readonly #output: Output;
  readonly #serving: Serving;
  #phase: Phase = { kind: 'generic' };
  /** Its agent takes a specialisation before the code is in its place, and waits for `placed`. */
  #dressesEarly = false;
  #exit: ProcessExit | undefined;
  #furnishMs = 0;
  #loadedAtMs = 0;
  /** An invocation that came along has begun then. */
  #hasBegun = false;
  readonly #farewell: Farewell;
  #removal: Promise<void> | undefined;
  #resolveGone: () => void = () => {};

  constructor({ clock, random, log, enclosure }: RuntimeSandboxOptions) {
    this.id = enclosure.id;
    this.runtime = enclosure.runtime;
    this.#clock = clock;
    this.#nonces = Nonces.from(random);
    this.#log = log;
    this.#enclosure = enclosure;
    this.#meter = new Meter(clock, enclosure);
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    this.#output = new Output({ clock, stdout: enclosure.stdout, stderr: enclosure.stderr });
    this.#channel = new Channel({
      socket: enclosure.channel,
      allowance: (kind) => (kind === FRAME.streamChunk ? this.#serving.runs.chunkBytesMax : allowanceIn(this.#phaseKind, kind)),
      onFrame: (frame) => this.#receive(frame),
      onViolation: (detail) => this.#violated(detail),
    });
    this.#serving = new Serving({
      clock,
      enclosure,
      nonces: this.#nonces,
      meter: this.#meter,
      channel: this.#channel,
      output: this.#output,
      violated: (detail) => this.#violated(detail),
      terminate: (cause, lost) => this.#terminate(cause, lost),
      isDead: () => this.#dead,
    });
    this.#farewell = new Farewell({ clock, log, channel: this.#channel, enclosure, output: this.#output });
    // Where something of it hangs in the kernel, its removal tells.
    void enclosure.exited.catch(() => KILLED).then((exit) => this.#ended(exit));
  }

  get takesFirst(): boolean {
    return this.#dressesEarly && this.#serving.takesFirst;
  }

  get ahead(): number {
    return this.#serving.ahead;
  }

  /** Resolves when the agent waits for a function; otherwise nothing is left of it and LaunchFailed says why. */
  async boot(timeoutMs: number): Promise<void> {
    const head = {
      endpoint: this.#enclosure.endpoint,
      maxResponseBytes: LIMITS.responsePayloadBytes,
      maxStreamedBytes: LIMITS.streamedResponseBytes,
    };
    const answer = await this.#ask('booting', FRAME.boot, head, undefined, timeoutMs);
    if (answer.kind === 'frame') {
      this.#phase = { kind: 'generic' };
      this.#serving.takes(answer.frame.head);
      this.#dressesEarly = answer.frame.head['isEarly'] === true;
      await this.#orEnd(this.#enclosure.runtimeStarted());
      return;
    }
    await this.#output.drain();
    const said = this.#output.tail.trim();
    await this.#end();
    throw new LaunchFailed(`${describeAnswer(answer, timeoutMs)} before it was ready${said === '' ? '' : `; it said: ${said}`}`);
  }

  get furnishMs(): number {
    return this.#furnishMs;
  }

  get loadedAtMs(): number {
    return this.#loadedAtMs;
  }

  async specialise(specialisation: Specialisation): Promise<InitOutcome> {
    if (this.#dead) return this.#alreadyDead();
    assert.equal(this.#phase.kind, 'generic', 'a sandbox is specialised once');
    this.#output.collect();
    this.#serving.runAtOnce(specialisation.concurrency ?? 1);
    this.#serving.runs.hold();
    if (!this.#dressesEarly) await this.#orEnd(this.#furnish(specialisation));
    if (this.#dead) return this.#alreadyDead();
    this.#enclosure.setRunning(true);
    const head = {
      ...specialiseHead(specialisation, this.#enclosure.placeOf(specialisation), this.#serving.runs.atOnce),
      isEarly: this.#dressesEarly,
    };
    const answering = this.#ask('initialising', FRAME.specialise, head, specialisation.codeCache, specialisation.initTimeoutMs);
    this.#channel.flush();
    if (this.#dressesEarly) await this.#orEnd(this.#furnish(specialisation));
    const answer = await answering;
    if (answer.kind === 'frame') this.#farewell.ask(answer.frame.head['shutdownMs']);
    const outcome = await this.#conclude(answer, specialisation.initTimeoutMs);
    // Where an invocation has begun, what ended the sandbox since is that invocation's outcome.
    if (outcome.kind === 'returned' && (!this.#dead || this.#hasBegun)) return { kind: 'ready' };
    // What failed to load cannot be called; whoever wants to try again takes a new sandbox.
    await this.#end();
    // It said that it was ready, and broke the rules in the same breath.
    return outcome.kind === 'returned' ? this.#alreadyDead() : outcome;
  }

  /** The code first: who waits for it goes on while the limits are raised. */
  async #furnish(specialisation: Specialisation): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    const placing = this.#enclosure.furnish(specialisation);
    if (placing !== undefined) await placing;
    if (this.#dead) return;
    if (this.#dressesEarly) {
      if (placing !== undefined) this.#askedJustNow(specialisation.initTimeoutMs);
      this.#channel.send(FRAME.placed, {});
      this.#channel.flush();
    }
    this.#enclosure.limit(specialisation);
    this.#furnishMs = this.#clock.monotonicMs() - beganMs;
  }

  /** A sandbox whose place could not be prepared is of no use to anybody. */
  async #orEnd<Result>(preparation: Promise<Result>): Promise<Result> {
    try {
      return await preparation;
    } catch (error) {
      await this.#end();
      throw error;
    }
  }

  invoke(invocation: SandboxInvocation): Promise<Outcome> {
    if (this.#dead || this.#serving.isOver) return Promise.resolve({ kind: 'recalled' });
    const isFirst = this.#phase.kind === 'initialising' && this.takesFirst && this.#serving.runs.count === 0;
    assert(isFirst || this.#phase.kind === 'serving', 'invocations come after specialise, but for the first');
    return this.#serving.send(invocation);
  }

  recall(requestId: string): void {
    this.#serving.recall(requestId);
  }

  /** Of the entry module as it is after what ran so far; undefined where it is no CommonJS file, or was loaded without `codeCache`. */
  async makeCodeCache(): Promise<Uint8Array | undefined> {
    if (this.#dead) return undefined;
    assert.equal(this.#phaseKind, 'waiting', 'a code cache is made between invocations');
    const answer = await this.#ask('caching', FRAME.makeCodeCache, {}, undefined, CODE_CACHE_TIMEOUT_MS);
    if (answer.kind === 'frame') {
      this.#phase = { kind: 'serving' };
      return answer.frame.payload.byteLength === 0 ? undefined : answer.frame.payload;
    }
    await this.#end();
    return undefined;
  }

  onOutput(listener: (lines: readonly OutputLine[]) => void): void {
    this.#output.onLines(listener);
  }

  onConnection(listener: (connection: FunctionConnection) => void): void {
    this.#enclosure.onConnection(listener);
  }

  async freeze(): Promise<void> {
    this.#serving.runs.rest();
    // What was killed after the last answer is noticed before anybody is given what is left.
    if (!this.#dead && this.#meter.ranOutOfMemoryByNow()) await this.#end();
    await (this.#dead ? this.gone : this.#enclosure.freeze());
  }

  thaw(): Promise<void> {
    return this.#dead ? this.gone : this.#enclosure.thaw();
  }

  usage(): SandboxUsage {
    return this.#meter.usage();
  }

  resetPeak(): void {
    this.#meter.resetPeak();
  }

  destroy(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  get #dead(): boolean {
    return this.#phase.kind === 'dead';
  }

  get #phaseKind(): PhaseKind {
    if (this.#phase.kind !== 'serving') return this.#phase.kind;
    return this.#serving.runs.count > 0 ? 'running' : 'waiting';
  }

  async #remove(): Promise<void> {
    const { question } = 'question' in this.#phase ? this.#phase : { question: undefined };
    const runs = this.#serving.runs.takeAll();
    this.#phase = { kind: 'dead' };
    try {
      if (this.#exit === undefined) await this.#farewell.say();
      await this.#enclosure.remove();
      this.#resolveGone();
    } finally {
      this.#channel.close();
      this.#output.close();
      question?.timer.cancel();
      const cause = { kind: 'exit', exit: this.#exit ?? KILLED } as const;
      question?.settle(cause);
      const outOfMemory = runs.length > 0 && this.#ranOutOfMemory(cause);
      for (const run of runs) run.settle(outcomeAtEnd(run, cause, outOfMemory));
    }
  }

  /** `destroy` for those who cannot do anything about a sandbox that will not die: it keeps its uid and is never `gone`, and the log says so. */
  async #end(): Promise<void> {
    try {
      await this.destroy();
    } catch (error) {
      this.#log.write('error', 'sandbox.removal-failed', { sandbox: this.id, error: String(error) });
    }
  }

  /** Sends one question and waits for whatever ends it (I1, I2). */
  #ask(
    kind: Extract<Phase, { question: unknown }>['kind'],
    frame: number,
    head: object,
    payload: Uint8Array | undefined,
    timeoutMs: number,
  ): Promise<Answer> {
    return new Promise((settle) => {
      const nonce = this.#nonces.next();
      const timer = this.#clock.after(timeoutMs, () => this.#settle({ kind: 'timeout' }));
      this.#phase = { kind, question: { nonce, timer, settle } };
      this.#channel.send(frame, { nonce, ...head }, payload);
    });
  }

  /** The question could not be answered before, so its time begins again. */
  #askedJustNow(timeoutMs: number): void {
    if (!('question' in this.#phase)) return;
    const { kind, question } = this.#phase;
    question.timer.cancel();
    const timer = this.#clock.after(timeoutMs, () => this.#settle({ kind: 'timeout' }));
    this.#phase = { kind, question: { ...question, timer } };
  }

  #settle(answer: Answer): void {
    if (!('question' in this.#phase)) return;
    const { kind, question } = this.#phase;
    this.#phase = { kind: 'serving' };
    question.timer.cancel();
    if (kind === 'initialising' && answer.kind === 'frame' && answer.frame.kind === FRAME.initialised) this.#begins();
    question.settle(answer);
  }

  /** The handler is loaded, and an invocation that came along begins. */
  #begins(): void {
    this.#loadedAtMs = this.#clock.monotonicMs();
    this.#hasBegun = this.#serving.runs.count > 0;
    this.#serving.runs.release();
  }

  /** Turns the answer to `specialise` into an outcome. */
  async #conclude(answer: Answer, timeoutMs: number): Promise<Ending> {
    await this.#output.drain();
    if (this.#serving.runs.count === 0) this.#enclosure.setRunning(false);
    // The runtime may survive what killed a child of it for want of memory: half a function is no function.
    if (answer.kind === 'frame' && answer.frame.head['fatal'] !== true && !this.#meter.ranOutOfMemoryByNow())
      return outcomeOf(answer.frame);
    const outOfMemory = this.#ranOutOfMemory(answer);
    await this.#end();
    if (outOfMemory) return { kind: 'outOfMemory' };
    return endingOf(answer, timeoutMs);
  }

  /** Ends the sandbox and settles everything that was under way; `lost` are runs whose answers are not believed. */
  async #terminate(cause: Cause, lost: readonly Run[] = []): Promise<void> {
    const runs = [...lost, ...this.#serving.runs.takeAll()];
    this.#phase = { kind: 'dead' };
    this.#farewell.reason = cause.kind === 'overdue' ? 'timeout' : cause.kind === 'answered' ? 'failure' : undefined;
    await this.#output.drain();
    this.#enclosure.setRunning(false);
    const outOfMemory = this.#ranOutOfMemory(cause);
    await this.#end();
    for (const run of runs) run.settle(outcomeAtEnd(run, cause, outOfMemory));
  }

  #ranOutOfMemory(answer: Answer | Cause): boolean {
    if (this.#meter.ranOutOfMemoryByNow()) return true;
    if (answer.kind !== 'exit') return false;
    const aborted = answer.exit.exitCode === EXIT_ABORTED || answer.exit.signal === 'SIGABRT';
    return aborted && this.#output.tail.includes('heap out of memory');
  }

  #alreadyDead(): Extract<Outcome, { kind: 'crashed' }> {
    return { kind: 'crashed', ...(this.#exit ?? KILLED), detail: 'the sandbox had ended before' };
  }

  #receive(frame: Frame): void {
    if (this.#phase.kind === 'serving') this.#serving.receive(frame);
    else if (!('question' in this.#phase)) this.#violated(`a frame of kind ${frame.kind} after the answer`);
    else if (frame.head['nonce'] !== this.#phase.question.nonce)
      this.#violated('an answer with a nonce that is not the question’s');
    else this.#settle({ kind: 'frame', frame });
  }

  #violated(detail: string): void {
    if ('question' in this.#phase) this.#settle({ kind: 'violation', detail });
    else if (this.#phaseKind === 'running') void this.#terminate({ kind: 'violation', detail });
    else {
      this.#farewell.reason = undefined;
      void this.#end();
    }
  }

  #ended(exit: ProcessExit): void {
    this.#exit = exit;
    // A last answer may lie in the channel and last lines in the pipes: one poll of the loop reads them.
    void this.#output.drain().then(() => {
      if ('question' in this.#phase) this.#settle({ kind: 'exit', exit });
      else if (this.#phaseKind === 'running') void this.#terminate({ kind: 'exit', exit });
      else void this.#end();
    });
  }
}
