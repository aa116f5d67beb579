// The invocations of one sandbox: sends them, judges what comes back, and concludes the answers of a turn together.
//
// Owns: the invocations that are under way, and the answers whose lines are still being read.
// Invariants:
//   I1 An answer carries the nonce of an invocation that has begun; any other frame ends the sandbox.
//   I2 Lines that were printed before an answer are delivered before that answer's promise resolves.

import assert from 'node:assert/strict';

import type { Clock } from '#kernel';
import { KILLED, outcomeOf, sharedRunMs } from './answers.ts';
import type { Cause } from './answers.ts';
import type { Channel } from './channel.ts';
import type { Enclosure } from './enclosure.ts';
import { FRAME } from './frames.ts';
import type { Frame } from './frames.ts';
import { invokeHead } from './heads.ts';
import type { Meter } from './meter.ts';
import type { Nonces } from './nonces.ts';
import type { Output } from './output.ts';
import { ResponseStream } from './response-stream.ts';
import { Runs } from './runs.ts';
import type { Run } from './runs.ts';
import type { Outcome, SandboxInvocation } from './sandbox.ts';
import { onceEverythingIsRead } from './turns.ts';

/** What a runtime may say that it takes, at most: events that wait inside, and invocations at once. */
const AHEAD_MAX = 31;
const AT_ONCE_MAX = 64;

interface Parts {
  readonly clock: Clock;
  readonly enclosure: Enclosure;
  readonly nonces: Nonces;
  readonly meter: Meter;
  readonly channel: Channel;
  readonly output: Output;
  readonly violated: (detail: string) => void;
  /** Ends the sandbox and settles what is under way; `lost` are runs whose answers are not believed. */
  readonly terminate: (cause: Cause, lost?: readonly Run[]) => Promise<void>;
  readonly isDead: () => boolean;
}

interface Answered {
  readonly run: Run;
  readonly frame: Frame;
  readonly ranMs: number;
  /** The runtime ends after it. */
  readonly isLast: boolean;
}

export class Serving {
  readonly runs: Runs;
  readonly #parts: Parts;
  #answered: Answered[] = [];
  #aheadMost = 0;
  #atOnceMost = 1;
  #takesFirst = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.runs = new Runs({
      clock: parts.clock,
      onOverdue: (run) => void parts.terminate({ kind: 'overdue', run }),
      onBegun: () => parts.output.beginInvocation(),
    });
  }

  get ahead(): number {
    return this.runs.atOnce > 1 ? this.runs.atOnce - 1 : this.#aheadMost;
  }

  /** Its first invocation may be sent while it loads its handler. */
  get takesFirst(): boolean {
    return this.#takesFirst;
  }

  /** What the runtime has said that it takes. */
  takes({ ahead, atOnce, takesFirst }: Readonly<Record<string, unknown>>): void {
    this.#takesFirst = takesFirst === true;
    this.#aheadMost = countUpTo(AHEAD_MAX, ahead, 0);
    this.#atOnceMost = countUpTo(AT_ONCE_MAX, atOnce, 1);
  }

  runAtOnce(concurrency: number): void {
    this.runs.atOnce = Math.min(concurrency, this.#atOnceMost);
  }

  /** The runtime has given its last answer: whoever comes behind it is not heard. */
  get isOver(): boolean {
    return this.#answered.some(({ isLast }) => isLast);
  }

  send(invocation: SandboxInvocation): Promise<Outcome> {
    assert(this.runs.count <= this.ahead, 'no more invocations are under way than the runtime takes');
    const { requestId, timeoutMs } = invocation;
    const nonce = this.#parts.nonces.next();
    const stream = this.#openStream(nonce, invocation);
    this.#parts.channel.send(FRAME.invoke, invokeHead(nonce, invocation), invocation.payload);
    if (this.runs.count === 0) this.#parts.enclosure.setRunning(true);
    return new Promise((resolve) => {
      const settle = (outcome: Outcome) => {
        stream?.end();
        resolve(outcome);
      };
      this.runs.add({ requestId, nonce, timeoutMs, settle, stream, beganMs: undefined, isCalledBack: false });
    });
  }

  #openStream(nonce: string, { onStream }: SandboxInvocation): ResponseStream | undefined {
    if (onStream === undefined) return undefined;
    return new ResponseStream({
      onStream,
      grant: (bytes) => this.#parts.channel.send(FRAME.streamCredit, { nonce, bytes }),
      tellGone: () => this.#parts.channel.send(FRAME.streamGone, { nonce }),
    });
  }

  recall(requestId: string): void {
    const run = this.runs.callBack(requestId);
    if (run !== undefined) this.#parts.channel.send(FRAME.recall, { nonce: run.nonce });
  }

  #receiveStreamed({ kind, head, payload }: Frame): void {
    const stream = this.runs.streamOf(head['nonce']);
    const wrong =
      stream === undefined
        ? 'a part of a response that nobody asked to be streamed'
        : kind === FRAME.streamBegun
          ? stream.begin(head['contentType'])
          : stream.chunk(payload);
    if (wrong !== undefined) this.#parts.violated(wrong);
  }

  /** A part of an answer, an answer, or the confirmation that an event was taken back (I1). */
  receive(frame: Frame): void {
    const nonce = frame.head['nonce'];
    if (frame.kind === FRAME.streamBegun || frame.kind === FRAME.streamChunk) {
      this.#receiveStreamed(frame);
      return;
    }
    if (frame.kind === FRAME.recalled) {
      const run = this.runs.recalled(nonce);
      if (run === undefined) this.#parts.violated('a recall that nobody asked for, or of an invocation that had begun');
      else run.settle({ kind: 'recalled' });
      return;
    }
    const isLast = frame.kind === FRAME.tooLarge || frame.head['fatal'] === true;
    const run = this.runs.answered(nonce, isLast);
    if (run?.beganMs === undefined) {
      this.#parts.violated('an answer with a nonce that is not the question’s');
      return;
    }
    if (frame.kind === FRAME.returned && frame.payload.byteLength > 0 && run.stream?.hasBegun === true) {
      void this.#parts.terminate({ kind: 'violation', detail: 'a payload behind a response that was streamed' }, [run]);
      return;
    }
    if (this.#answered.length === 0) {
      this.#parts.output.beginDrain();
      onceEverythingIsRead(() => this.#concludeAll());
    }
    this.#answered.push({ run, frame, isLast, ranMs: this.#parts.clock.monotonicMs() - run.beganMs });
  }

  /** The answers of one turn, with their lines delivered (I2). */
  #concludeAll(): void {
    const answered = this.#answered;
    this.#answered = [];
    this.#parts.output.endDrain();
    if (this.runs.count === 0) this.#parts.enclosure.setRunning(false);
    if (this.#parts.meter.ranOutOfMemory() && !this.#parts.isDead()) {
      // Whichever of them it was that lost a child: half a function is no function.
      void this.#parts.terminate(
        { kind: 'exit', exit: KILLED },
        answered.map(({ run }) => run),
      );
      return;
    }
    const shares = sharedRunMs(answered.map(({ ranMs }) => ranMs));
    for (const [index, { run, frame, isLast }] of answered.entries()) {
      const outcome = outcomeOf(frame, shares[index]);
      if (isLast) void this.#parts.terminate({ kind: 'answered' }).then(() => run.settle(outcome));
      else run.settle(outcome);
    }
  }
}

/** A number that a runtime gave, where it is one that makes sense. */
function countUpTo(most: number, given: unknown, otherwise: number): number {
  return typeof given === 'number' && Number.isInteger(given) && given >= otherwise ? Math.min(given, most) : otherwise;
}
