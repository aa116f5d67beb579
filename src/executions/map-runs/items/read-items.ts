// Reads the items of a distributed map from buckets. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html

import type { Buckets } from '#buckets';
import { ApiError } from '#kernel';
import type { Random } from '#kernel';
import { bucketFailure } from '../bucket-failure.ts';
import type { MapRunPort } from '../map-port.ts';
import { readAthena, readInventory, readListing } from './datasets.ts';
import { readFormat } from './formats.ts';
import { ItemList } from './item-list.ts';
import { ReaderFailure } from './reader-failure.ts';
import { maxItemsOf, readerSettings } from './reader-settings.ts';

export interface ItemParts {
  readonly random: Random;
  readonly buckets: Pick<Buckets, 'readObject' | 'listObjects'>;
}

type Request = Parameters<MapRunPort['readItems']>[0];

export async function readItems(parts: ItemParts, request: Request): ReturnType<MapRunPort['readItems']> {
  const { signal } = request;
  try {
    const list = await listOf(parts, request);
    return { kind: 'items', items: list.items, origin: list.origin };
  } catch (error) {
    if (signal.aborted) return { kind: 'interrupted' };
    if (error instanceof ReaderFailure) return { kind: 'failed', cause: error.message };
    if (error instanceof ApiError) return { kind: 'failed', cause: bucketFailure(error, parts.random.uuid()) };
    throw error;
  }
}

async function listOf({ buckets }: ItemParts, { scope, command, signal }: Request): Promise<ItemList> {
  const { resource, config, parameters } = command;
  const settings = readerSettings(resource, config, parameters, scope.account);
  const list = new ItemList(maxItemsOf(config));
  const readers = { buckets, signal, read: { bytes: 0 } };
  const { bucket } = settings;
  switch (settings.kind) {
    case 'object':
      await readFormat(readers, { scope, bucket, key: settings.key }, settings.format, list);
      return list;
    case 'inventory':
      await readInventory(readers, { scope, bucket, key: settings.key }, list);
      return list;
    case 'athena':
      await readAthena(readers, { scope, bucket, key: settings.key }, settings.format, list);
      return list;
    case 'listing':
      await readListing(readers, { scope, bucket, prefix: settings.prefix, format: settings.format }, list);
      return list;
    default:
      return settings satisfies never;
  }
}
