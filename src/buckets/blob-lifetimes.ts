// How long blobs live: a reader finishes though its object is overwritten, and what nothing points at any more is removed.
//
// Owns the pins of readers, and the orphans that wait for them.
// Never decides what is visible: only the store's steps do.
//
// I1 A blob that is pinned is not removed. Whoever looks an object up is waited for until it has pinned what it found.
// I2 A blob is removed only after the store was asked again whether something points at it: a copy that was under way when the
//    blob was let go may have made it part of another object, and a step whose answer was lost may have happened.
// I3 The sweep looks only at what earlier processes wrote (`Blobs.list` leaves out the rest): an upload under way is between its
//    blob and its row for a moment.
//
// All this is about one process. Where several share the blobs, a removal has to wait for longer than any read takes.

import type { Log } from '#kernel';
import type { Blobs, ObjectEntry, ObjectIndex } from '#store';

export interface Held {
  readonly entry: ObjectEntry;
  /** Lets the blobs go; more than once is harmless. */
  release(): void;
}

export interface BlobLifetimes {
  /** Finds an entry and pins its blobs in one go. */
  hold(find: () => Promise<ObjectEntry | undefined>): Promise<Held | undefined>;
  /** For what a step of the store gave back, or what was written for a step that failed: removed once nobody reads it or points at it. */
  letGo(blobs: readonly string[]): void;
  /** Removes blobs that nothing points at: what a killed process left. Once, at the start. Returns how many. */
  sweep(signal: AbortSignal): Promise<number>;
  /** Resolves when no removal is under way. */
  settled(): Promise<void>;
}

/** A blob on its way out. Once it is `held`, the last reader to finish goes on with it. */
interface Farewell {
  readonly blob: string;
  isHeld: boolean;
}

const SWEEP_PAGE = 500;
/** Blobs that are removed together: an upload may have left ten thousand parts. */
const REMOVAL_BATCH = 500;

export function createBlobLifetimes(rooms: {
  readonly objects: ObjectIndex;
  readonly blobs: Blobs;
  readonly log: Log;
}): BlobLifetimes {
  const { objects, blobs, log } = rooms;
  const pins = new Map<string, number>();
  /** The latest farewell of a blob; an earlier one that finds another in its place leaves the blob to it. */
  const farewells = new Map<string, Farewell>();
  const lookups = new Set<Promise<unknown>>();
  /** What was let go while others were being removed: it goes with the next ones, in one step for all. */
  const waiting: string[] = [];
  let removing: Promise<void> | undefined;

  function pin(entry: ObjectEntry): Held {
    for (const { blob } of entry.blobs) pins.set(blob, (pins.get(blob) ?? 0) + 1);
    let isHeld = true;
    return {
      entry,
      release() {
        if (isHeld) unpin(entry);
        isHeld = false;
      },
    };
  }

  function unpin(entry: ObjectEntry): void {
    const free: string[] = [];
    for (const { blob } of entry.blobs) {
      const others = (pins.get(blob) ?? 1) - 1;
      if (others > 0) {
        pins.set(blob, others);
        continue;
      }
      pins.delete(blob);
      if (farewells.get(blob)?.isHeld) free.push(blob);
    }
    if (free.length > 0) letGo(free);
  }

  function bid(blob: string): Farewell {
    const farewell = { blob, isHeld: false };
    farewells.set(blob, farewell);
    return farewell;
  }

  const isCurrent = (farewell: Farewell) => farewells.get(farewell.blob) === farewell;

  /** Returns how many went. */
  async function removeIdle(candidates: readonly string[]): Promise<number> {
    const bidden = candidates.map(bid);
    await Promise.allSettled(lookups);
    const idle = bidden.filter((farewell) => isCurrent(farewell) && !stays(farewell));
    if (idle.length === 0) return 0;
    try {
      const referenced = await objects.referenced(idle.map(({ blob }) => blob));
      const gone = idle.filter((farewell) => isCurrent(farewell) && !referenced.has(farewell.blob) && !stays(farewell));
      if (gone.length > 0) await blobs.remove(gone.map(({ blob }) => blob));
      return gone.length;
    } finally {
      for (const farewell of idle) if (isCurrent(farewell) && !farewell.isHeld) farewells.delete(farewell.blob);
    }
  }

  /** I1 */
  function stays(farewell: Farewell): boolean {
    farewell.isHeld = pins.has(farewell.blob);
    return farewell.isHeld;
  }

  function letGo(candidates: readonly string[]): void {
    waiting.push(...candidates);
    if (waiting.length > 0) removing ??= removeWaiting();
  }

  /** A removal that fails costs space until the next start's sweep, and nothing else: it is noted, and nobody waits for it. */
  async function removeWaiting(): Promise<void> {
    while (waiting.length > 0) {
      const candidates = waiting.splice(0, REMOVAL_BATCH);
      try {
        await removeIdle(candidates);
      } catch (error) {
        log.write('warn', 'buckets.blobs-left', { error: String(error), mend: 'The next start removes what nothing points at.' });
      }
    }
    removing = undefined;
  }

  async function sweep(signal: AbortSignal): Promise<number> {
    let removed = 0;
    let after: string | undefined;
    while (!signal.aborted) {
      const page = await blobs.list(after, SWEEP_PAGE);
      if (page.length === 0) break;
      const referenced = await objects.referenced(page);
      removed += await removeIdle(page.filter((blob) => !referenced.has(blob)));
      after = page.at(-1);
    }
    return removed;
  }

  return {
    hold: (find) =>
      track(
        lookups,
        find().then((entry) => (entry === undefined ? undefined : pin(entry))),
      ),
    letGo,
    sweep,
    async settled() {
      await removing;
    },
  };
}

/** Keeps a promise in a set for as long as it is pending. */
function track<Value>(pending: Set<Promise<unknown>>, promise: Promise<Value>): Promise<Value> {
  pending.add(promise);
  const done = () => void pending.delete(promise);
  promise.then(done, done);
  return promise;
}
