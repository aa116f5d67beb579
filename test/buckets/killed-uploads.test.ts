// Kills the server with SIGKILL in the middle of uploads of every kind, starts again on its folder and looks at everything: what was
// acknowledged is there with its bytes, nothing is there by half, and no file is left that nothing points at.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createBuckets } from '#buckets';
import { openLocalBlobs, openSqliteStore } from '#store';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { effort } from '../support/effort.ts';
import { QuietLog } from '../support/quiet-log.ts';
import { s3Client, scope } from '../support/s3-house.ts';

const Bucket = 'box';
const LANES = 6;
const PART_BYTES = 5 * 1024 * 1024;

/** What a key may hold: one thing after an answer, one of two while none came. */
type Witness = Set<string>;

test('whatever is killed when, an object is there entirely or not at all', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'mayfly-killed-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const witnesses = new Map<string, Witness>();
  let acknowledged = 0;
  for (let round = 0; round < effort(4, 100); round++) {
    acknowledged += await killedRound(folder, witnesses, Math.floor(Math.random() * 60));
    assert.deepEqual(await complaints(folder, witnesses), [], `round ${round}`);
  }
  assert.ok(acknowledged > 0);
});

/** Uploads until so many answers came, then kills the server while the other uploads are under way. Returns how many were acknowledged. */
async function killedRound(folder: string, witnesses: Map<string, Witness>, answers: number): Promise<number> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'server-child.ts'), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const [endpoint] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const client = s3Client(endpoint);
  await client.send(new CreateBucketCommand({ Bucket }));
  let acknowledged = 0;
  let isAlive = true;
  await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => {
      for (let number = 0; isAlive; number++) {
        const done = await change(client, `lane-${lane}/key-${number % 5}`, witnesses).then(
          () => true,
          () => false,
        );
        if (done) acknowledged++;
        if (isAlive && (acknowledged > answers || !done)) {
          isAlive = false;
          child.kill('SIGKILL');
        }
      }
    }),
  );
  const [, signal] = await exited;
  assert.equal(signal, 'SIGKILL', 'the server ended by itself');
  client.destroy();
  return acknowledged;
}

const NOTHING = 'nothing';

async function change(client: S3Client, Key: string, witnesses: Map<string, Witness>): Promise<void> {
  const witness: Witness = witnesses.get(Key) ?? new Set([NOTHING]);
  witnesses.set(Key, witness);
  const kind = Math.floor(Math.random() * 8);
  const bytes = kind === 0 ? 0 : Math.floor(Math.random() * (kind < 5 ? 2000 : 2_000_000));
  const Body = kind === 1 ? Buffer.alloc(PART_BYTES + bytes, Math.random() * 256) : Buffer.from(realRandom.bytes(bytes));
  const outcome = kind === 2 ? NOTHING : digest(Body);
  witness.add(outcome);
  if (kind === 2) await client.send(new DeleteObjectCommand({ Bucket, Key }));
  else if (kind === 1) await uploadInParts(client, Key, Body);
  else await client.send(new PutObjectCommand({ Bucket, Key, Body }));
  witness.clear();
  witness.add(outcome);
}

async function uploadInParts(client: S3Client, Key: string, Body: Buffer): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const pieces = [Body.subarray(0, PART_BYTES), Body.subarray(PART_BYTES)];
  const Parts = await Promise.all(
    pieces.map(async (piece, index) => {
      const PartNumber = index + 1;
      const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: piece }));
      return { PartNumber, ETag };
    }),
  );
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Starts on the folder as the next process would, and compares everything that is there with what may be. */
async function complaints(folder: string, witnesses: ReadonlyMap<string, Witness>): Promise<readonly string[]> {
  const log = new QuietLog();
  const store = await openSqliteStore({ folder, log });
  const blobs = await openLocalBlobs({ folder: join(folder, 'blobs') });
  const buckets = createBuckets({
    objects: store.objects,
    blobs,
    clock: realClock,
    random: realRandom,
    log,
    deliveriesFor: () => [],
    validateDestination: () => Promise.resolve({ kind: 'valid' }),
    sendTestEvents: () => Promise.resolve(),
  });
  const found: string[] = [];
  try {
    await buckets.swept;
    for (const [key, possible] of witnesses) {
      const holds = await buckets.readObject(scope, Bucket, key).then(
        async ({ content }) => digest(Buffer.concat(await content.toArray())),
        (error: { readonly code?: string }) => (error.code === 'NoSuchKey' ? NOTHING : Promise.reject(error as Error)),
      );
      if (!possible.has(holds)) found.push(`${key} holds ${holds}, not one of ${[...possible].join(', ')}`);
      // From here on it is known.
      possible.clear();
      possible.add(holds);
    }
    const files = readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? entry.name : [],
    );
    const referenced = await store.objects.referenced(files);
    for (const file of files) if (!referenced.has(file)) found.push(`${file} is left, and nothing points at it`);
    for (const { event, fields } of log.events) if (event !== 'buckets.swept') found.push(`${event} ${JSON.stringify(fields)}`);
  } finally {
    await buckets.close();
    await blobs.close();
    await store.close();
  }
  return found;
}
