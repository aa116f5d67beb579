// Which records of a source pass the filters of a mapping or a pipe.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
//
// A message's body is text. A pattern that looks into the body sees it as JSON, and a body that is none does not pass; a pattern that names
// the body as a text does not see into JSON, and lets none pass.

import { compilePattern } from '#patterns';
import type { SourceRecord } from './source.ts';

export type RecordFilter = (record: Pick<SourceRecord, 'document'>) => boolean;

/** A record passes that matches one of them; of none, all pass. Throws `InvalidPattern`. */
export function recordFilter(patterns: readonly string[]): RecordFilter {
  if (patterns.length === 0) return () => true;
  const filters = patterns.map(filterOf);
  return (record) => filters.some((matches) => matches(record));
}

function filterOf(pattern: string): RecordFilter {
  const matches = compilePattern(pattern);
  const { body, $or: alternatives } = JSON.parse(pattern) as { readonly body?: unknown; readonly $or?: unknown };
  // Each alternative may see it as a text, or look inside.
  if (body === undefined && alternatives !== undefined) return ({ document }) => matches(withParsedBody(document));
  if (body === undefined) return ({ document }) => matches(document);
  const looksInside = !Array.isArray(body);
  return ({ document }) => {
    const content = withParsedBody(document);
    const isStructured = content !== document;
    return isStructured === looksInside && matches(content);
  };
}

/** The record with its body as a document, where the body is JSON of an object or a list; else as it is. */
export function withParsedBody(document: SourceRecord['document']): SourceRecord['document'] {
  const { body } = document;
  if (typeof body !== 'string' || !/^\s*[[{]/.test(body)) return document;
  try {
    return { ...document, body: JSON.parse(body) as unknown };
  } catch {
    return document; // Text that begins like JSON is still text.
  }
}
