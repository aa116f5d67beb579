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

import type { Clock, Random, Timer } from '#kernel';
import { LIMITS } from '#kernel';
import { Channel } from './channel.ts';
import type { Enclosure, ProcessExit } from './enclosure.ts';
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

/** Lambda's error documents carry a stack; this leaves room for long ones. */
const ERROR_DOCUMENT_BYTES_MAX = 256 * 1024;
const CODE_CACHE_BYTES_MAX = 64 * 1024 * 1024;
const CODE_CACHE_TIMEOUT_MS = 5000;
/** V8 aborts when its heap is at its limit; bwrap answers 128 + the number of the signal. */
const EXIT_ABORTED = 134;

interface Question {
  readonly nonce: string;
  readonly timer: Timer;
  readonly settle: (answer: Answer) => void;
}

type Answer =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'violation'; readonly detail: string }
  | { readonly kind: 'exit'; readonly exit: ProcessExit };

type Phase =
  | { readonly kind: 'booting' | 'initialising' | 'running' | 'caching'; readonly question: Question }
  | { readonly kind: 'generic' | 'waiting' | 'dead' };

export interface RuntimeSandboxOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly enclosure: Enclosure;
}

export class RuntimeSandbox implements Sandbox {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly gone: Promise<void>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #enclosure: Enclosure;
  readonly #channel: Channel;
  readonly #output: Output;
  #phase: Phase = { kind: 'generic' };
  #exit: ProcessExit | undefined;
  #removal: Promise<void> | undefined;
  #resolveGone: () => void = () => {};

  constructor({ clock, random, enclosure }: RuntimeSandboxOptions) {
    this.id = enclosure.id;
    this.runtime = enclosure.runtime;
    this.#clock = clock;
    this.#random = random;
    this.#enclosure = enclosure;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    this.#output = new Output({ clock, stdout: enclosure.stdout, stderr: enclosure.stderr });
    this.#channel = new Channel({
      socket: enclosure.channel,
      allowance: (kind) => this.#allowance(kind),
      onFrame: (frame) => this.#receive(frame),
      onViolation: (detail) => this.#violated(detail),
    });
    void enclosure.exited.then((exit) => this.#ended(exit));
  }

  /** Resolves when the agent waits for a function; otherwise nothing is left of it and LaunchFailed says why. */
  async boot(timeoutMs: number): Promise<void> {
    const head = { endpoint: this.#enclosure.endpoint, maxResponseBytes: LIMITS.invokePayloadBytes };
    const answer = await this.#ask('booting', FRAME.boot, head, undefined, timeoutMs);
    if (answer.kind === 'frame') {
      this.#phase = { kind: 'generic' };
      return;
    }
    await this.#output.drain();
    const said = this.#output.tail.trim();
    await this.destroy();
    throw new LaunchFailed(`${describe(answer, timeoutMs)} before it was ready${said === '' ? '' : `; it said: ${said}`}`);
  }

  async specialise(specialisation: Specialisation): Promise<InitOutcome> {
    if (this.#dead) return this.#alreadyDead();
    assert.equal(this.#phase.kind, 'generic', 'a sandbox is specialised once');
    this.#output.collect();
    const place = await this.#enclosure.furnish(specialisation);
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
    await this.destroy();
    return outcome;
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
    await this.destroy();
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
    await this.#enclosure.remove();
    this.#channel.close();
    this.#output.close();
    this.#resolveGone();
    question?.timer.cancel();
    question?.settle({ kind: 'exit', exit: this.#exit ?? { exitCode: undefined, signal: 'SIGKILL' } });
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
        if (!survives) await this.destroy();
        return outcome;
      }
    } else await this.#output.drain();
    this.#enclosure.setRunning(false);
    const outOfMemory = this.#ranOutOfMemory(answer);
    await this.destroy();
    if (outOfMemory) return { kind: 'outOfMemory' };
    switch (answer.kind) {
      case 'frame':
        return outcomeOf(answer.frame);
      case 'timeout':
        return { kind: 'timedOut', afterMs: timeoutMs };
      case 'violation':
        return {
          kind: 'crashed',
          exitCode: undefined,
          signal: 'SIGKILL',
          detail: `the channel's rules were broken: ${answer.detail}`,
        };
      case 'exit':
        return { kind: 'crashed', ...answer.exit, detail: describe(answer, timeoutMs) };
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
    const exit = this.#exit ?? { exitCode: undefined, signal: 'SIGKILL' };
    return { kind: 'crashed', ...exit, detail: 'the sandbox had ended before' };
  }

  #allowance(kind: number): number | undefined {
    switch (this.#phase.kind) {
      case 'booting':
        return kind === FRAME.ready ? 0 : undefined;
      case 'initialising':
        return kind === FRAME.initialised ? 0 : kind === FRAME.initFailed ? ERROR_DOCUMENT_BYTES_MAX : undefined;
      case 'running':
        if (kind === FRAME.returned) return LIMITS.invokePayloadBytes;
        if (kind === FRAME.threw) return ERROR_DOCUMENT_BYTES_MAX;
        return kind === FRAME.tooLarge ? 0 : undefined;
      case 'caching':
        return kind === FRAME.codeCache ? CODE_CACHE_BYTES_MAX : undefined;
      case 'generic':
      case 'waiting':
      case 'dead':
        return undefined;
      default:
        return this.#phase satisfies never;
    }
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
    else void this.destroy();
  }

  #ended(exit: ProcessExit): void {
    this.#exit = exit;
    // A last answer may lie in the channel and last lines in the pipes: one poll of the loop reads them.
    void this.#output.drain().then(() => {
      if ('question' in this.#phase) this.#settle({ kind: 'exit', exit });
      else void this.destroy();
    });
  }
}

function specialiseHead(
  specialisation: Specialisation,
  place: { readonly taskRoot: string; readonly environment: Readonly<Record<string, string>> },
): object {
  return {
    handler: specialisation.handler,
    taskRoot: place.taskRoot,
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

function outcomeOf(frame: Frame): Outcome {
  switch (frame.kind) {
    case FRAME.initialised:
    case FRAME.returned:
      return { kind: 'returned', payload: frame.payload };
    case FRAME.initFailed:
    case FRAME.threw:
      return { kind: 'threw', payload: frame.payload };
    case FRAME.tooLarge: {
      const bytes = frame.head['bytes'];
      return {
        kind: 'tooLarge',
        bytes: typeof bytes === 'number' && Number.isSafeInteger(bytes) ? bytes : LIMITS.invokePayloadBytes + 1,
      };
    }
    default:
      throw new assert.AssertionError({ message: `a frame of kind ${frame.kind} passed the allowance` });
  }
}

function describe(answer: Exclude<Answer, { kind: 'frame' }>, timeoutMs: number): string {
  switch (answer.kind) {
    case 'timeout':
      return `the runtime took longer than ${timeoutMs} ms`;
    case 'violation':
      return `the runtime broke the channel's rules: ${answer.detail}`;
    case 'exit': {
      const { exitCode, signal } = answer.exit;
      return signal === undefined ? `the runtime exited with status ${exitCode}` : `the runtime was ended by ${signal}`;
    }
    default:
      return answer satisfies never;
  }
}
