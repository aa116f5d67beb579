// Listings: pages of keys and common prefixes, in the order of the keys' bytes.

import type { BucketRef } from '#store';
import { bucketRef, requireBucket } from './bucket-settings.ts';
import type { Checksum } from './checksums.ts';
import { attributesOf } from './object-attributes.ts';
import type { Room } from './room.ts';

export interface ListingQuery extends BucketRef {
  readonly prefix?: string | undefined;
  readonly delimiter?: string | undefined;
  /** Only what is greater than this, by bytes. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly checksum: Checksum | undefined;
}

export interface ListingPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** Pass it as `after` to go on; undefined at the end. */
  readonly next: string | undefined;
}

export async function listObjects(room: Room, query: ListingQuery): Promise<ListingPage> {
  const { prefix, delimiter, after, limit } = query;
  await requireBucket(room.objects, query);
  // A page of nothing has no next one: S3 says that it is complete.
  if (limit === 0) return { objects: [], commonPrefixes: [], next: undefined };
  const { entries, commonPrefixes, next } = await room.objects.list({ ...bucketRef(query), prefix, delimiter, after, limit });
  const objects = entries.map((entry) => {
    const { key, bytes, etag, lastModifiedMs } = entry;
    return { key, bytes, etag, lastModifiedMs, checksum: attributesOf(entry).checksum };
  });
  return { objects, commonPrefixes, next };
}
