// The inputs of a map run's children, in records of some hundred: written once when it begins, and read as children begin.

import assert from 'node:assert/strict';
import type { JournalStore } from '#store';
import type { Json } from '#workflows';

const CHUNK_INPUTS = 200;
const CHUNK_BYTES = 256 * 1024;
const PREFIX = 'inputs/';

export type InputChunk = {
  readonly first: number;
  readonly key: string;
  readonly body: string;
  /** Of its longest input. */
  readonly longestBytes: number;
};

/** Cut in the same places whenever the same inputs are cut. */
export function* chunksOf(inputs: readonly Json[]): Generator<InputChunk> {
  let first = 0;
  let texts: string[] = [];
  let bytes = 0;
  for (const input of inputs) {
    const text = JSON.stringify(input);
    if (texts.length > 0 && (texts.length === CHUNK_INPUTS || bytes + text.length > CHUNK_BYTES)) {
      yield chunk(first, texts);
      first += texts.length;
      texts = [];
      bytes = 0;
    }
    texts.push(text);
    bytes += text.length;
  }
  if (texts.length > 0) yield chunk(first, texts);
}

function chunk(first: number, texts: readonly string[]): InputChunk {
  const longestBytes = texts.reduce((longest, text) => Math.max(longest, Buffer.byteLength(text)), 0);
  return { first, key: inputKey(first), body: `[${texts.join(',')}]`, longestBytes };
}

function inputKey(first: number): string {
  return PREFIX + String(first).padStart(9, '0');
}

/** Reads inputs one by one; those that stand together are read together. */
export class InputReader {
  readonly #journals: Pick<JournalStore, 'records'>;
  readonly #journal: number;
  /** Where each chunk begins. */
  readonly #firsts: readonly number[];
  #current: { readonly first: number; readonly inputs: readonly Json[] } = { first: 0, inputs: [] };

  constructor(journals: Pick<JournalStore, 'records'>, journal: number, firsts: readonly number[]) {
    this.#journals = journals;
    this.#journal = journal;
    this.#firsts = firsts;
  }

  async read(index: number): Promise<Json> {
    const { first, inputs } = this.#current;
    if (index < first || index >= first + inputs.length) await this.#load(index);
    const input = this.#current.inputs[index - this.#current.first];
    assert(input !== undefined, `input ${index} is not on the disk`);
    return input;
  }

  /** What was read last is let go: of a run that only waits. */
  forget(): void {
    this.#current = { first: 0, inputs: [] };
  }

  async #load(index: number): Promise<void> {
    const first = this.#firsts.findLast((candidate) => candidate <= index) ?? 0;
    const [record] = await this.#journals.records(this.#journal, { prefix: inputKey(first), limit: 1 });
    assert(record !== undefined, `the inputs from ${first} on are not on the disk`);
    const inputs: readonly Json[] = JSON.parse(record.body);
    this.#current = { first, inputs };
  }
}
