// The buckets room on a real store, without a gateway: for tests of what lies below the wire.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { createBuckets, type Actor, type Buckets, type Content, type ObjectChange, type ObjectDescription } from '#buckets';
import type { AccountId, Region, Scope } from '#kernel';
import { FakeClock } from './fake-clock.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';
import { temporaryStore, type TemporaryStore } from './temporary-store.ts';

export const scope: Scope = { account: '111111111111' as AccountId, region: 'us-east-1' as Region };
export const actor: Actor = { requestId: 'request', principalId: 'AWS:test', sourceAddress: '127.0.0.1' };
export const plain: ObjectDescription = { headers: {}, metadata: {}, tags: {} };

export interface BucketsHouse {
  readonly buckets: Buckets;
  readonly temporary: TemporaryStore;
  readonly clock: FakeClock;
  readonly log: QuietLog;
  /** What the room asked deliveries for, in order. */
  readonly changes: ObjectChange[];
  put(key: string, content: string | Uint8Array, bucket?: string): ReturnType<Buckets['putObject']>;
  text(key: string, bucket?: string): Promise<string>;
  /** Every file that holds content: committed blobs and parts of some. */
  files(): readonly string[];
}

/** With a bucket `box`, whose changes are all noted. */
export async function bucketsHouse(test: Pick<TestContext, 'after'>): Promise<BucketsHouse> {
  const clock = new FakeClock();
  const log = new QuietLog();
  const temporary = await temporaryStore(test, { clock, log });
  const changes: ObjectChange[] = [];
  const buckets = createBuckets({
    objects: temporary.store.objects,
    blobs: temporary.blobs,
    clock,
    random: seededRandom(1),
    log,
    deliveriesFor(change) {
      changes.push(change);
      return [
        {
          id: `${change.sequencer}-${changes.length}`,
          scope: change.scope,
          lane: 'invoke',
          target: 'arn:test',
          payload: Buffer.from(change.event),
          attributes: {},
          acceptedAtMs: change.atMs,
          dueAtMs: change.atMs,
        },
      ];
    },
    validateDestination: () => Promise.resolve({ kind: 'valid' }),
    sendTestEvents: () => Promise.resolve(),
  });
  test.after(() => buckets.close());
  await buckets.createBucket({ scope, bucket: 'box' });
  const arn = 'arn:aws:lambda:us-east-1:111111111111:function:f';
  const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'];
  const rules = [{ id: 'all', kind: 'function', arn, events, prefix: '', suffix: '' }] as const;
  const change = { skipsValidation: false, requestId: actor.requestId };
  await buckets.setNotifications({ scope, bucket: 'box' }, { rules, tellsEventBridge: false }, change);
  return {
    buckets,
    temporary,
    clock,
    log,
    changes,
    put: (key, content, bucket = 'box') =>
      buckets.putObject({
        scope,
        bucket,
        key,
        content: contentOf(content),
        description: plain,
        condition: { kind: 'none' },
        actor,
      }),
    async text(key, bucket = 'box') {
      const { content } = await buckets.readObject(scope, bucket, key);
      return Buffer.concat(await content.toArray()).toString();
    },
    files: () =>
      readdirSync(join(temporary.folder, 'blobs'), { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? entry.name : [],
      ),
  };
}

export function contentOf(content: string | Uint8Array, ...more: readonly (string | Uint8Array)[]): Content {
  const chunks = [content, ...more].map((chunk) => Buffer.from(chunk));
  return { body: arriving(chunks), bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) };
}

/** A body that arrives in pieces, and breaks off with an error if one is given. */
export async function* arriving(chunks: readonly Uint8Array[], error?: Error): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield chunk;
  if (error !== undefined) throw error;
}

/** What a read came to, whichever form it has. */
export async function bytesOf(body: Uint8Array | Readable): Promise<Buffer> {
  return body instanceof Uint8Array ? Buffer.from(body) : Buffer.concat(await body.toArray());
}
