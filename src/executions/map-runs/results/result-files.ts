// The files of a result writer: records are gathered up to a bound, then written as an object, and so on; the manifest names them.
//
// Owns: what is gathered of each kind of file. Never: more than one file's bytes of each. Invariant: the same records in the same order make the same
// objects, so that what a crash cut off is written again in its place.

import type { Actor, Buckets } from '#buckets';
import { LIMITS } from '#kernel';
import type { Scope } from '#kernel';
import type { JsonObject } from '#workflows';

export type FileKind = 'SUCCEEDED' | 'FAILED' | 'PENDING';

export type Destination = { readonly scope: Scope; readonly bucket: string; readonly prefix: string; readonly actor: Actor };

type Writable = Pick<Buckets, 'putObject'>;

export async function putText(
  buckets: Writable,
  to: Destination,
  name: string,
  text: string,
): Promise<{ Key: string; Size: number }> {
  const { scope, bucket, prefix, actor } = to;
  const bytes = Buffer.from(text);
  const key = prefix + name;
  await buckets.putObject({
    scope,
    bucket,
    key,
    content: { body: once(bytes), bytes: bytes.length },
    description: { headers: { contentType: 'application/json' }, metadata: {}, tags: {} },
    condition: { kind: 'none' },
    actor,
  });
  return { Key: key, Size: bytes.length };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

export class ResultFiles {
  readonly #buckets: Writable;
  readonly #destination: Destination;
  readonly #isLines: boolean;
  readonly #open = new Map<FileKind, { texts: string[]; length: number }>();
  readonly #written: Record<FileKind, { readonly Key: string; readonly Size: number }[]> = {
    FAILED: [],
    PENDING: [],
    SUCCEEDED: [],
  };

  constructor(buckets: Writable, destination: Destination, isLines: boolean) {
    this.#buckets = buckets;
    this.#destination = destination;
    this.#isLines = isLines;
  }

  /** JSON texts, each without line breaks. */
  async add(kind: FileKind, text: string): Promise<void> {
    const open = this.#open.get(kind) ?? { texts: [], length: 0 };
    if (open.texts.length > 0 && open.length + text.length > LIMITS.mapResultFileBytes) {
      await this.#write(kind, open.texts);
      this.#open.set(kind, { texts: [text], length: text.length });
      return;
    }
    open.texts.push(text);
    open.length += text.length + 1;
    this.#open.set(kind, open);
  }

  /** What is left, then the manifest; its key. */
  async finish(mapRunArn: string): Promise<string> {
    for (const [kind, { texts }] of this.#open) await this.#write(kind, texts);
    const manifest: JsonObject = {
      DestinationBucket: this.#destination.bucket,
      MapRunArn: mapRunArn,
      ResultFiles: this.#written,
    };
    const { Key } = await putText(this.#buckets, this.#destination, 'manifest.json', JSON.stringify(manifest));
    return Key;
  }

  async #write(kind: FileKind, texts: readonly string[]): Promise<void> {
    const name = `${kind}_${this.#written[kind].length}.${this.#isLines ? 'jsonl' : 'json'}`;
    const text = this.#isLines ? texts.map((line) => `${line}\n`).join('') : `[${texts.join(',')}]`;
    this.#written[kind].push(await putText(this.#buckets, this.#destination, name, text));
  }
}
