// The index of objects: which key of which bucket is which blob. Contents are immutable blobs under unique names; a row
// here is what makes one visible, so an object is there entirely or not at all.

import type { NewDelivery } from './deliveries.ts';
import type { Json, Scope } from './store.ts';

export interface BucketRef {
  readonly scope: Scope;
  readonly bucket: string;
}

export interface ObjectEntry {
  readonly key: string;
  /** The blobs that make up the content, in order: one for a simple object, one a part for a multipart object, none for an empty one. */
  readonly blobs: readonly BlobSpan[];
  readonly bytes: number;
  /** With its quotes left off. */
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Headers, metadata, tags, checksums, part sizes: the buckets room owns the shape. */
  readonly attributes: Json;
}

export interface BlobSpan {
  readonly blob: string;
  readonly bytes: number;
}

/** What the caller requires of the object that is there now (If-Match, If-None-Match: *). */
export type ObjectCondition =
  | { readonly kind: 'none' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'etag'; readonly etag: string };

/** `orphans` are blobs that nothing points at any more: the caller removes them after this step. */
export type PutOutcome =
  | { readonly kind: 'put'; readonly orphans: readonly string[] }
  | { readonly kind: 'noBucket' }
  | { readonly kind: 'noUpload' }
  /** Only from `completeUpload`: a blob of the entry is no part of the upload (any more: the part was replaced meanwhile). */
  | { readonly kind: 'noPart' }
  | { readonly kind: 'conditionFailed'; readonly found: ObjectEntry | undefined };

export interface RemoveOutcome {
  readonly removed: readonly ObjectEntry[];
  readonly orphans: readonly string[];
}

export interface ObjectQuery extends BucketRef {
  readonly prefix?: string;
  /** Only keys and common prefixes greater than this, by bytes. */
  readonly after?: string;
  readonly delimiter?: string;
  readonly limit: number;
}

/** Entries and common prefixes together, in byte order; `limit` counts both. */
export interface ObjectPage {
  readonly entries: readonly ObjectEntry[];
  readonly commonPrefixes: readonly string[];
  /** Pass it as `after` to go on; undefined at the end. */
  readonly next: string | undefined;
}

export interface UploadRef extends BucketRef {
  readonly key: string;
  readonly uploadId: string;
}

export interface Upload extends UploadRef {
  readonly startedAtMs: number;
  readonly attributes: Json;
}

export interface UploadPart {
  readonly number: number;
  readonly blob: BlobSpan;
  readonly etag: string;
  readonly lastModifiedMs: number;
  readonly attributes: Json;
}

export interface ObjectIndex {
  /** Buckets are rows here too, so that no object can be put into one that is being removed. False: it exists. */
  createBucket(bucket: BucketRef, attributes: Json, createdAtMs: number): Promise<boolean>;
  getBucket(bucket: BucketRef): Promise<BucketRow | undefined>;
  /** Compare-and-set on the revision. */
  setBucketAttributes(bucket: BucketRef, revision: number, attributes: Json): Promise<boolean>;
  removeBucket(bucket: BucketRef): Promise<'removed' | 'notEmpty' | 'noBucket'>;
  listBuckets(
    scope: Scope,
    query: { readonly prefix?: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly BucketRow[]>;

  get(bucket: BucketRef, key: string): Promise<ObjectEntry | undefined>;
  list(query: ObjectQuery): Promise<ObjectPage>;
  /** Makes the object visible and accepts its deliveries (bucket notifications) in the same step. */
  put(bucket: BucketRef, entry: ObjectEntry, condition: ObjectCondition, deliveries: readonly NewDelivery[]): Promise<PutOutcome>;
  /** Replaces only the attributes, if the object is still the same one (etag and date). */
  setAttributes(bucket: BucketRef, entry: ObjectEntry, attributes: Json, deliveries: readonly NewDelivery[]): Promise<boolean>;
  /** `deliveriesFor` cannot run inside the step, so deliveries are given by key and accepted for the keys that were there. */
  remove(
    bucket: BucketRef,
    removals: readonly { readonly key: string; readonly condition: ObjectCondition; readonly deliveries: readonly NewDelivery[] }[],
  ): Promise<RemoveOutcome>;

  createUpload(upload: Upload): Promise<'created' | 'noBucket'>;
  getUpload(upload: UploadRef): Promise<Upload | undefined>;
  /** A part with the same number replaces the earlier one, whose blob comes back as an orphan. */
  putPart(upload: UploadRef, part: UploadPart): Promise<PutOutcome>;
  listParts(upload: UploadRef, query: { readonly after?: number; readonly limit: number }): Promise<readonly UploadPart[]>;
  listUploads(query: ObjectQuery & { readonly afterUploadId?: string }): Promise<{
    readonly uploads: readonly Upload[];
    readonly commonPrefixes: readonly string[];
    readonly truncated: boolean;
  }>;
  /** Ends the upload, makes the object visible; parts that are not in `entry.blobs` come back as orphans. */
  completeUpload(
    upload: UploadRef,
    entry: ObjectEntry,
    condition: ObjectCondition,
    deliveries: readonly NewDelivery[],
  ): Promise<PutOutcome>;
  /** The orphaned blobs, or undefined when there is no such upload. */
  abortUpload(upload: UploadRef): Promise<readonly string[] | undefined>;

  /** Of these blobs, the ones that something points at: the start-up sweep removes the others. */
  referenced(blobs: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface BucketRow extends BucketRef {
  readonly createdAtMs: number;
  readonly attributes: Json;
  readonly revision: number;
}
