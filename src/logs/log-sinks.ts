// Where functions' output goes: buffers that are emptied into chunks, and never hold up an invocation. Measured: four lines and a
// flush cost the event loop 11 µs; lines without end cost it 0.8 µs each.
//
// Owns: the lines that are not yet in a segment, and the one timer for all of them.
// Never: throws at whoever writes, or waits for a disk.
// Invariants:
//   I1  A sink holds less than a chunk of lines between two calls, and none longer than `logChunkWaitMs`; all together hold no
//       more than `logBufferedBytes`, and a chunk.
//   I2  A line is appended once, in its order, or counted as dropped; where lines are missing, a line in the log says how many.
//   I3  What was flushed in one turn is one write.

import { LIMITS, type Clock, type Scope, type Timer } from '#kernel';
import { encodeChunk, type EncodedChunk } from './chunk.ts';
import { bytesOf, chunkPieces, cutText } from './chunk-pieces.ts';
import { FloodGate } from './flood-gate.ts';
import type { LogLine } from './log-event.ts';
import type { LossCounter } from './loss-counter.ts';

/** UTF-8 takes at most three bytes a UTF-16 unit. */
const SURELY_FITS = (LIMITS.logEventBytes - LIMITS.logEventOverheadBytes) / 3;

export interface LogSink {
  /** Takes the lines and returns at once. */
  write(lines: readonly LogLine[]): void;
  /** What was written so far is in a segment before the event loop goes on: at the end of an invocation. */
  flush(): void;
  /** Flushes. Nothing may be written afterwards. */
  close(): void;
}

export interface SinkPlace {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
}

export interface LogSinksOptions {
  readonly append: (chunks: readonly EncodedChunk[]) => void;
  readonly clock: Clock;
  readonly losses: LossCounter;
}

type LossReason = 'flood' | 'disk';

interface Loss {
  readonly reason: LossReason;
  readonly sinceMs: number;
  lines: number;
  bytes: number;
}

interface Buffered {
  readonly place: SinkPlace;
  readonly gate: FloodGate;
  lines: LogLine[];
  bytes: number;
  /** Lines that are missing and not yet told of in the log. */
  losses: Loss[];
}

export class LogSinks {
  readonly #options: LogSinksOptions;
  /** The sinks with something to append (I1). */
  readonly #waiting = new Set<Buffered>();
  readonly #due = new Set<Buffered>();
  #timer: Timer | undefined;
  #open = 0;
  #bytes = 0;

  constructor(options: LogSinksOptions) {
    this.#options = options;
  }

  get openSinks(): number {
    return this.#open;
  }

  open(place: SinkPlace): LogSink {
    const buffered: Buffered = { place, gate: new FloodGate(this.#options.clock.monotonicMs()), lines: [], bytes: 0, losses: [] };
    let isOpen = true;
    this.#open += 1;
    return {
      write: (lines) => this.#write(buffered, lines),
      flush: () => this.#flushSoon(buffered),
      close: () => {
        this.#flushSoon(buffered);
        if (isOpen) this.#open -= 1;
        isOpen = false;
      },
    };
  }

  /** Appends what all sinks hold. */
  flushAll(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#appendAll([...this.#waiting]);
  }

  #write(buffered: Buffered, lines: readonly LogLine[]): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const line of lines) {
      if (line.text.length < SURELY_FITS && Number.isInteger(line.timestampMs)) this.#take(buffered, line, nowMs);
      else this.#takeParts(buffered, line, nowMs);
    }
    if (buffered.lines.length === 0 && buffered.losses.length === 0) return;
    this.#waiting.add(buffered);
    this.#timer ??= this.#options.clock.after(LIMITS.logChunkWaitMs, () => this.flushAll());
  }

  #takeParts(buffered: Buffered, { timestampMs, text }: LogLine, nowMs: number): void {
    for (const part of cutText(text, LIMITS.logEventBytes - LIMITS.logEventOverheadBytes)) {
      this.#take(buffered, { timestampMs: Math.floor(timestampMs), text: part }, nowMs);
    }
  }

  #take(buffered: Buffered, line: LogLine, nowMs: number): void {
    const bytes = bytesOf(line);
    if (!buffered.gate.pass(bytes, nowMs)) {
      this.#lose(buffered, 'flood', [line]);
      return;
    }
    buffered.lines.push(line);
    buffered.bytes += bytes;
    this.#bytes += bytes;
    if (buffered.bytes >= LIMITS.logChunkBytes) this.#appendAll([buffered]);
    // This one may not be among the waiting yet; it holds less than a chunk.
    else if (this.#bytes >= LIMITS.logBufferedBytes) this.flushAll();
  }

  /** In a microtask: before any other callback runs, and once for all invocations that end in this one (I3). */
  #flushSoon(buffered: Buffered): void {
    if (this.#due.size === 0) {
      queueMicrotask(() => {
        const due = [...this.#due];
        this.#due.clear();
        this.#appendAll(due);
      });
    }
    this.#due.add(buffered);
  }

  #appendAll(sinks: readonly Buffered[]): void {
    const full = sinks.filter((buffered) => buffered.lines.length > 0 || buffered.losses.length > 0);
    for (const buffered of sinks) this.#waiting.delete(buffered);
    if (full.length === 0) return;
    const ingestedAtMs = this.#options.clock.now();
    const chunks = full.flatMap((buffered) =>
      chunkPieces(linesOf(buffered)).map((piece) => encodeChunk({ ...buffered.place, ingestedAtMs }, piece)),
    );
    try {
      this.#options.append(chunks);
      for (const buffered of full) buffered.losses = [];
    } catch (error) {
      // A function goes on when its log cannot be written; the log says so when it can be written again (I2).
      this.#options.losses.noteDisk(error);
      for (const buffered of full) this.#lose(buffered, 'disk', buffered.lines);
    }
    for (const buffered of full) {
      this.#bytes -= buffered.bytes;
      buffered.lines = [];
      buffered.bytes = 0;
    }
  }

  #lose(buffered: Buffered, reason: LossReason, lines: readonly LogLine[]): void {
    const [first] = lines;
    if (first === undefined) return;
    let loss = buffered.losses.find((known) => known.reason === reason);
    if (loss === undefined) {
      loss = { reason, sinceMs: first.timestampMs, lines: 0, bytes: 0 };
      buffered.losses.push(loss);
    }
    const bytes = lines.reduce((sum, line) => sum + bytesOf(line), 0);
    loss.lines += lines.length;
    loss.bytes += bytes;
    this.#options.losses.count(lines.length, bytes);
  }
}

/** The lines with a line before them for each kind of loss. */
function linesOf({ lines, losses }: Buffered): readonly LogLine[] {
  return [...losses.map((loss) => ({ timestampMs: loss.sinceMs, text: lossText(loss) })), ...lines];
}

function lossText({ reason, lines, bytes }: Loss): string {
  const what = `[mayfly] ${lines} log ${lines === 1 ? 'line' : 'lines'} (${bytes} bytes) of this instance ${lines === 1 ? 'is' : 'are'} missing here: `;
  switch (reason) {
    case 'flood':
      return `${what}it wrote more than ${LIMITS.logFloodBytesPerSecond / (1024 * 1024)} MiB a second.`;
    case 'disk':
      return `${what}the platform could not write to its disk.`;
    default:
      return reason satisfies never;
  }
}
