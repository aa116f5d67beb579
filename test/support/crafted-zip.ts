// Writes zips byte by byte, so that a test can make them lie in any field. Layout: APPNOTE.TXT 4.3 of PKWARE.

import { crc32, deflateRawSync } from 'node:zlib';

export interface CraftedEntry {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  /** 0 stored, 8 deflated. */
  readonly method?: number;
  /** Unix mode with the file's type, for the upper half of the external attributes. */
  readonly mode?: number;
  readonly flags?: number;
  /** What the headers say, instead of the truth. */
  readonly statedCrc?: number;
  readonly statedSize?: number;
  readonly statedCompressedSize?: number;
  /** The bytes that are stored, instead of the content compressed. */
  readonly raw?: Buffer;
  /** Points at the local header of an earlier entry instead of writing one. */
  readonly sharesEntry?: number;
}

export interface CraftedArchive {
  readonly statedCount?: number;
  readonly prefix?: Buffer;
  readonly comment?: Buffer;
}

const MADE_BY_UNIX = 3 << 8;
const UTF8 = 0x0800;

export function craftZip(entries: readonly CraftedEntry[], archive: CraftedArchive = {}): Buffer {
  const pieces: Buffer[] = [archive.prefix ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let position = pieces[0]?.length ?? 0;
  for (const entry of entries) {
    const name = Buffer.isBuffer(entry.name) ? entry.name : Buffer.from(entry.name);
    const content = Buffer.isBuffer(entry.content) ? entry.content : Buffer.from(entry.content ?? '');
    const method = entry.method ?? 8;
    const raw = entry.raw ?? (method === 8 ? deflateRawSync(content) : content);
    const fields = {
      flags: entry.flags ?? UTF8,
      method,
      crc: entry.statedCrc ?? crc32(content),
      compressed: entry.statedCompressedSize ?? raw.length,
      size: entry.statedSize ?? content.length,
    };
    const offset = entry.sharesEntry === undefined ? position : (offsets[entry.sharesEntry] ?? 0);
    if (entry.sharesEntry === undefined) {
      const local = localHeader(name, fields);
      pieces.push(local, raw);
      position += local.length + raw.length;
    }
    offsets.push(offset);
    directory.push(centralHeader(name, fields, entry.mode ?? 0o100644, offset));
  }
  const central = Buffer.concat(directory);
  const comment = archive.comment ?? Buffer.alloc(0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(archive.statedCount ?? entries.length, 8);
  end.writeUInt16LE(archive.statedCount ?? entries.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(position, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...pieces, central, end, comment]);
}

interface Fields {
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
}

function localHeader(name: Buffer, { flags, method, crc, compressed, size }: Fields): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(20, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt32LE(crc, 14);
  header.writeUInt32LE(compressed, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, name]);
}

function centralHeader(name: Buffer, { flags, method, crc, compressed, size }: Fields, mode: number, offset: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX | 20, 4);
  header.writeUInt16LE(20, 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(crc, 16);
  header.writeUInt32LE(compressed, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE((mode << 16) >>> 0, 38);
  header.writeUInt32LE(offset, 42);
  return Buffer.concat([header, name]);
}
