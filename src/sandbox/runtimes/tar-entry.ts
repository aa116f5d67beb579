// Takes one file out of a .tgz as npm makes them. Nothing else of the archive is ever written, so its other names cannot do harm.

import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';

const BLOCK_BYTES = 512;

/** Writes the entry's contents; false where the archive has no regular file of that name. Rejects where the archive is broken. */
export async function copyTarEntry(archive: string, name: string, to: FileHandle): Promise<boolean> {
  const file = createReadStream(archive);
  const inflated = createGunzip();
  file.once('error', (error) => inflated.destroy(error));
  try {
    return await copyFrom(new BlockReader(file.pipe(inflated)), name, to);
  } finally {
    file.destroy();
    inflated.destroy();
  }
}

async function copyFrom(reader: BlockReader, name: string, to: FileHandle): Promise<boolean> {
  for (let header = await reader.read(BLOCK_BYTES); header !== undefined; header = await reader.read(BLOCK_BYTES)) {
    if (header.every((byte) => byte === 0)) return false;
    const bytes = sizeIn(header);
    const wanted = entryName(header) === name && isRegularFile(header);
    await reader.skim(bytes, wanted ? (piece) => writeAll(to, piece) : undefined);
    if (wanted) return true;
    await reader.skim((BLOCK_BYTES - (bytes % BLOCK_BYTES)) % BLOCK_BYTES);
  }
  return false;
}

async function writeAll(to: FileHandle, piece: Buffer): Promise<void> {
  for (let written = 0; written < piece.byteLength;) written += (await to.write(piece, written)).bytesWritten;
}

/** ustar: a name of 100 bytes at 0, and a prefix of 155 at 345 that stands before it. */
function entryName(header: Buffer): string {
  const prefix = textIn(header, 345, 155);
  const name = textIn(header, 0, 100);
  return prefix === '' ? name : `${prefix}/${name}`;
}

function sizeIn(header: Buffer): number {
  const text = textIn(header, 124, 12).trim();
  if (!/^[0-7]+$/.test(text)) throw new Error(`the archive has an entry of ${JSON.stringify(text)} bytes`);
  return Number.parseInt(text, 8);
}

function isRegularFile(header: Buffer): boolean {
  return header[156] === 0x30 || header[156] === 0;
}

function textIn(header: Buffer, start: number, bytes: number): string {
  const field = header.subarray(start, start + bytes);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? bytes : end);
}

/** Hands out exactly as many bytes as are asked for, of chunks that come as they like. */
class BlockReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** Undefined at the end of the archive. */
  async read(bytes: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    for (let missing = bytes; missing > 0;) {
      const piece = await this.#some(missing);
      if (piece === undefined) return undefined;
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return Buffer.concat(pieces);
  }

  /** Passes over bytes, and hands them on where somebody wants them. */
  async skim(bytes: number, take?: (piece: Buffer) => Promise<void>): Promise<void> {
    for (let missing = bytes; missing > 0;) {
      const piece = await this.#some(missing);
      if (piece === undefined) throw new Error('the archive ends in the middle of a file');
      await take?.(piece);
      missing -= piece.byteLength;
    }
  }

  async #some(max: number): Promise<Buffer | undefined> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const piece = this.#rest.subarray(0, max);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }
}
