// The Segments port on a local folder: files that only grow, named by their number.
//
// Owns: the folder, and the descriptor of the segment that is written.
// Invariants:
//   I1  What `append` returned from is in the kernel: a killed process loses none of it.
//   I2  A segment is dirty for at most a second; then it is synced, off this thread. An idle platform has no timer.
//   I3  After a failed sync nobody knows what the disk holds, so every later append throws that failure.
//   I4  An earlier run's segments are never appended to: a torn end stays the end of its file.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '#kernel';
import { closeFile, openFile, readFile } from '../file-calls.ts';
import { GroupSync, syncAll, syncData } from '../group-sync.ts';
import type { SegmentPosition, Segments } from '../segments.ts';
import { failureOfFileError } from '../store-failure.ts';

export interface LocalSegmentsOptions {
  readonly folder: string;
  /** A segment is closed when the next records would make it longer. */
  readonly maxSegmentBytes: number;
  readonly clock: Clock;
}

const SYNC_DELAY_MS = 1000;
const SEGMENT_NAME = /^[0-9a-f]{12}$/;

interface OpenSegment {
  readonly name: string;
  readonly file: number;
  bytes: number;
}

export async function openLocalSegments(options: LocalSegmentsOptions): Promise<Segments> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const segments = new LocalSegments(options);
  await segments.sync();
  return segments;
}

class LocalSegments implements Segments {
  readonly #folder: string;
  readonly #maxSegmentBytes: number;
  readonly #clock: Clock;
  readonly #folderFile: number;
  /** Closed segments, oldest first, with their lengths. */
  readonly #closed = new Map<string, number>();
  readonly #group = new GroupSync(() => this.#syncDirty());
  /** Left segments that are not synced yet. */
  #left: OpenSegment[] = [];
  #number = 0;
  #current: OpenSegment;
  #isDirty = false;
  #isFolderDirty = true;
  #timer: Timer | undefined;
  #failure: unknown;

  constructor({ folder, maxSegmentBytes, clock }: LocalSegmentsOptions) {
    this.#folder = folder;
    this.#maxSegmentBytes = maxSegmentBytes;
    this.#clock = clock;
    this.#folderFile = openSync(folder, 'r');
    for (const name of segmentNames(folder)) this.#adopt(name);
    this.#current = this.#begin();
  }

  append(records: readonly Uint8Array[]): readonly SegmentPosition[] {
    if (this.#failure !== undefined) throw this.#failure;
    const bytes = records.reduce((sum, record) => sum + record.byteLength, 0);
    if (this.#current.bytes > 0 && this.#current.bytes + bytes > this.#maxSegmentBytes) this.#roll();
    const { name, file, bytes: start } = this.#current;
    try {
      writeAll(file, records, bytes);
    } catch (error) {
      // What was written of it would stand before the next record as garbage.
      ftruncateSync(file, start);
      throw failureOfFileError(error, 'The records were not appended', join(this.#folder, name)) ?? error;
    }
    this.#current.bytes += bytes;
    this.#markDirty();
    let offset = start;
    return records.map((record) => {
      const position = { segment: name, offset };
      offset += record.byteLength;
      return position;
    });
  }

  async read({ segment, offset }: SegmentPosition, bytes: number): Promise<Uint8Array> {
    const file = await openFile(this.#pathOf(segment), 'r');
    try {
      const wanted = Math.max(0, Math.min(bytes, fstatSync(file).size - offset));
      const buffer = Buffer.allocUnsafeSlow(wanted);
      let filled = 0;
      while (filled < wanted) {
        const { bytesRead } = await readFile(file, buffer, filled, wanted - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await closeFile(file);
    }
  }

  list(): Promise<readonly { readonly segment: string; readonly bytes: number }[]> {
    const closed = Array.from(this.#closed, ([segment, bytes]) => ({ segment, bytes }));
    return Promise.resolve([...closed, { segment: this.#current.name, bytes: this.#current.bytes }]);
  }

  async remove(segment: string): Promise<void> {
    if (segment === this.#current.name) throw new Error(`The segment ${segment} is being written and cannot be removed.`);
    await rm(this.#pathOf(segment), { force: true });
    this.#closed.delete(segment);
  }

  async sync(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#group.sync();
  }

  async close(): Promise<void> {
    await this.sync();
    closeSync(this.#current.file);
    closeSync(this.#folderFile);
    this.#failure = new Error('The segments are closed: Mayfly is shutting down.');
  }

  #adopt(name: string): void {
    this.#number = Number.parseInt(name, 16);
    const { size } = statSync(join(this.#folder, name));
    if (size > 0) this.#closed.set(name, size);
    else rmSync(join(this.#folder, name));
  }

  #roll(): void {
    const full = this.#current;
    this.#current = this.#begin();
    this.#closed.set(full.name, full.bytes);
    this.#left.push(full);
  }

  #begin(): OpenSegment {
    this.#number += 1;
    const name = this.#number.toString(16).padStart(12, '0');
    try {
      const file = openSync(join(this.#folder, name), 'ax', 0o600);
      this.#isFolderDirty = true;
      return { name, file, bytes: 0 };
    } catch (error) {
      throw failureOfFileError(error, 'A new segment could not be begun', join(this.#folder, name)) ?? error;
    }
  }

  #markDirty(): void {
    this.#isDirty = true;
    this.#timer ??= this.#clock.after(SYNC_DELAY_MS, () => {
      this.#timer = undefined;
      // Kept as the failure that the next append throws (I3).
      this.#group.sync().catch(() => undefined);
    });
  }

  async #syncDirty(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const left = this.#left;
    this.#left = [];
    const syncs = left.map(async ({ file }) => {
      await syncData(file);
      await closeFile(file);
    });
    if (this.#isDirty) syncs.push(syncData(this.#current.file));
    if (this.#isFolderDirty) syncs.push(syncAll(this.#folderFile));
    this.#isDirty = false;
    this.#isFolderDirty = false;
    try {
      await Promise.all(syncs);
    } catch (error) {
      this.#failure = failureOfFileError(error, 'Appended records were not synced', this.#folder) ?? error;
      throw this.#failure;
    }
  }

  #pathOf(segment: string): string {
    if (!SEGMENT_NAME.test(segment)) throw new Error(`${JSON.stringify(segment)} is no name of a segment.`);
    return join(this.#folder, segment);
  }
}

/** A short write is followed by another, which then says why (a full disk, mostly). */
function writeAll(file: number, records: readonly Uint8Array[], bytes: number): void {
  const [first] = records;
  if (first === undefined || bytes === 0) return;
  let written = records.length === 1 ? writeSync(file, first) : writevSync(file, records);
  if (written === bytes) return;
  const all = Buffer.concat(records);
  while (written < bytes) written += writeSync(file, all, written);
}

function segmentNames(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => SEGMENT_NAME.test(name))
    .sort();
}
