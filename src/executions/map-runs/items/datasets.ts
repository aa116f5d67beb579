// Datasets of more than one object: listings, inventories, and what Athena unloaded.

import type { Buckets } from '#buckets';
import type { Scope } from '#kernel';
import { isArray, isObject } from '#workflows';
import type { Json, JsonObject } from '#workflows';
import { CsvRecords } from './csv-records.ts';
import { readFormat, wholeOf } from './formats.ts';
import type { Format } from './formats.ts';
import type { ItemList } from './item-list.ts';
import { textOf, uriOf } from './object-text.ts';
import type { ObjectPlace, Readers } from './object-text.ts';
import { ReaderFailure } from './reader-failure.ts';

type ListingReaders = Readers & { readonly buckets: Pick<Buckets, 'readObject' | 'listObjects'> };

const PAGE = 1000;

/** Each object's description is an item; with a format, each of its contents' items is. */
export async function readListing(
  readers: ListingReaders,
  query: {
    readonly scope: Scope;
    readonly bucket: string;
    readonly prefix: string | undefined;
    readonly format: Format | undefined;
  },
  into: ItemList,
): Promise<void> {
  const { scope, bucket, prefix, format } = query;
  for (let after: string | undefined; ;) {
    readers.signal.throwIfAborted();
    const page = await readers.buckets.listObjects({ scope, bucket, prefix, after, limit: PAGE });
    for (const { key, bytes, etag, lastModifiedMs } of page.objects) {
      if (into.isFull) return;
      if (format === undefined) {
        // As AWS has it: the entity tag with its quotes, the time in seconds.
        const item = {
          Etag: `"${etag}"`,
          Key: key,
          LastModified: Math.floor(lastModifiedMs / 1000),
          Size: bytes,
          StorageClass: 'STANDARD',
        };
        into.from(`s3://${bucket}`);
        into.add(item, JSON.stringify(item).length);
      } else if (!isFolder(key, bytes)) await readFormat(readers, { scope, bucket, key }, format, into);
    }
    after = page.next;
    if (after === undefined) return;
  }
}

/** What consoles make of a folder: an object without content. */
function isFolder(key: string, bytes: number): boolean {
  return bytes === 0 && key.endsWith('/');
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html */
export async function readInventory(readers: Readers, place: ObjectPlace, into: ItemList): Promise<void> {
  const manifest = await manifestOf(readers, place);
  const { fileFormat, fileSchema, files, destinationBucket } = manifest;
  if (fileFormat !== 'CSV')
    throw new ReaderFailure(
      `The inventory ${uriOf(place)} is of the format ${JSON.stringify(fileFormat)}, and only CSV is read here.`,
    );
  if (typeof fileSchema !== 'string' || !isArray(files) || typeof destinationBucket !== 'string') throw notManifest(place);
  const bucket = destinationBucket.split(':').at(-1) ?? destinationBucket;
  const format: Format = { kind: 'CSV', delimiter: 'COMMA', headers: fileSchema.split(',').map((name) => name.trim()) };
  for (const file of files) {
    if (into.isFull) return;
    const key = isObject(file) ? file['key'] : undefined;
    if (typeof key !== 'string') throw notManifest(place);
    await readFormat(readers, { scope: place.scope, bucket, key }, format, into);
  }
}

async function manifestOf(readers: Readers, place: ObjectPlace): Promise<JsonObject> {
  const text = await wholeOf(textOf(readers, place));
  try {
    const manifest: Json = JSON.parse(text);
    if (isObject(manifest)) return manifest;
  } catch (error) {
    throw new ReaderFailure(notManifest(place).message, { cause: error });
  }
  throw notManifest(place);
}

function notManifest(place: ObjectPlace): ReaderFailure {
  return new ReaderFailure(`${uriOf(place)} is no manifest of an S3 inventory.`);
}

const DATA_FILE = /^s3:\/\/(?<bucket>[^/]+)\/(?<key>.+)$/;
const URI_LENGTH = 4096;

/** A manifest of UNLOAD names an object in each line. https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html */
export async function readAthena(readers: Readers, place: ObjectPlace, format: Format, into: ItemList): Promise<void> {
  const records = new CsvRecords('COMMA', URI_LENGTH);
  const uris: string[] = [];
  const text = await wholeOf(textOf(readers, place));
  for (const [uri = ''] of [...records.push(text), ...records.end()]) uris.push(uri.trim());
  for (const uri of uris) {
    if (into.isFull) return;
    const { bucket, key } = DATA_FILE.exec(uri)?.groups ?? {};
    if (bucket === undefined || key === undefined)
      throw new ReaderFailure(`${uriOf(place)} is no manifest of Athena: '${uri}' is no object's URI.`);
    await readFormat(readers, { scope: place.scope, bucket, key }, format, into);
  }
}
