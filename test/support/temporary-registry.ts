// A registry of its own for a test, on a real store in a temporary folder, with clocks and buckets that the test has in hand.

import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { AccountId, Clock, NetworkMode, Random, Region, Scope } from '#kernel';
import type { Registry, RegistryDependencies } from '#registry';
import { createRegistry } from '#registry';
import type { LocalBlobs, Store } from '#store';
import { openLocalBlobs, openSqliteStore } from '#store';
import { removeTree } from '../../src/registry/code/remove-tree.ts';
import { FakeClock } from './fake-clock.ts';
import { QuietLog } from './quiet-log.ts';

export const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };
export const ROLE = 'arn:aws:iam::000000000000:role/tester';
export const HOST_ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';

export const trueRandom: Random = {
  uuid: () => randomUUID(),
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};

export interface TemporaryRegistry {
  readonly folder: string;
  readonly codeFolder: string;
  readonly store: Store;
  readonly blobs: LocalBlobs;
  readonly clock: Clock;
  readonly log: QuietLog;
  readonly registry: Registry;
  /** Objects that S3Bucket and S3Key find, as `bucket/key`. */
  readonly objects: Map<string, Uint8Array>;
  /** From now on the machine can enforce these networks and no other. */
  enforces(networks: readonly NetworkMode[]): void;
  close(): Promise<void>;
}

export interface TemporaryRegistryOptions extends Partial<
  Pick<RegistryDependencies, 'random' | 'secretKey' | 'earlierSecretKeys' | 'clock' | 'prepareRuntime'>
> {
  /** A folder of an earlier registry that was closed with `keep`, to start on what it left. */
  readonly folder?: string;
  readonly keep?: boolean;
  /** What the machine can enforce: the platform's alone, unless the test says more. */
  readonly networks?: readonly NetworkMode[];
  /** Not started: the test does it. */
  readonly asleep?: boolean;
}

export const SECRET_KEY = Buffer.alloc(32, 7);

export async function openTemporaryRegistry(options: TemporaryRegistryOptions = {}): Promise<TemporaryRegistry> {
  const { clock = new FakeClock(), secretKey = SECRET_KEY, random = trueRandom } = options;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'mayfly-registry-')));
  const codeFolder = join(folder, 'code');
  const log = new QuietLog();
  const store = await openSqliteStore({ folder: join(folder, 'store'), log });
  const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
  let { networks = ['platform'] } = options;
  const objects = new Map<string, Uint8Array>();
  const registry = createRegistry({
    store,
    blobs,
    codeFolder,
    secretKey,
    ...(options.earlierSecretKeys === undefined ? {} : { earlierSecretKeys: options.earlierSecretKeys }),
    hostArchitecture: HOST_ARCHITECTURE,
    prepareRuntime: options.prepareRuntime ?? (() => Promise.resolve()),
    defaultNetwork: 'platform',
    networks: () => networks,
    async readObject(_scope, { bucket, key }) {
      const content = objects.get(`${bucket}/${key}`);
      if (content !== undefined) return { kind: 'found', content: Readable.from([content]) };
      return { kind: 'missing', code: 'NoSuchKey', message: 'The specified key does not exist.' };
    },
    clock,
    random,
    log,
  });
  if (options.asleep !== true) await registry.start();
  return {
    folder,
    codeFolder,
    store,
    blobs,
    clock,
    log,
    registry,
    objects,
    enforces: (enforced) => void (networks = enforced),
    async close() {
      await registry.close();
      await store.close();
      await blobs.close();
      if (options.keep === true) return;
      await removeTree(folder);
    },
  };
}

/** Closed and removed when the test ends. */
export async function temporaryRegistry(
  test: { after(clean: () => Promise<void>): void },
  options: TemporaryRegistryOptions = {},
): Promise<TemporaryRegistry> {
  const opened = await openTemporaryRegistry(options);
  test.after(() => opened.close());
  return opened;
}
