// What the store remembers of layers: a head that counts the versions, and one record a version.

import type { ContentHash, Scope } from '#kernel';
import type { Resource, ResourceKey } from '#store';
import { versionKey } from '../function-reference.ts';
import type { PolicyRecord } from '../policies/policy-document.ts';
import { constraintViolated } from '../refusals.ts';

export interface LayerRecord {
  readonly name: string;
  /** Numbers are never used twice, not even after a removal. */
  readonly nextVersion: number;
}

export interface LayerVersionRecord {
  readonly layer: string;
  readonly version: number;
  readonly description: string;
  readonly license: string | null;
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
  readonly createdAtMs: number;
  readonly hash: ContentHash;
  readonly sha256: string;
  readonly bytes: number;
  readonly unzippedBytes: number;
  readonly policy: PolicyRecord | null;
}

export interface LayerVersionReference {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly version: number;
}

const NAME = /^[a-zA-Z0-9_-]{1,140}$/;
const ARN =
  /^arn:aws[a-zA-Z-]*:lambda:(?<region>[a-z0-9-]+):(?<account>\d{12}):layer:(?<name>[a-zA-Z0-9_-]{1,140})(?::(?<version>\d{1,15}))?$/;

export const layerKey = (scope: Scope, name: string): ResourceKey => ({ scope, kind: 'layer', name });
export const layerVersionKey = (scope: Scope, name: string, version: number): ResourceKey => ({
  scope,
  kind: 'layer-version',
  name: versionKey(name, String(version)),
});

export const layerOf = (resource: Resource) => resource.body as unknown as LayerRecord;
export const layerVersionOf = (resource: Resource) => resource.body as unknown as LayerVersionRecord;

export const layerArn = (scope: Scope, name: string) => `arn:aws:lambda:${scope.region}:${scope.account}:layer:${name}`;
export const layerVersionArn = (scope: Scope, name: string, version: number) => `${layerArn(scope, name)}:${version}`;

/** Undefined for what is no layer version's ARN. */
export function parseLayerVersionArn(text: string): LayerVersionReference | undefined {
  const parts = ARN.exec(text)?.groups;
  if (parts?.['version'] === undefined) return undefined;
  const { region = '', account = '', name = '', version } = parts;
  return { region, account, name, version: Number(version) };
}

/** A layer is named, or given by the ARN of the layer in this scope. Throws ValidationException. */
export function layerNameOf(scope: Scope, text: string): string {
  if (NAME.test(text)) return text;
  const parts = ARN.exec(text)?.groups;
  const { region, account, name } = parts ?? {};
  if (name === undefined || parts?.['version'] !== undefined || region !== scope.region || account !== scope.account)
    throw constraintViolated(
      'layerName',
      text,
      'Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+',
    );
  return name;
}
