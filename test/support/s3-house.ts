// Buckets behind a real gateway on a port of its own, with a client that knows the way in.

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { TestContext } from 'node:test';
import { createBuckets, type Buckets, type DestinationVerdict } from '#buckets';
import { createGateway } from '#gateway';
import { createKeys } from '#identity';
import type { AccountId, Log, Region, Scope } from '#kernel';
import { createBucketNotifications, createTestEvents } from '#sources';
import type { Blobs, Store } from '#store';
import { createCrossOriginRoute, createS3Handlers } from '../../src/gateway/s3/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { QuietLog } from './quiet-log.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

export interface S3House {
  readonly buckets: Buckets;
  readonly scope: Scope;
  readonly temporary: TemporaryStore;
  readonly log: QuietLog;
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** What the next destination of a notification is found to be. */
  verdict: DestinationVerdict;
  client(config?: S3ClientConfig): S3Client;
  close(): Promise<void>;
}

export const credentials = { accessKeyId: 'AKIAMAYFLYTEST000001', secretAccessKey: 'test-secret-test-secret-test-secret-0001' };
export const scope: Scope = { account: '111111111111' as AccountId, region: 'us-east-1' as Region };

export interface ServedBuckets {
  readonly buckets: Buckets;
  /** `http://127.0.0.1:…` */
  readonly endpoint: string;
  close(): Promise<void>;
}

/** The room and its operations on a port of their own, over a store that belongs to the caller. */
export async function serveBuckets(options: {
  readonly store: Store;
  readonly blobs: Blobs;
  readonly log: Log;
  readonly validateDestination: () => Promise<DestinationVerdict>;
}): Promise<ServedBuckets> {
  const { store, blobs, log, validateDestination } = options;
  const deliveriesFor = createBucketNotifications({ random: realRandom });
  const buckets = createBuckets({
    objects: store.objects,
    blobs,
    clock: realClock,
    random: realRandom,
    log,
    deliveriesFor,
    validateDestination,
    sendTestEvents: createTestEvents({ random: realRandom, deliveries: store.deliveries }),
  });
  const gateway = createGateway({
    services: { s3: { handlers: createS3Handlers({ buckets }) } },
    identity: createKeys({ account: scope.account, rootKey: credentials, random: realRandom }),
    routes: [createCrossOriginRoute({ buckets, scope, clock: realClock, log })],
    scope,
    clock: realClock,
    random: realRandom,
    log,
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  return {
    buckets,
    endpoint: `http://127.0.0.1:${port}`,
    async close() {
      await gateway.close(1000);
      await buckets.close();
    },
  };
}

export function s3Client(endpoint: string, config: S3ClientConfig = {}): S3Client {
  return new S3Client({ endpoint, region: scope.region, credentials, forcePathStyle: true, maxAttempts: 1, ...config });
}

export async function openS3House(): Promise<S3House> {
  const log = new QuietLog();
  const temporary = await openTemporaryStore({ clock: realClock, log });
  const state: { verdict: DestinationVerdict } = { verdict: { kind: 'valid' } };
  const { store, blobs } = temporary;
  const served = await serveBuckets({ store, blobs, log, validateDestination: () => Promise.resolve(state.verdict) });
  const clients: S3Client[] = [];
  return {
    buckets: served.buckets,
    scope,
    temporary,
    log,
    endpoint: served.endpoint,
    credentials,
    get verdict() {
      return state.verdict;
    },
    set verdict(verdict) {
      state.verdict = verdict;
    },
    client(config) {
      const client = s3Client(served.endpoint, config);
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) client.destroy();
      await served.close();
      await temporary.close();
    },
  };
}

/** Closed when the test ends. */
export async function s3House(test: Pick<TestContext, 'after'>): Promise<S3House> {
  const house = await openS3House();
  test.after(() => house.close());
  return house;
}
