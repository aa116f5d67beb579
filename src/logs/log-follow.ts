// Follows the log of a group as it comes in: every event once, in the order in which chunks were added.

import type { Clock } from '#kernel';
import type { IndexedLogChunk, LogIndex, Store } from '#store';
import type { ChunkReader } from './chunk-reader.ts';
import { placeOf, type EventPlace } from './event-place.ts';
import type { LogEvent } from './log-event.ts';

export interface FollowQuery extends EventPlace {
  /** Begins with what has this time or a later one. Undefined: with what comes in from now on, whatever its time. */
  readonly fromMs?: number;
  readonly matches: (event: LogEvent) => boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

export interface FollowDependencies {
  readonly index: LogIndex;
  readonly reader: ChunkReader;
  readonly store: Pick<Store, 'changed'>;
  readonly clock: Clock;
}

const CHUNKS_PER_QUERY = 64;
/** A notice may be lost; then a follower looks by itself. */
const LOOK_EVERY_MS = 5000;

/** Yields the matching events of a chunk at a time. A slow reader falls behind and loses nothing, unless retention removes it. */
export async function* followEvents(dependencies: FollowDependencies, query: FollowQuery): AsyncGenerator<readonly LogEvent[]> {
  const { index, reader, store, clock } = dependencies;
  const { fromMs, matches, signal } = query;
  const place = placeOf(query);
  const bell = new Bell(clock, signal);
  const unsubscribe = store.changed('logs', () => bell.ring());
  try {
    let afterSequence = fromMs === undefined ? await newestSequence(index, place) : 0;
    while (!signal.aborted) {
      const heard = bell.listen();
      const chunks = await index.chunks({
        ...place,
        ...(fromMs === undefined ? {} : { fromMs }),
        afterSequence,
        limit: CHUNKS_PER_QUERY,
      });
      for await (const { events } of reader.read(chunks)) {
        const found = events.filter((event) => (fromMs === undefined || event.timestampMs >= fromMs) && matches(event));
        if (found.length > 0) yield found;
        if (signal.aborted) return;
      }
      afterSequence = chunks.at(-1)?.sequence ?? afterSequence;
      if (chunks.length < CHUNKS_PER_QUERY) await heard();
    }
  } finally {
    unsubscribe();
    bell.close();
  }
}

/** From the chunk with the latest time it is mostly a step to the one that was added last. */
async function newestSequence(index: LogIndex, place: EventPlace): Promise<number> {
  const latest = await index.chunksByTime({ ...place, order: 'newest', limit: 1 });
  let afterSequence = latest[0]?.sequence ?? 0;
  for (;;) {
    const chunks: readonly IndexedLogChunk[] = await index.chunks({ ...place, afterSequence, limit: CHUNKS_PER_QUERY });
    afterSequence = chunks.at(-1)?.sequence ?? afterSequence;
    if (chunks.length < CHUNKS_PER_QUERY) return afterSequence;
  }
}

/** Rings for a notice, for the end, and now and then by itself. */
class Bell {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #ring: () => void = () => undefined;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.ring();

  ring(): void {
    this.#ring();
  }

  /** What rings from now on is heard, also before the wait begins. */
  listen(): () => Promise<void> {
    const rung = Promise.withResolvers<void>();
    this.#ring = rung.resolve;
    return async () => {
      if (this.#signal.aborted) return;
      const timer = this.#clock.after(LOOK_EVERY_MS, () => rung.resolve());
      await rung.promise;
      timer.cancel();
    };
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
