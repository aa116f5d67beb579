// An object's headers, metadata and tags, between S3's members and the room's form.

import type { ContentHeaders, Content, Metadata, ObjectDescription, ObjectView, ReadConditions } from '#buckets';
import { tagsFromHeader } from '#buckets';
import { ApiError, LIMITS } from '#kernel';
import type { CallContext } from '../operation.ts';
import { checksumOfBody, type ChecksumMembers } from './checksum-members.ts';
import { quoted } from './operation.ts';
import { wholeSecondsDate } from './dates.ts';

export interface DescriptionMembers {
  readonly CacheControl?: string | undefined;
  readonly ContentDisposition?: string | undefined;
  readonly ContentEncoding?: string | undefined;
  readonly ContentLanguage?: string | undefined;
  readonly ContentType?: string | undefined;
  readonly Expires?: Date | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
  readonly Tagging?: string | undefined;
}

export function descriptionOf(input: DescriptionMembers): ObjectDescription {
  return { headers: contentHeadersOf(input), metadata: metadataOf(input), tags: tagsFromHeader(input.Tagging) };
}

export function contentHeadersOf(input: DescriptionMembers): ContentHeaders {
  return {
    cacheControl: input.CacheControl,
    contentDisposition: input.ContentDisposition,
    contentEncoding: ownEncoding(input.ContentEncoding),
    contentLanguage: input.ContentLanguage,
    contentType: input.ContentType,
    expires: input.Expires?.toUTCString(),
  };
}

/** `aws-chunked` is how the upload was sent, not how the object is encoded. */
function ownEncoding(header: string | undefined): string | undefined {
  const own = header
    ?.split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding.toLowerCase() !== 'aws-chunked');
  return own === undefined || own.length === 0 ? undefined : own.join(',');
}

export function metadataOf(input: DescriptionMembers): Metadata {
  return Object.fromEntries(Object.entries(input.Metadata ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

export interface BodyMembers extends ChecksumMembers {
  readonly Body?: AsyncIterable<Uint8Array> | undefined;
  readonly ContentLength?: number | undefined;
  readonly ContentMD5?: string | undefined;
  readonly ChecksumAlgorithm?: string | undefined;
}

export function contentOf(input: BodyMembers, context: CallContext): Content {
  const bytes = announcedBytes(input, context);
  if (bytes > LIMITS.objectPutBytes)
    throw new ApiError('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      fields: { ProposedSize: bytes, MaxSizeAllowed: LIMITS.objectPutBytes },
    });
  if (input.ContentMD5 !== undefined && Buffer.from(input.ContentMD5, 'base64').length !== 16)
    throw new ApiError('InvalidDigest', 'The Content-MD5 you specified is not valid.');
  return { body: input.Body ?? nothing(), bytes, md5: input.ContentMD5, checksum: checksumOfBody(input, context) };
}

/** S3 takes no body whose length it does not know beforehand, and neither do we: programs that work here work there. */
function announcedBytes(input: BodyMembers, { headers }: CallContext): number {
  const decoded = headers['x-amz-decoded-content-length'];
  const bytes = decoded === undefined ? input.ContentLength : Number(decoded);
  if (bytes === undefined)
    throw new ApiError(
      'MissingContentLength',
      'You must provide the Content-Length HTTP header (or x-amz-decoded-content-length for aws-chunked).',
    );
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new ApiError('InvalidArgument', 'The length of the body must be a whole number.');
  return bytes;
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // An operation without a body has nothing to yield.
}

export interface ConditionMembers {
  readonly IfMatch?: string | undefined;
  readonly IfNoneMatch?: string | undefined;
  readonly IfModifiedSince?: Date | undefined;
  readonly IfUnmodifiedSince?: Date | undefined;
}

export function readConditionsOf(input: ConditionMembers): ReadConditions {
  return {
    ifMatch: input.IfMatch,
    ifNoneMatch: input.IfNoneMatch,
    ifModifiedSinceMs: input.IfModifiedSince?.getTime(),
    ifUnmodifiedSinceMs: input.IfUnmodifiedSince?.getTime(),
  };
}

/** What GetObject and HeadObject answer alike. */
export function viewMembers(view: ObjectView) {
  const { headers, metadata, tags } = view.attributes;
  const { selection } = view;
  const tagCount = Object.keys(tags).length;
  return {
    AcceptRanges: 'bytes',
    ETag: quoted(view.etag),
    LastModified: wholeSecondsDate(view.lastModifiedMs),
    ContentLength: selection === undefined ? view.bytes : selection.range.end - selection.range.start,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    // S3's default, which is not HTTP's.
    ContentType: headers.contentType ?? 'binary/octet-stream',
    Expires: headers.expires === undefined ? undefined : new Date(headers.expires),
    Metadata: { ...metadata },
    TagCount: tagCount === 0 ? undefined : tagCount,
    PartsCount: selection?.part === undefined ? undefined : view.partCount,
  };
}

export interface ResponseOverrides {
  readonly ResponseCacheControl?: string | undefined;
  readonly ResponseContentDisposition?: string | undefined;
  readonly ResponseContentEncoding?: string | undefined;
  readonly ResponseContentLanguage?: string | undefined;
  readonly ResponseContentType?: string | undefined;
  readonly ResponseExpires?: Date | undefined;
}

/** Only signed requests come as far as here, and only they may say how the answer is to be labelled. */
export function overriddenMembers(input: ResponseOverrides) {
  const overrides = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires,
  };
  return Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined)) as Partial<typeof overrides>;
}
