// What a function prints, cut into lines: bounded in length, in bytes per invocation and in rate.
//
// Owns: the two pipes of one sandbox and the beginnings of lines that have not ended yet.
// Invariants:
//   I1 Never more than one unfinished line per pipe is held, and none longer than a line may be.
//   I2 A function that prints faster than its allowance is made to wait (its pipe is not read); only what exceeds the budget of an
//      invocation is dropped, and a line says so.
//   I3 After `drain()`, and between `beginDrain()` and an `endDrain()` that comes when everything was read, what was in the pipes at the
//      beginning has been delivered.

import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

import { LIMITS } from '#kernel';
import type { Clock } from '#kernel';
import type { OutputLine } from './sandbox.ts';
import { onceEverythingIsRead } from './turns.ts';

const PAUSE_MS = 50;

export const CUT_MARKER = '… [line cut by Mayfly]';
const DROPPED_LINE = `[Mayfly: this invocation printed more than ${LIMITS.invocationOutputBytes / 1024 / 1024} MiB; the rest is not kept]`;

type StreamName = OutputLine['stream'];
type Listener = (lines: readonly OutputLine[]) => void;

export class Output {
  readonly #clock: Clock;
  readonly #pipes: readonly Pipe[];
  #listener: Listener | undefined;
  #collecting = false;
  #tokens = LIMITS.outputBurstBytes;
  #refilledAtMs: number;
  #invocationBytes = 0;
  /** How many drains are under way: nobody is made to wait meanwhile. */
  #drains = 0;
  #isPaused = false;

  constructor({ clock, stdout, stderr }: { readonly clock: Clock; readonly stdout: Readable; readonly stderr: Readable }) {
    this.#clock = clock;
    this.#refilledAtMs = clock.monotonicMs();
    this.#pipes = [this.#open('stdout', stdout), this.#open('stderr', stderr)];
  }

  onLines(listener: Listener): void {
    this.#listener = listener;
  }

  /** From now on lines are the function's; what an agent says before is only kept in `tail`. */
  collect(): void {
    for (const pipe of this.#pipes) pipe.reset();
    this.#collecting = true;
  }

  /** The last that was printed on stderr, for the diagnosis of a sandbox that did not start or ended. */
  get tail(): string {
    return this.#pipes.map((pipe) => pipe.tail).join('');
  }

  beginInvocation(): void {
    this.#invocationBytes = 0;
  }

  /**
   * Resolves after I3. The writer's bytes are in the kernel when its answer is, so one complete poll of the event loop that begins now
   * reads them. Nothing inside has to cooperate, so nothing inside can make it hang.
   */
  async drain(): Promise<void> {
    this.beginDrain();
    await new Promise<void>((resolve) => onceEverythingIsRead(resolve));
    this.endDrain();
  }

  /** The two halves of `drain`, for who has the turn in his own hands. */
  beginDrain(): void {
    this.#drains += 1;
    if (this.#isPaused) this.#resume();
  }

  endDrain(): void {
    this.#drains -= 1;
    for (const pipe of this.#pipes) this.#deliver(pipe.name, pipe.flush());
  }

  close(): void {
    for (const pipe of this.#pipes) pipe.stream.destroy();
  }

  #open(name: StreamName, stream: Readable): Pipe {
    const pipe = new Pipe(name, stream);
    stream.on('data', (chunk: Buffer) => this.#receive(pipe, chunk));
    // The pipe of a killed process may end with an error; its exit says all there is to say.
    stream.on('error', () => stream.destroy());
    return pipe;
  }

  #receive(pipe: Pipe, chunk: Buffer): void {
    const lines = pipe.push(chunk);
    if (!this.#collecting) return;
    const before = this.#invocationBytes;
    this.#invocationBytes += chunk.byteLength;
    if (before <= LIMITS.invocationOutputBytes) {
      this.#deliver(pipe.name, lines);
      if (this.#invocationBytes > LIMITS.invocationOutputBytes) this.#deliver(pipe.name, [DROPPED_LINE]);
    } else pipe.flush();
    this.#pace(chunk.byteLength);
  }

  #deliver(stream: StreamName, texts: readonly string[]): void {
    if (texts.length === 0 || !this.#collecting) return;
    const timestampMs = this.#clock.now();
    this.#listener?.(texts.map((text) => ({ timestampMs, stream, text })));
  }

  /** A token bucket; an empty one stops the reading of both pipes for a while (I2). */
  #pace(bytes: number): void {
    const now = this.#clock.monotonicMs();
    this.#tokens = Math.min(LIMITS.outputBurstBytes, this.#tokens + (now - this.#refilledAtMs) * LIMITS.outputBytesPerMs) - bytes;
    this.#refilledAtMs = now;
    if (this.#tokens >= 0 || this.#drains > 0) return;
    this.#isPaused = true;
    for (const pipe of this.#pipes) pipe.stream.pause();
    this.#clock.after(PAUSE_MS, () => this.#resume());
  }

  #resume(): void {
    this.#isPaused = false;
    for (const pipe of this.#pipes) pipe.stream.resume();
  }
}

const TAIL_CHARACTERS = 4096;
const NO_LINES: readonly string[] = [];

/** One pipe's bytes into lines. */
class Pipe {
  readonly name: StreamName;
  readonly stream: Readable;
  readonly #decoder = new StringDecoder('utf8');
  #unfinished = '';
  /** The rest of a line that was cut is skipped up to its newline. */
  #skipping = false;
  tail = '';

  constructor(name: StreamName, stream: Readable) {
    this.name = name;
    this.stream = stream;
  }

  push(chunk: Buffer): readonly string[] {
    const text = this.#decoder.write(chunk);
    this.tail = (this.tail + text).slice(-TAIL_CHARACTERS);
    const pieces = text.split('\n');
    const rest = pieces.pop() ?? '';
    const lines: string[] = [];
    for (const piece of pieces) {
      this.#append(piece, lines);
      if (!this.#skipping) lines.push(restoreNewlines(this.#unfinished));
      this.#unfinished = '';
      this.#skipping = false;
    }
    this.#append(rest, lines);
    return lines;
  }

  #append(piece: string, lines: string[]): void {
    if (this.#skipping) return;
    if (this.#unfinished.length + piece.length <= LIMITS.outputLineCharacters) {
      this.#unfinished += piece;
      return;
    }
    lines.push(restoreNewlines((this.#unfinished + piece).slice(0, LIMITS.outputLineCharacters)) + CUT_MARKER);
    this.#unfinished = '';
    this.#skipping = true;
  }

  /** A line that its writer has not ended counts as one when an invocation ends. */
  flush(): readonly string[] {
    const text = this.#unfinished;
    this.#unfinished = '';
    return text === '' ? NO_LINES : [restoreNewlines(text)];
  }

  reset(): void {
    this.#unfinished = '';
    this.#skipping = false;
    this.tail = '';
  }
}

/** The agent sends the newlines inside one console call as NUL, so that they stay one event. */
function restoreNewlines(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\n') : text;
}
