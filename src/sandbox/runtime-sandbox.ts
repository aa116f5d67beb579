// A sandbox as the pool knows it: one agent in an enclosure, spoken to over the channel. The same class serves every isolation level.
//
// Owns: the phase, the one timer of that phase, the channel and the output of one enclosure.
// Never: trusts a number, a name or a length that came out of the sandbox.
// Invariants:
//   I1 At most one question is open; its answer carries its nonce; any other frame kills the sandbox.
//   I2 Every question is settled exactly once: by its answer, its timer, a violation, or the end of the process.
//   I3 Lines that were printed before an answer are delivered before that answer's promise resolves.
//   I4 After an outcome that ends the sandbox, `gone` has resolved before the outcome does.

import assert from 'node:assert/strict';

import type { Clock, Log, Random, Timer } from '#kernel';
import { LIMITS } from '#kernel';
import { allowanceIn, describeAnswer, KILLED, outcomeOf } from './answers.ts';
import type { Answer } from './answers.ts';
import { Channel } from './channel.ts';
import type { Enclosure, Place, ProcessExit } from './enclosure.ts';
import { FRAME } from './frames.ts';
import type { Frame } from './frames.ts';
import { LaunchFailed } from './launch-failed.ts';
import { Output } from './output.ts';
import type {
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

interface Question {
  readonly nonce: string;
  readonly timer: Timer;
  readonly settle: (answer: Answer) => void;
}

type Phase =
  | { readonly kind: 'booting' | 'initialising' | 'running' | 'caching'; readonly question: Question }
  | { readonly kind: 'generic' | 'waiting' | 'dead' };

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
  readonly #random: Random;
  readonly #log: Log;
  readonly #enclosure: Enclosure;
  readonly #channel: Channel;
  readonly #output: Output;
  #phase: Phase = { kind: 'generic' };
  #exit: ProcessExit | undefined;
  #removal: Promise<void> | undefined;
  #resolveGone: () => void = () => {};

  constructor({ clock, random, log, enclosure }: RuntimeSandboxOptions) {
    this.id = enclosure.id;
    this.runtime = enclosure.runtime;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#enclosure = enclosure;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    this.#output = new Output({ clock, stdout: enclosure.stdout, stderr: enclosure.stderr });
    this.#channel = new Channel({
      socket: enclosure.channel,
      allowance: (kind) => allowanceIn(this.#phase.kind, kind),
      onFrame: (frame) => this.#receive(frame),
      onViolation: (detail) => this.#violated(detail),
    });
    void enclosure.exited.then((exit) => this.#ended(exit));
  }

  /** Resolves when the agent waits for a function; otherwise nothing is left of it and LaunchFailed says why. */
  async boot(timeoutMs: number): Promise<void> {
    const head = { endpoint: this.#enclosure.endpoint, maxResponseBytes: LIMITS.responsePayloadBytes };
    const answer = await this.#ask('booting', FRAME.boot, head, undefined, timeoutMs);
    if (answer.kind === 'frame') {
      this.#phase = { kind: 'generic' };
      await this.#orEnd(this.#enclosure.runtimeStarted());
      return;
    }
    await this.#output.drain();
    const said = this.#output.tail.trim();
    await this.#end();
    throw new LaunchFailed(`${describeAnswer(answer, timeoutMs)} before it was ready${said === '' ? '' : `; it said: ${said}`}`);
  }

  async specialise(specialisation: Specialisation): Promise<InitOutcome> {
    if (this.#dead) return this.#alreadyDead();
    assert.equal(this.#phase.kind, 'generic', 'a sandbox is specialised once');
    this.#output.collect();
    const place = await this.#orEnd(this.#enclosure.furnish(specialisation));
    if (this.#dead) return this.#alreadyDead();
    this.#enclosure.setRunning(true);
    const answer = await this.#ask(
      'initialising',
      FRAME.specialise,
      specialiseHead(specialisation, place),
      specialisation.codeCache,
      specialisation.initTimeoutMs,
    );
    const outcome = await this.#conclude(answer, specialisation.initTimeoutMs);
    if (outcome.kind === 'returned') return { kind: 'ready' };
    // What failed to load cannot be called; whoever wants to try again takes a new sandbox.
    await this.#end();
    return outcome;
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

  async invoke(invocation: SandboxInvocation): Promise<Outcome> {
    if (this.#dead) return this.#alreadyDead();
    assert.equal(this.#phase.kind, 'waiting', 'invocations come one after another, after specialise');
    this.#output.beginInvocation();
    this.#enclosure.setRunning(true);
    const head = {
      requestId: invocation.requestId,
      arn: invocation.invokedFunctionArn,
      deadlineMs: invocation.deadlineMs,
      clientContext: invocation.clientContext,
      identity: invocation.cognitoIdentity,
      traceHeader: invocation.traceHeader,
    };
    const answer = await this.#ask('running', FRAME.invoke, head, invocation.payload, invocation.timeoutMs);
    return this.#conclude(answer, invocation.timeoutMs);
  }

  /**
   * A V8 code cache of the entry module as it is after what ran so far; undefined where the entry is no CommonJS file or was loaded without
   * `codeCache` (an empty one asks for a cache to be made). Between invocations only.
   */
  async makeCodeCache(): Promise<Uint8Array | undefined> {
    if (this.#dead) return undefined;
    assert.equal(this.#phase.kind, 'waiting', 'a code cache is made between invocations');
    const answer = await this.#ask('caching', FRAME.makeCodeCache, {}, undefined, CODE_CACHE_TIMEOUT_MS);
    if (answer.kind === 'frame') {
      this.#phase = { kind: 'waiting' };
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

  freeze(): Promise<void> {
    return this.#dead ? this.gone : this.#enclosure.freeze();
  }

  thaw(): Promise<void> {
    return this.#dead ? this.gone : this.#enclosure.thaw();
  }

  usage(): SandboxUsage {
    return this.#enclosure.usage();
  }

  resetPeak(): void {
    this.#enclosure.resetPeak();
  }

  destroy(): Promise<void> {
    this.#removal ??= this.#remove();
    return this.#removal;
  }

  get #dead(): boolean {
    return this.#phase.kind === 'dead';
  }

  async #remove(): Promise<void> {
    const { question } = 'question' in this.#phase ? this.#phase : { question: undefined };
    this.#phase = { kind: 'dead' };
    try {
      await this.#enclosure.remove();
      this.#resolveGone();
    } finally {
      this.#channel.close();
      this.#output.close();
      question?.timer.cancel();
      question?.settle({ kind: 'exit', exit: this.#exit ?? KILLED });
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
    kind: Extract<Phase, { question: Question }>['kind'],
    frame: number,
    head: object,
    payload: Uint8Array | undefined,
    timeoutMs: number,
  ): Promise<Answer> {
    return new Promise((settle) => {
      const nonce = Buffer.from(this.#random.bytes(16)).toString('hex');
      const timer = this.#clock.after(timeoutMs, () => this.#settle({ kind: 'timeout' }));
      this.#phase = { kind, question: { nonce, timer, settle } };
      this.#channel.send(frame, { nonce, ...head }, payload);
    });
  }

  #settle(answer: Answer): void {
    if (!('question' in this.#phase)) return;
    const { question } = this.#phase;
    this.#phase = { kind: 'waiting' };
    question.timer.cancel();
    question.settle(answer);
  }

  /** Turns an answer into an outcome and, where it was the last of this sandbox, ends it first (I3, I4). */
  async #conclude(answer: Answer, timeoutMs: number): Promise<Outcome> {
    if (answer.kind === 'frame' && answer.frame.head['fatal'] !== true) {
      await this.#output.drain();
      this.#enclosure.setRunning(false);
      const outcome = outcomeOf(answer.frame);
      const survives = (outcome.kind === 'returned' || outcome.kind === 'threw') && !this.#dead;
      // The runtime may survive what killed a child of it for want of memory: half a function is no function.
      if (!this.#enclosure.ranOutOfMemory()) {
        if (!survives) await this.#end();
        return outcome;
      }
    } else await this.#output.drain();
    this.#enclosure.setRunning(false);
    const outOfMemory = this.#ranOutOfMemory(answer);
    await this.#end();
    if (outOfMemory) return { kind: 'outOfMemory' };
    switch (answer.kind) {
      case 'frame':
        return outcomeOf(answer.frame);
      case 'timeout':
        return { kind: 'timedOut', afterMs: timeoutMs };
      case 'violation':
        return {
          kind: 'crashed',
          ...KILLED,
          detail: `the channel's rules were broken: ${answer.detail}`,
        };
      case 'exit':
        return { kind: 'crashed', ...answer.exit, detail: describeAnswer(answer, timeoutMs) };
      default:
        return answer satisfies never;
    }
  }

  #ranOutOfMemory(answer: Answer): boolean {
    if (this.#enclosure.ranOutOfMemory()) return true;
    if (answer.kind !== 'exit') return false;
    const aborted = answer.exit.exitCode === EXIT_ABORTED || answer.exit.signal === 'SIGABRT';
    return aborted && this.#output.tail.includes('heap out of memory');
  }

  #alreadyDead(): Extract<Outcome, { kind: 'crashed' }> {
    return { kind: 'crashed', ...(this.#exit ?? KILLED), detail: 'the sandbox had ended before' };
  }

  #receive(frame: Frame): void {
    if (!('question' in this.#phase)) {
      this.#violated(`a frame of kind ${frame.kind} after the answer`);
      return;
    }
    if (frame.head['nonce'] !== this.#phase.question.nonce) this.#violated('an answer with a nonce that is not the question’s');
    else this.#settle({ kind: 'frame', frame });
  }

  #violated(detail: string): void {
    if ('question' in this.#phase) this.#settle({ kind: 'violation', detail });
    else void this.#end();
  }

  #ended(exit: ProcessExit): void {
    this.#exit = exit;
    // A last answer may lie in the channel and last lines in the pipes: one poll of the loop reads them.
    void this.#output.drain().then(() => {
      if ('question' in this.#phase) this.#settle({ kind: 'exit', exit });
      else void this.#end();
    });
  }
}

function specialiseHead(specialisation: Specialisation, place: Place): object {
  return {
    handler: specialisation.handler,
    taskRoot: place.taskRoot,
    layerRoot: place.layerRoot,
    environment: place.environment,
    usesCodeCache: specialisation.codeCache !== undefined,
    memoryMiB: specialisation.memoryMiB,
    constants: {
      functionName: specialisation.functionName,
      functionVersion: specialisation.functionVersion,
      memoryLimitInMB: String(specialisation.memoryMiB),
      logGroupName: specialisation.logGroup,
      logStreamName: specialisation.logStream,
    },
  };
}
