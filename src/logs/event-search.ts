// Pages of events, sorted by time over any number of streams, in bounded memory and with bounded work.

import { setImmediate } from 'node:timers/promises';
import { LIMITS, type Clock } from '#kernel';
import type { IndexedLogChunk, LogIndex } from '#store';
import type { ChunkReader } from './chunk-reader.ts';
import { EventPage, type Direction } from './event-page.ts';
import { placeOf, type EventPlace } from './event-place.ts';
import { compareKeys, type EventKey, type LogEvent } from './log-event.ts';

export interface EventQuery extends EventPlace {
  /** Events in [from, to). */
  readonly fromMs: number;
  readonly toMs: number;
  readonly direction: Direction;
  /**
   * A gap between two events, named by the one behind it. Forwards the page has events from there on, backwards those before.
   * Undefined: from the oldest, or from the newest.
   */
  readonly gap: EventKey | undefined;
  readonly limit: number;
  readonly matches: (text: string) => boolean;
}

export interface FoundEvents {
  /** In the direction of reading. */
  readonly events: readonly LogEvent[];
  /** Where to go on. */
  readonly gap: EventKey;
  /** Nothing more is there now. */
  readonly isEnd: boolean;
}

export interface SearchDependencies {
  readonly index: LogIndex;
  readonly reader: ChunkReader;
  readonly clock: Clock;
}

const CHUNKS_PER_QUERY = 64;
/** Others get their turn after so long. */
const TURN_MS = 8;

/** Before all events, and after all of them: timestamps are below 10^15, the year 33658. */
const FIRST: EventKey = { timestampMs: 0, sequence: 0, index: 0 };
const LAST: EventKey = { timestampMs: 999_999_999_999_999, sequence: 0, index: 0 };

/**
 * Chunks come in the order of their times, so once a page is full, the first chunk that begins behind its last event ends the
 * search. When much text was read without filling a page, the search stops at the next chunk's time: all events before that are
 * known, and the gap stands there.
 */
export async function searchEvents({ index, reader, clock }: SearchDependencies, query: EventQuery): Promise<FoundEvents> {
  const isForward = query.direction === 'forward';
  const start = query.gap ?? (isForward ? FIRST : LAST);
  const fromMs = isForward ? Math.max(query.fromMs, start.timestampMs) : query.fromMs;
  const toMs = isForward ? query.toMs : Math.min(query.toMs, start.timestampMs + 1);
  if (fromMs >= toMs) return { events: [], gap: start, isEnd: true };

  const page = new EventPage(query.direction, query.limit);
  const turn = new Turn(clock);
  let readBytes = 0;
  for await (const chunks of chunksInOrder(index, { ...placeOf(query), fromMs, toMs }, query.direction)) {
    for await (const { chunk, events } of reader.read(chunks)) {
      const edge = page.edge;
      if (edge !== undefined && isBehind(chunk, edge, query.direction)) return foundAll(page, query.direction, start);
      if (readBytes > LIMITS.logSearchBytes) {
        const gap = gapBefore(chunk, query.direction);
        // Without progress the caller would come back with the same gap for ever.
        if (compareKeys(gap, start) !== 0) return foundUpTo(page, query.direction, gap);
      }
      for (const event of events) {
        readBytes += event.text.length;
        if (event.timestampMs < fromMs || event.timestampMs >= toMs || isBeforeGap(event, start, query.direction)) continue;
        if (query.matches(event.text)) page.add(event);
        if (turn.isOver) await turn.next();
      }
    }
  }
  return foundAll(page, query.direction, start);
}

async function* chunksInOrder(
  index: LogIndex,
  range: EventPlace & { readonly fromMs: number; readonly toMs: number },
  direction: Direction,
): AsyncGenerator<readonly IndexedLogChunk[]> {
  const order = direction === 'forward' ? 'oldest' : 'newest';
  let after: { readonly timestampMs: number; readonly sequence: number } | undefined;
  for (;;) {
    const chunks = await index.chunksByTime({
      ...range,
      order,
      limit: CHUNKS_PER_QUERY,
      ...(after === undefined ? {} : { after }),
    });
    yield chunks;
    const last = chunks.at(-1);
    if (last === undefined || chunks.length < CHUNKS_PER_QUERY) return;
    after = { timestampMs: order === 'oldest' ? last.firstTimestampMs : last.lastTimestampMs, sequence: last.sequence };
  }
}

/** Nothing of the chunk, nor of any after it, is better than `edge`. */
function isBehind(chunk: IndexedLogChunk, edge: EventKey, direction: Direction): boolean {
  return direction === 'forward' ? chunk.firstTimestampMs > edge.timestampMs : chunk.lastTimestampMs < edge.timestampMs;
}

function isBeforeGap(event: LogEvent, gap: EventKey, direction: Direction): boolean {
  return direction === 'forward' ? compareKeys(event, gap) < 0 : compareKeys(event, gap) >= 0;
}

/** The gap up to which all events are known when this chunk is the next to be read. */
function gapBefore(chunk: IndexedLogChunk, direction: Direction): EventKey {
  const timestampMs = direction === 'forward' ? chunk.firstTimestampMs : chunk.lastTimestampMs + 1;
  return { timestampMs, sequence: 0, index: 0 };
}

function foundAll(page: EventPage, direction: Direction, start: EventKey): FoundEvents {
  const events = page.take();
  const last = events.at(-1);
  const gap = last === undefined ? start : gapAfter(last, direction);
  return { events, gap, isEnd: page.edge === undefined };
}

function foundUpTo(page: EventPage, direction: Direction, gap: EventKey): FoundEvents {
  return { events: page.take().filter((event) => isBeforeGap(event, gap, direction)), gap, isEnd: false };
}

/** In the direction of reading. */
export function gapAfter({ timestampMs, sequence, index }: EventKey, direction: Direction): EventKey {
  return { timestampMs, sequence, index: direction === 'forward' ? index + 1 : index };
}

/** Lets others have their turn when a search has had the event loop for long. */
class Turn {
  readonly #clock: Clock;
  #startMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() - this.#startMs > TURN_MS;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#startMs = this.#clock.monotonicMs();
  }
}
