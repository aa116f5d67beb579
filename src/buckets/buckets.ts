// The room put together: every verb bound to what it works with, and the sweep of what an earlier process left behind.

import { Readable } from 'node:stream';
import type { Scope } from '#kernel';
import { createBlobLifetimes } from './blob-lifetimes.ts';
import { requireBucket } from './bucket-settings.ts';
import { createBucket, listBuckets, removeBucket, setBucketTags, setCors, setNotifications, setRemoved } from './bucket-verbs.ts';
import { createSpareBuffers } from './content-stream.ts';
import { copyObject } from './copying.ts';
import { createChangeSequence } from './object-change.ts';
import { listObjects } from './object-listing.ts';
import { headObject, openObject } from './object-reading.ts';
import { getObjectTags, putObject, removeObject, removeObjects, setObjectTags } from './objects.ts';
import type { BucketsDependencies, Room } from './room.ts';
import { completeUpload } from './upload-completion.ts';
import { abortUpload, copyPart, listParts, listUploads, putPart, startUpload } from './uploads.ts';

const VERBS = {
  createBucket,
  removeBucket,
  listBuckets,
  setBucketTags,
  setCors,
  setNotifications,
  setRemoved,
  putObject,
  headObject,
  openObject,
  removeObject,
  removeObjects,
  getObjectTags,
  setObjectTags,
  copyObject,
  listObjects,
  startUpload,
  putPart,
  copyPart,
  listParts,
  listUploads,
  completeUpload,
  abortUpload,
} as const;

type Bound = {
  readonly [Verb in keyof typeof VERBS]: (typeof VERBS)[Verb] extends (room: Room, ...rest: infer Rest) => infer Result
    ? (...rest: Rest) => Result
    : never;
};

export interface Buckets extends Bound {
  /** Throws NoSuchBucket when there is none. */
  getBucket(ref: Parameters<typeof requireBucket>[1]): ReturnType<typeof requireBucket>;
  /** An object's content as it is now, for other rooms: a function's code, for example. Throws NoSuchBucket or NoSuchKey. */
  readObject(
    scope: Scope,
    bucket: string,
    key: string,
  ): Promise<{ readonly bytes: number; readonly etag: string; readonly content: Readable }>;
  /** Resolves when the sweep of the start is over: with how many blobs it removed, of uploads that a killed process left. */
  readonly swept: Promise<number>;
  /** Stops the sweep and waits for removals under way. Requests must have ended. */
  close(): Promise<void>;
}

export function createBuckets(dependencies: BucketsDependencies): Buckets {
  const { objects, clock, log } = dependencies;
  const lifetimes = createBlobLifetimes(dependencies);
  const room: Room = { ...dependencies, lifetimes, sequence: createChangeSequence(clock), buffers: createSpareBuffers() };
  const closing = new AbortController();
  const swept = sweep();

  async function sweep(): Promise<number> {
    try {
      const removed = await lifetimes.sweep(closing.signal);
      if (removed > 0) log.write('info', 'buckets.swept', { removed });
      return removed;
    } catch (error) {
      // What is left costs space, and the next start tries again: no reason not to serve.
      log.write('warn', 'buckets.sweep-failed', { error: String(error) });
      return 0;
    }
  }

  return {
    ...bind(room),
    getBucket: (ref) => requireBucket(objects, ref),
    async readObject(scope, bucket, key) {
      const { bytes, etag, body } = await openObject(room, { scope, bucket, key, conditions: {} });
      return { bytes, etag, content: body instanceof Uint8Array ? Readable.from([body], { objectMode: false }) : body };
    },
    swept,
    async close() {
      closing.abort();
      await swept;
      await lifetimes.settled();
    },
  };
}

function bind(room: Room): Bound {
  const entries = Object.entries(VERBS).map(([name, verb]) => [
    name,
    (verb as (...all: readonly unknown[]) => unknown).bind(undefined, room),
  ]);
  return Object.fromEntries(entries) as Bound;
}
