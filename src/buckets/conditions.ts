// Conditional requests: does the object as it is meet what the caller requires? Pure; RFC 9110 section 13 as S3 applies it.

import { ApiError } from '#kernel';
import type { ObjectCondition } from '#store';

export interface ReadConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSinceMs?: number | undefined;
  readonly ifUnmodifiedSinceMs?: number | undefined;
}

export interface Validators {
  readonly etag: string;
  readonly lastModifiedMs: number;
}

export type ConditionAnswer =
  | { readonly kind: 'met' }
  | { readonly kind: 'failed'; readonly condition: string }
  | { readonly kind: 'notModified' };

const MET: ConditionAnswer = { kind: 'met' };
const NOT_MODIFIED: ConditionAnswer = { kind: 'notModified' };

/**
 * An entity tag outranks a date of the same sense: If-Match that holds makes If-Unmodified-Since moot, and If-None-Match, held or
 * not, makes If-Modified-Since moot. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function evaluateConditions(conditions: ReadConditions, found: Validators): ConditionAnswer {
  const { ifMatch, ifNoneMatch, ifModifiedSinceMs, ifUnmodifiedSinceMs } = conditions;
  if (ifMatch !== undefined) {
    if (!matchesEtag(ifMatch, found.etag)) return { kind: 'failed', condition: 'If-Match' };
  } else if (ifUnmodifiedSinceMs !== undefined && wholeSeconds(found.lastModifiedMs) > ifUnmodifiedSinceMs)
    return { kind: 'failed', condition: 'If-Unmodified-Since' };
  if (ifNoneMatch !== undefined) return matchesEtag(ifNoneMatch, found.etag) ? NOT_MODIFIED : MET;
  if (ifModifiedSinceMs !== undefined && wholeSeconds(found.lastModifiedMs) <= ifModifiedSinceMs) return NOT_MODIFIED;
  return MET;
}

/** A copy has no cache to confirm: what would be 304 for a read is 412. */
export function checkCopyConditions(conditions: ReadConditions, source: Validators): void {
  const answer = evaluateConditions(conditions, source);
  if (answer.kind === 'met') return;
  const condition =
    answer.kind === 'failed' ? answer.condition : conditions.ifNoneMatch === undefined ? 'If-Modified-Since' : 'If-None-Match';
  throw preconditionFailed(`x-amz-copy-source-${condition}`);
}

/** If-Match and If-None-Match of a write: one entity tag, or only the star. */
export function writeCondition(ifMatch: string | undefined, ifNoneMatch: string | undefined): ObjectCondition {
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw new ApiError('NotImplemented', 'If-Match and If-None-Match cannot be combined in one write; send one of them.');
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() === '*') return { kind: 'absent' };
    throw new ApiError(
      'NotImplemented',
      'A write takes If-None-Match only with the value *; to replace a known version send If-Match.',
    );
  }
  if (ifMatch === undefined) return { kind: 'none' };
  const [etag, ...others] = etagsOf(ifMatch);
  if (etag === undefined || others.length > 0 || etag === '*')
    throw new ApiError('NotImplemented', 'A write takes If-Match with exactly one ETag.');
  return { kind: 'etag', etag };
}

export function preconditionFailed(condition: string): ApiError {
  return new ApiError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    fields: { Condition: condition },
  });
}

/** `"a", W/"b"`, a bare tag as many S3 clients send it, or `*`. S3's tags are strong, so a weak form of one names the same bytes. */
export function matchesEtag(header: string, etag: string): boolean {
  return etagsOf(header).some((tag) => tag === '*' || tag === etag);
}

function etagsOf(header: string): readonly string[] {
  return header
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .filter((tag) => tag !== '');
}

/** HTTP dates have whole seconds: an object written at 10.4 s was "modified at 10 s" for everyone who asks. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
