// The archives of functions and layers: each stored once, by the hash of its content, opened when needed, removed when unused.
//
// Owns: the code records, their blobs, the trees.
// Invariants: I1 a record's blob is there, whole and inspected. I2 code goes only when nothing uses it: whoever adds the first
// use of a record moves its fence in the same commit, and removing one expects the fence as it was before the uses were counted,
// so one of the two loses. I3 code that is held is not collected, and whoever takes hold of code that is going waits until it is
// gone, so that uploading the same code again never fails.

import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ContentHash, Log } from '#kernel';
import { LIMITS } from '#kernel';
import type { Blobs, ResourceChange, Resource, ResourceStore } from '#store';
import { conflict, invalidParameter, refusal } from '../refusals.ts';
import { RefusedArchive } from './archive-rules.ts';
import { codeKey, codeOf, fenceKey, fenceOff, PLATFORM, putCode, usesPrefix } from './code-records.ts';
import type { CodeRecord } from './code-records.ts';
import type { CodeTrees } from './code-trees.ts';
import type { Unzipper } from './unzipper.ts';

/** Code that was stored for a function or layer which is still to be committed. */
export interface HeldCode {
  readonly record: CodeRecord;
  /** Goes into the commit that adds the first use (I2). */
  readonly fence: readonly ResourceChange[];
  /** To be called afterwards, whatever happened: code that came into no use goes. Never rejects. */
  release(): Promise<void>;
}

export interface CodeStore {
  /** Throws InvalidParameterValueException for what is no acceptable archive. Nothing is inflated yet. */
  put(archive: AsyncIterable<Uint8Array>, options: { readonly bytesMax: number }): Promise<HeldCode>;
  /** A complete tree of read-only files. Rejects with RefusedArchive when the archive does not hold what its directory says. */
  tree(hash: ContentHash): Promise<string>;
  /** The archive as it was uploaded, or undefined. */
  read(hash: ContentHash): Promise<{ readonly bytes: number; readonly content: Readable } | undefined>;
  /** Removes those that nothing uses. */
  collect(hashes: Iterable<ContentHash>): Promise<void>;
  /** Removes what an earlier process left half done. Before anything else is called. */
  sweep(): Promise<{ readonly blobsRemoved: number; readonly treesRemoved: number }>;
}

export interface CodeStoreDependencies {
  readonly resources: ResourceStore;
  /** Holds code alone: the sweep removes every blob that no code record names. */
  readonly blobs: Blobs;
  readonly trees: CodeTrees;
  readonly unzipper: Unzipper;
  readonly log: Log;
}

const PAGE = 500;

export function createCodeStore({ resources, blobs, trees, unzipper, log }: CodeStoreDependencies): CodeStore {
  const holds = new Map<ContentHash, number>();
  const going = new Map<ContentHash, Promise<void>>();
  /** Of all archives; counted once and kept up since, so that an upload does not list what 100,000 functions have. */
  let storedBytes: number | undefined;

  /** I3. Taken before the record is looked up: a removal that begins later sees it, and one that has begun is in `going`. */
  function hold(hash: ContentHash): () => void {
    holds.set(hash, (holds.get(hash) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const others = (holds.get(hash) ?? 1) - 1;
      if (others === 0) holds.delete(hash);
      else holds.set(hash, others);
    };
  }

  async function put(archive: AsyncIterable<Uint8Array>, { bytesMax }: { readonly bytesMax: number }): Promise<HeldCode> {
    const stored = await write(archive, bytesMax);
    const release = hold(stored.hash);
    try {
      await going.get(stored.hash);
      const { record, revision } = await adopt(stored);
      if (record.blob !== stored.blob) await blobs.remove([stored.blob]);
      return { record, fence: fenceOff(record.hash, revision), release: () => releaseAndCollect(record.hash, release) };
    } catch (error) {
      release();
      await blobs.remove([stored.blob]);
      throw error;
    }
  }

  async function releaseAndCollect(hash: ContentHash, release: () => void): Promise<void> {
    release();
    try {
      await collectOne(hash);
    } catch (error) {
      log.write('error', 'unused code was not removed; the next start tries again', { hash, error });
    }
  }

  /** Makes the record of what was written, or finds the one that somebody made of the same content before. */
  async function adopt(
    stored: Omit<CodeRecord, 'unzippedBytes'>,
  ): Promise<{ readonly record: CodeRecord; readonly revision: number }> {
    const known = await resources.get(codeKey(stored.hash));
    if (known !== undefined) return { record: codeOf(known), revision: known.revision };
    const { unzippedBytes } = await inspect(stored.blob);
    await checkStorage(stored.bytes);
    const record = { ...stored, unzippedBytes };
    const outcome = await resources.commit([putCode(record)]);
    if (outcome.kind === 'committed') {
      count(record.bytes);
      return { record, revision: outcome.revisions[0] ?? 0 };
    }
    if (outcome.found !== undefined) return { record: codeOf(outcome.found), revision: outcome.found.revision };
    throw conflict('The same code was being removed at this moment. Try again.');
  }

  async function write(archive: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Omit<CodeRecord, 'unzippedBytes'>> {
    const writer = await blobs.create();
    try {
      const digest = createHash('sha256');
      let received = 0;
      for await (const chunk of archive) {
        received += chunk.length;
        if (received > bytesMax)
          throw refusal('RequestEntityTooLargeException', `Zipped size must be smaller than ${bytesMax} bytes`);
        digest.update(chunk);
        await writer.write(chunk);
      }
      if (received === 0) throw invalidParameter('Uploaded file must be a non-empty zip');
      const { blob, bytes } = await writer.commit();
      const hash = digest.digest();
      return { hash: hash.toString('hex') as ContentHash, sha256: hash.toString('base64'), blob, bytes };
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  async function inspect(blob: string): Promise<{ readonly unzippedBytes: number }> {
    try {
      const summary = await unzipper.run({ kind: 'inspect', archive: await blobs.localPath(blob) });
      if (summary.files === 0) throw new RefusedArchive('The archive holds no file.');
      return summary;
    } catch (error) {
      if (error instanceof RefusedArchive) throw invalidParameter(refusedArchiveMessage(error), error);
      throw error;
    }
  }

  async function checkStorage(bytes: number): Promise<void> {
    storedBytes ??= await countAll();
    const total = storedBytes + bytes;
    if (total > LIMITS.codeStorageBytes)
      throw refusal(
        'CodeStorageExceededException',
        `Code storage limit exceeded: ${total} bytes would be stored, ${LIMITS.codeStorageBytes} are allowed. Delete functions, versions or layers that are no longer used.`,
      );
  }

  function count(bytes: number): void {
    if (storedBytes !== undefined) storedBytes += bytes;
  }

  async function countAll(): Promise<number> {
    let bytes = 0;
    for await (const resource of all('code')) bytes += codeOf(resource).bytes;
    return bytes;
  }

  async function* all(kind: string): AsyncGenerator<Resource> {
    let after: string | undefined;
    for (;;) {
      const page = await resources.list({ scope: PLATFORM, kind, limit: PAGE, ...(after === undefined ? {} : { after }) });
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.key.name;
    }
  }

  async function find(hash: ContentHash): Promise<CodeRecord | undefined> {
    const resource = await resources.get(codeKey(hash));
    return resource && codeOf(resource);
  }

  /** Both lists come in the order of their hashes, so one walk along the two finds what nobody uses: a question for each would take a minute. */
  async function unused(): Promise<readonly ContentHash[]> {
    const found: ContentHash[] = [];
    const uses = all('code-use');
    let use = await uses.next();
    for await (const resource of all('code')) {
      const { hash } = codeOf(resource);
      while (use.done !== true && use.value.key.name < usesPrefix(hash)) use = await uses.next();
      if (use.done === true || !use.value.key.name.startsWith(usesPrefix(hash))) found.push(hash);
    }
    return found;
  }

  /** I2, I3 */
  async function collectOne(hash: ContentHash): Promise<void> {
    if (holds.has(hash)) return;
    const found = await resources.get(codeKey(hash));
    if (found === undefined) return;
    const fence = await resources.get(fenceKey(hash));
    const uses = await resources.list({ scope: PLATFORM, kind: 'code-use', prefix: usesPrefix(hash), limit: 1 });
    if (uses.length > 0 || holds.has(hash) || going.has(hash)) return;
    const removal = remove(found, fence).finally(() => going.delete(hash));
    // Whoever waits for it only wants it over; a failure is told to the one who asked for the removal.
    going.set(
      hash,
      removal.catch(() => undefined),
    );
    await removal;
  }

  async function remove(found: Resource, fence: Resource | undefined): Promise<void> {
    const { hash, blob, bytes } = codeOf(found);
    const outcome = await resources.commit([
      { key: found.key, expect: { revision: found.revision }, change: 'remove' },
      {
        key: fenceKey(hash),
        ...(fence ? { expect: { revision: fence.revision }, change: 'remove' } : { expect: 'absent', change: 'check' }),
      },
    ]);
    if (outcome.kind === 'conflict') return;
    count(-bytes);
    await blobs.remove([blob]);
    await trees.remove(hash);
    log.write('debug', 'code removed', { hash });
  }

  return {
    put,
    tree: (hash) =>
      trees.tree(hash, async () => {
        const record = await find(hash);
        if (record === undefined)
          throw conflict('The code of this function was replaced or deleted while it was about to start. Try again.');
        return blobs.localPath(record.blob);
      }),
    async read(hash) {
      const record = await find(hash);
      return record && { bytes: record.bytes, content: await blobs.read(record.blob) };
    },
    async collect(hashes) {
      for (const hash of new Set(hashes)) await collectOne(hash);
    },
    async sweep() {
      for (const hash of await unused()) await collectOne(hash);
      const wanted = new Set<string>();
      const hashes = new Set<string>();
      let bytes = 0;
      for await (const resource of all('code')) {
        const code = codeOf(resource);
        wanted.add(code.blob);
        hashes.add(code.hash);
        bytes += code.bytes;
      }
      storedBytes = bytes;
      const treesRemoved = await trees.sweep((hash) => hashes.has(hash));
      let blobsRemoved = 0;
      let after: string | undefined;
      for (;;) {
        const page = await blobs.list(after, PAGE);
        const strays = page.filter((blob) => !wanted.has(blob));
        await blobs.remove(strays);
        blobsRemoved += strays.length;
        if (page.length < PAGE) return { blobsRemoved, treesRemoved };
        after = page.at(-1);
      }
    },
  };
}

/** Lambda's sentence first, since programs look for it; then what is wrong. */
export function refusedArchiveMessage(error: RefusedArchive): string {
  return error.tooLarge
    ? error.message
    : `Could not unzip uploaded file. Please check your file, then try to upload again. ${error.message}`;
}
