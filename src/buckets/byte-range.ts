// The Range header of a read: which bytes of an object of so many bytes are meant. Pure.

/** `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export type RangeAnswer =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeAnswer = { kind: 'whole' };
const UNSATISFIABLE: RangeAnswer = { kind: 'unsatisfiable' };

/**
 * RFC 9110, section 14: a header that is no valid range is as good as absent, and so is a list of ranges, since S3 "doesn't support
 * retrieving multiple ranges of data per GET request". https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function resolveRange(header: string | undefined, bytes: number): RangeAnswer {
  const match = header === undefined ? null : /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header);
  if (!match) return WHOLE;
  const [first, last] = [match[1] ?? '', match[2] ?? ''];
  if (first === '' && last === '') return WHOLE;
  if (first === '') return suffix(Number(last), bytes);
  const start = Number(first);
  const end = last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  if (last !== '' && Number(last) < start) return WHOLE;
  return start < bytes ? { kind: 'part', range: { start, end } } : UNSATISFIABLE;
}

function suffix(length: number, bytes: number): RangeAnswer {
  if (length === 0 || bytes === 0) return UNSATISFIABLE;
  return { kind: 'part', range: { start: Math.max(0, bytes - length), end: bytes } };
}

/** `bytes=0-99` of an upload's copy source: stricter than a read's, and it must lie within the source. */
export function resolveCopyRange(header: string, bytes: number): ByteRange | undefined {
  const match = /^bytes=(\d+)-(\d+)$/.exec(header);
  if (!match) return undefined;
  const [start, end] = [Number(match[1]), Number(match[2]) + 1];
  return start < end && end <= bytes ? { start, end } : undefined;
}
