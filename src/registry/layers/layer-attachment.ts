// Which layers a function may have, and what they add up to.
// https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html

import type { Scope } from '#kernel';
import { LIMITS } from '#kernel';
import type { ResourceChange, ResourceStore } from '#store';
import type { Architecture, LayerReference } from '../functions/function-record.ts';
import { constraintViolated, invalidParameter } from '../refusals.ts';
import { layerArn, layerVersionArn, layerVersionKey, layerVersionOf, parseLayerVersionArn } from './layer-record.ts';

export interface AttachedLayers {
  readonly layers: readonly LayerReference[];
  /** Go into the commit that attaches them: each is still there. */
  readonly checks: readonly ResourceChange[];
}

/** Throws InvalidParameterValueException. */
export async function attachLayers(
  resources: ResourceStore,
  scope: Scope,
  arns: readonly string[],
  hostArchitecture: Architecture,
): Promise<AttachedLayers> {
  if (arns.length > LIMITS.layersPerFunction)
    throw invalidParameter(`Cannot reference more than ${LIMITS.layersPerFunction} layers.`);
  const layers: LayerReference[] = [];
  const checks: ResourceChange[] = [];
  const seen = new Map<string, string>();
  for (const arn of arns) {
    const reference = parseLayerVersionArn(arn);
    if (reference === undefined)
      throw constraintViolated(
        'layers',
        arn,
        'Member must satisfy regular expression pattern: arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+',
      );
    const other = seen.get(reference.name);
    if (other !== undefined)
      throw invalidParameter(
        `Two different versions of the same layer are not allowed to be referenced in the same function. ${other} and ${arn} are versions of the same layer.`,
      );
    seen.set(reference.name, arn);
    if (reference.region !== scope.region)
      throw invalidParameter(
        `Layers are not in the same region as the function. Layers are expected to be in region ${scope.region}.`,
      );
    if (reference.account !== scope.account)
      throw invalidParameter(
        `The layer ${arn} belongs to another account. Publish it as ${layerArn(scope, reference.name)} first.`,
      );
    const key = layerVersionKey(scope, reference.name, reference.version);
    const found = await resources.get(key);
    if (found === undefined) throw invalidParameter(`Layer version ${arn} does not exist.`);
    const { architectures, hash, sha256, bytes, unzippedBytes } = layerVersionOf(found);
    if (architectures.length > 0 && !architectures.includes(hostArchitecture))
      throw invalidParameter(
        `Layer version ${arn} is made for ${architectures.join(', ')}, and this machine runs ${hostArchitecture}.`,
      );
    layers.push({ arn: layerVersionArn(scope, reference.name, reference.version), hash, sha256, bytes, unzippedBytes });
    checks.push({ key, expect: 'present', change: 'check' });
  }
  return { layers, checks };
}

/** Throws InvalidParameterValueException when code and layers together are too much. */
export function checkUnzippedTotal(codeBytes: number, layers: readonly LayerReference[]): void {
  const total = layers.reduce((sum, layer) => sum + layer.unzippedBytes, codeBytes);
  if (total > LIMITS.unzippedBytes)
    throw invalidParameter(
      `Function code combined with layers exceeds the maximum allowed size of ${LIMITS.unzippedBytes} bytes. The actual size is ${total} bytes.`,
    );
}
