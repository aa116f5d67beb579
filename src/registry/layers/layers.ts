// Layers: archives that functions share, in numbered versions that never change.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html

import type { LayerVersionContentInput, PublishLayerVersionRequest } from '@aws-sdk/client-lambda';
import type { Clock, Random, Scope } from '#kernel';
import type { Resource, ResourceStore } from '#store';
import { RefusedArchive } from '../code/archive-rules.ts';
import { addUse, removeUse } from '../code/code-records.ts';
import type { CodeStore } from '../code/code-store.ts';
import { refusedArchiveMessage } from '../code/code-store.ts';
import { documents } from '../documents.ts';
import type { ReadObject } from '../functions/code-source.ts';
import { storeCode } from '../functions/code-source.ts';
import { put } from '../functions/function-documents.ts';
import type { Page, PageRequest } from '../paging.ts';
import { pageOf } from '../paging.ts';
import { conflict, constraintViolated, invalidParameter, resourceNotFound } from '../refusals.ts';
import type { LayerVersionRecord } from './layer-record.ts';
import { layerKey, layerNameOf, layerOf, layerVersionKey, layerVersionOf } from './layer-record.ts';

export interface LayerDependencies {
  readonly resources: ResourceStore;
  readonly codes: CodeStore;
  readonly readObject: ReadObject;
  readonly clock: Clock;
  readonly random: Random;
}

export type NewLayerVersion = Readonly<
  Pick<PublishLayerVersionRequest, 'Description' | 'CompatibleRuntimes' | 'CompatibleArchitectures' | 'LicenseInfo'>
> & {
  readonly LayerName: string;
  readonly Content: Readonly<Omit<LayerVersionContentInput, 'ZipFile'>> & { readonly ZipFile?: Uint8Array | undefined };
};

export interface LayerFilter {
  readonly runtime?: string | undefined;
  readonly architecture?: string | undefined;
}

const ATTEMPTS_MAX = 50;
const DESCRIPTION_LENGTH_MAX = 256;
const LICENSE_LENGTH_MAX = 512;
const RUNTIMES_MAX = 15;

/** A layer has no state to show a fault in later, so its archive is opened before the answer. */
export async function publishLayer(deps: LayerDependencies, scope: Scope, request: NewLayerVersion): Promise<LayerVersionRecord> {
  const name = layerNameOf(scope, request.LayerName);
  checkRequest(request);
  const held = await storeCode(deps, scope, request.Content);
  try {
    await deps.codes.tree(held.record.hash).catch((error: unknown) => {
      throw error instanceof RefusedArchive ? invalidParameter(refusedArchiveMessage(error), error) : error;
    });
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const head = await deps.resources.get(layerKey(scope, name));
      const version = head === undefined ? 1 : layerOf(head).nextVersion;
      const { hash, sha256, bytes, unzippedBytes } = held.record;
      const record: LayerVersionRecord = {
        layer: name,
        version,
        description: request.Description ?? '',
        license: request.LicenseInfo ?? null,
        runtimes: request.CompatibleRuntimes ?? [],
        architectures: request.CompatibleArchitectures ?? [],
        createdAtMs: deps.clock.now(),
        hash,
        sha256,
        bytes,
        unzippedBytes,
        policy: null,
      };
      const outcome = await deps.resources.commit([
        put(layerKey(scope, name), { name, nextVersion: version + 1 }, head === undefined ? 'absent' : { revision: head.revision }),
        put(layerVersionKey(scope, name, version), record, 'absent'),
        addUse(hash, { scope, kind: 'layer', name, version: String(version) }),
        ...held.fence,
      ]);
      if (outcome.kind === 'committed') return record;
    }
    throw conflict(`The layer ${name} is published by too many callers at once. Try again.`);
  } finally {
    await held.release();
  }
}

/** Throws ResourceNotFoundException. */
export async function getLayerVersion(
  { resources }: LayerDependencies,
  scope: Scope,
  layer: string,
  version: number,
): Promise<LayerVersionRecord> {
  const found = await resources.get(layerVersionKey(scope, layerNameOf(scope, layer), checkedVersion(version)));
  if (found === undefined) throw resourceNotFound();
  return layerVersionOf(found);
}

/** Functions that have it keep it. Deleting one that is not there is no error, as on Lambda. */
export async function deleteLayerVersion(
  { resources, codes }: LayerDependencies,
  scope: Scope,
  layer: string,
  version: number,
): Promise<void> {
  const name = layerNameOf(scope, layer);
  const key = layerVersionKey(scope, name, checkedVersion(version));
  const found = await resources.get(key);
  if (found === undefined) return;
  const { hash } = layerVersionOf(found);
  const use = removeUse(hash, { scope, kind: 'layer', name, version: String(version) });
  const outcome = await resources.commit([{ key, expect: 'present', change: 'remove' }, use]);
  if (outcome.kind === 'committed') await codes.collect([hash]);
}

/** Newest first. */
export function listLayerVersions(
  { resources }: LayerDependencies,
  scope: Scope,
  layer: string,
  request: PageRequest,
  filter: LayerFilter,
): Promise<Page<LayerVersionRecord>> {
  const name = layerNameOf(scope, layer);
  return pageOf(request, async function* newestFirst(after) {
    for (const record of await versionsOf(resources, scope, name)) {
      const isPast = after !== undefined && record.version >= Number(after);
      if (!isPast && passes(filter, record)) yield { name: String(record.version), item: record };
    }
  });
}

/** Each layer with its newest version that passes the filter. */
export function listLayers(
  { resources }: LayerDependencies,
  scope: Scope,
  request: PageRequest,
  filter: LayerFilter,
): Promise<Page<LayerVersionRecord>> {
  return pageOf(request, async function* layers(after) {
    for await (const found of documents(resources, { scope, kind: 'layer', after })) {
      const { name } = layerOf(found);
      const newest = (await versionsOf(resources, scope, name)).find((record) => passes(filter, record));
      if (newest !== undefined) yield { name, item: newest };
    }
  });
}

async function versionsOf(resources: ResourceStore, scope: Scope, name: string): Promise<readonly LayerVersionRecord[]> {
  const found: Resource[] = [];
  for await (const resource of documents(resources, { scope, kind: 'layer-version', prefix: `${name}/` })) found.push(resource);
  return found.map(layerVersionOf).toReversed();
}

const passes = ({ runtime, architecture }: LayerFilter, record: LayerVersionRecord) =>
  (runtime === undefined || record.runtimes.includes(runtime)) &&
  (architecture === undefined || record.architectures.includes(architecture));

export function checkedVersion(version: number): number {
  if (!Number.isSafeInteger(version) || version < 1) throw invalidParameter('Layer Version Cannot be less than 1');
  return version;
}

function checkRequest({
  Description = '',
  LicenseInfo = '',
  CompatibleRuntimes = [],
  CompatibleArchitectures = [],
}: NewLayerVersion): void {
  if (Description.length > DESCRIPTION_LENGTH_MAX)
    throw constraintViolated('description', Description, `Member must have length less than or equal to ${DESCRIPTION_LENGTH_MAX}`);
  if (LicenseInfo.length > LICENSE_LENGTH_MAX)
    throw constraintViolated('licenseInfo', LicenseInfo, `Member must have length less than or equal to ${LICENSE_LENGTH_MAX}`);
  if (CompatibleRuntimes.length > RUNTIMES_MAX)
    throw constraintViolated(
      'compatibleRuntimes',
      `${CompatibleRuntimes.length} items`,
      `Member must have length less than or equal to ${RUNTIMES_MAX}`,
    );
  const unknown = CompatibleArchitectures.find((architecture) => architecture !== 'x86_64' && architecture !== 'arm64');
  if (unknown !== undefined)
    throw constraintViolated(
      'compatibleArchitectures',
      `[${String(unknown)}]`,
      'Member must satisfy enum value set: [x86_64, arm64]',
    );
}
