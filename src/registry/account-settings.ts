// What an account may have, and what it has. https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html

import type { Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { ResourceStore } from '#store';
import { documents } from './documents.ts';
import { unreservedConcurrency } from './functions/concurrency.ts';
import { recordOf, versionOf } from './functions/function-documents.ts';
import { layerVersionOf } from './layers/layer-record.ts';

export interface AccountSettings {
  readonly concurrency: number;
  readonly unreservedConcurrency: number;
  readonly codeStorageBytes: number;
  readonly unzippedBytes: number;
  readonly zipBytes: number;
  readonly functions: number;
  /** Each version of each function and layer counts with its own archive, as Lambda counts them. */
  readonly storedBytes: number;
}

export async function accountSettings(resources: ResourceStore, scope: Scope): Promise<AccountSettings> {
  let functions = 0;
  let storedBytes = 0;
  for await (const found of documents(resources, { scope, kind: 'function' })) {
    functions++;
    storedBytes += recordOf(found).latest.code.bytes;
  }
  for await (const found of documents(resources, { scope, kind: 'function-version' })) storedBytes += versionOf(found).code.bytes;
  for await (const found of documents(resources, { scope, kind: 'layer-version' })) storedBytes += layerVersionOf(found).bytes;
  return {
    concurrency: LIMITS.accountConcurrency,
    unreservedConcurrency: await unreservedConcurrency(resources, scope),
    codeStorageBytes: LIMITS.codeStorageBytes,
    unzippedBytes: LIMITS.unzippedBytes,
    zipBytes: LIMITS.zipBytes,
    functions,
    storedBytes,
  };
}
