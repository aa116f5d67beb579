// Pages of lists: at most 50 items each, and an opaque marker that says where the next one begins.

import { LIMITS } from '#kernel';
import { constraintViolated, invalidParameter } from './refusals.ts';

export interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextMarker: string | undefined;
}

/** MaxItems may be up to 10,000, but as on Lambda no page has more than 50. */
function pageSize({ MaxItems }: PageRequest): number {
  if (MaxItems === undefined) return LIMITS.listPageItems;
  if (!Number.isInteger(MaxItems) || MaxItems < 1)
    throw constraintViolated('maxItems', String(MaxItems), 'Member must have value greater than or equal to 1');
  return Math.min(MaxItems, LIMITS.listPageItems);
}

/** The last name of the page before; undefined at the beginning. Throws InvalidParameterValueException. */
function afterMarker({ Marker }: PageRequest): string | undefined {
  if (Marker === undefined || Marker === '') return undefined;
  const text = Buffer.from(Marker, 'base64url').toString('utf8');
  if (!text.startsWith('after:')) throw invalidParameter('Invalid marker. Pass the NextMarker of the page before, as it was.');
  return text.slice('after:'.length);
}

const markerOf = (last: string) => Buffer.from(`after:${last}`).toString('base64url');

/** One page of a source that yields items with their names in order, from after the marker on. */
export async function pageOf<Item>(
  request: PageRequest,
  source: (after: string | undefined) => AsyncIterable<{ readonly name: string; readonly item: Item }>,
): Promise<Page<Item>> {
  const size = pageSize(request);
  const items: Item[] = [];
  let last = '';
  for await (const { name, item } of source(afterMarker(request))) {
    if (items.length === size) return { items, nextMarker: markerOf(last) };
    items.push(item);
    last = name;
  }
  return { items, nextMarker: undefined };
}
