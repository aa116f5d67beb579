// A layer version as Lambda's API shows it. https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html

import type { GetLayerVersionResponse, LayerVersionsListItem } from '@aws-sdk/client-lambda';
import type { Scope } from '#kernel';
import type { LayerVersionRecord, Registry } from '#registry';
import { layerArn, layerVersionArn } from '#registry';
import type { CallContext } from '../operation.ts';
import { downloadLocation } from './download-location.ts';

export function layerVersionOutput(registry: Registry, context: CallContext, layer: LayerVersionRecord): GetLayerVersionResponse {
  return {
    ...layerVersionItem(context.scope, layer),
    LayerArn: layerArn(context.scope, layer.layer),
    Content: { Location: downloadLocation(registry, context, layer.hash), CodeSha256: layer.sha256, CodeSize: layer.bytes },
  };
}

export function layerVersionItem(scope: Scope, layer: LayerVersionRecord): LayerVersionsListItem {
  return {
    LayerVersionArn: layerVersionArn(scope, layer.layer, layer.version),
    Version: layer.version,
    Description: layer.description,
    CreatedDate: new Date(layer.createdAtMs).toISOString().replace('Z', '+0000'),
    CompatibleRuntimes: [...layer.runtimes] as LayerVersionsListItem['CompatibleRuntimes'],
    CompatibleArchitectures: [...layer.architectures] as LayerVersionsListItem['CompatibleArchitectures'],
    LicenseInfo: layer.license ?? undefined,
  };
}
