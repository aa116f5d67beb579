// Lambda's control plane: every operation that is served, by name. https://docs.aws.amazon.com/lambda/latest/api/

import { addLayerVersionPermission } from './add-layer-version-permission.ts';
import { addPermission } from './add-permission.ts';
import { createAlias } from './create-alias.ts';
import { createEventSourceMapping } from './create-event-source-mapping.ts';
import { createFunction } from './create-function.ts';
import { createFunctionUrlConfig } from './create-function-url-config.ts';
import { deleteAlias } from './delete-alias.ts';
import { deleteEventSourceMapping } from './delete-event-source-mapping.ts';
import { deleteFunction } from './delete-function.ts';
import { deleteFunctionConcurrency } from './delete-function-concurrency.ts';
import { deleteFunctionEventInvokeConfig } from './delete-function-event-invoke-config.ts';
import { deleteFunctionUrlConfig } from './delete-function-url-config.ts';
import { deleteLayerVersion } from './delete-layer-version.ts';
import { deleteProvisionedConcurrencyConfig } from './delete-provisioned-concurrency-config.ts';
import { getAccountSettings } from './get-account-settings.ts';
import { getAlias } from './get-alias.ts';
import { getEventSourceMapping } from './get-event-source-mapping.ts';
import { getFunction } from './get-function.ts';
import { getFunctionCodeSigningConfig } from './get-function-code-signing-config.ts';
import { getFunctionConcurrency } from './get-function-concurrency.ts';
import { getFunctionConfiguration } from './get-function-configuration.ts';
import { getFunctionEventInvokeConfig } from './get-function-event-invoke-config.ts';
import { getFunctionRecursionConfig } from './get-function-recursion-config.ts';
import { getFunctionUrlConfig } from './get-function-url-config.ts';
import { getLayerVersion } from './get-layer-version.ts';
import { getLayerVersionByArn } from './get-layer-version-by-arn.ts';
import { getLayerVersionPolicy } from './get-layer-version-policy.ts';
import { getPolicy } from './get-policy.ts';
import { getProvisionedConcurrencyConfig } from './get-provisioned-concurrency-config.ts';
import { getRuntimeManagementConfig } from './get-runtime-management-config.ts';
import { listAliases } from './list-aliases.ts';
import { listEventSourceMappings } from './list-event-source-mappings.ts';
import { listFunctionEventInvokeConfigs } from './list-function-event-invoke-configs.ts';
import { listFunctionUrlConfigs } from './list-function-url-configs.ts';
import { listFunctions } from './list-functions.ts';
import { listLayerVersions } from './list-layer-versions.ts';
import { listLayers } from './list-layers.ts';
import { listProvisionedConcurrencyConfigs } from './list-provisioned-concurrency-configs.ts';
import { listTags } from './list-tags.ts';
import { listVersionsByFunction } from './list-versions-by-function.ts';
import { publishLayerVersion } from './publish-layer-version.ts';
import { publishVersion } from './publish-version.ts';
import { putFunctionConcurrency } from './put-function-concurrency.ts';
import { putFunctionEventInvokeConfig } from './put-function-event-invoke-config.ts';
import { putFunctionRecursionConfig } from './put-function-recursion-config.ts';
import { putProvisionedConcurrencyConfig } from './put-provisioned-concurrency-config.ts';
import { putRuntimeManagementConfig } from './put-runtime-management-config.ts';
import { removeLayerVersionPermission } from './remove-layer-version-permission.ts';
import { removePermission } from './remove-permission.ts';
import { tagResource } from './tag-resource.ts';
import { untagResource } from './untag-resource.ts';
import { updateAlias } from './update-alias.ts';
import { updateEventSourceMapping } from './update-event-source-mapping.ts';
import { updateFunctionCode } from './update-function-code.ts';
import { updateFunctionConfiguration } from './update-function-configuration.ts';
import { updateFunctionEventInvokeConfig } from './update-function-event-invoke-config.ts';
import { updateFunctionUrlConfig } from './update-function-url-config.ts';
import type { DurableHandlers } from './durable-handlers.ts';
import type { InvokeHandlers } from './invoke-handlers.ts';
import type { LambdaHandlers, LambdaRooms } from './operation.ts';

/** Invocation and durable executions have their own handlers beside these; whoever builds the house brings them. */
export function lambdaHandlers(rooms: LambdaRooms, others: Partial<InvokeHandlers & DurableHandlers> = {}): LambdaHandlers {
  return {
    ...others,
    AddLayerVersionPermission: addLayerVersionPermission(rooms),
    AddPermission: addPermission(rooms),
    CreateAlias: createAlias(rooms),
    CreateEventSourceMapping: createEventSourceMapping(rooms),
    CreateFunction: createFunction(rooms),
    CreateFunctionUrlConfig: createFunctionUrlConfig(rooms),
    DeleteAlias: deleteAlias(rooms),
    DeleteEventSourceMapping: deleteEventSourceMapping(rooms),
    DeleteFunction: deleteFunction(rooms),
    DeleteFunctionConcurrency: deleteFunctionConcurrency(rooms),
    DeleteFunctionEventInvokeConfig: deleteFunctionEventInvokeConfig(rooms),
    DeleteFunctionUrlConfig: deleteFunctionUrlConfig(rooms),
    DeleteLayerVersion: deleteLayerVersion(rooms),
    DeleteProvisionedConcurrencyConfig: deleteProvisionedConcurrencyConfig(rooms),
    GetAccountSettings: getAccountSettings(rooms),
    GetAlias: getAlias(rooms),
    GetEventSourceMapping: getEventSourceMapping(rooms),
    GetFunction: getFunction(rooms),
    GetFunctionCodeSigningConfig: getFunctionCodeSigningConfig(rooms),
    GetFunctionConcurrency: getFunctionConcurrency(rooms),
    GetFunctionConfiguration: getFunctionConfiguration(rooms),
    GetFunctionEventInvokeConfig: getFunctionEventInvokeConfig(rooms),
    GetFunctionRecursionConfig: getFunctionRecursionConfig(rooms),
    GetFunctionUrlConfig: getFunctionUrlConfig(rooms),
    GetLayerVersion: getLayerVersion(rooms),
    GetLayerVersionByArn: getLayerVersionByArn(rooms),
    GetLayerVersionPolicy: getLayerVersionPolicy(rooms),
    GetPolicy: getPolicy(rooms),
    GetProvisionedConcurrencyConfig: getProvisionedConcurrencyConfig(rooms),
    GetRuntimeManagementConfig: getRuntimeManagementConfig(rooms),
    ListAliases: listAliases(rooms),
    ListEventSourceMappings: listEventSourceMappings(rooms),
    ListFunctionEventInvokeConfigs: listFunctionEventInvokeConfigs(rooms),
    ListFunctionUrlConfigs: listFunctionUrlConfigs(rooms),
    ListFunctions: listFunctions(rooms),
    ListLayerVersions: listLayerVersions(rooms),
    ListLayers: listLayers(rooms),
    ListProvisionedConcurrencyConfigs: listProvisionedConcurrencyConfigs(rooms),
    ListTags: listTags(rooms),
    ListVersionsByFunction: listVersionsByFunction(rooms),
    PublishLayerVersion: publishLayerVersion(rooms),
    PublishVersion: publishVersion(rooms),
    PutFunctionConcurrency: putFunctionConcurrency(rooms),
    PutFunctionEventInvokeConfig: putFunctionEventInvokeConfig(rooms),
    PutFunctionRecursionConfig: putFunctionRecursionConfig(rooms),
    PutProvisionedConcurrencyConfig: putProvisionedConcurrencyConfig(rooms),
    PutRuntimeManagementConfig: putRuntimeManagementConfig(rooms),
    RemoveLayerVersionPermission: removeLayerVersionPermission(rooms),
    RemovePermission: removePermission(rooms),
    TagResource: tagResource(rooms),
    UntagResource: untagResource(rooms),
    UpdateAlias: updateAlias(rooms),
    UpdateEventSourceMapping: updateEventSourceMapping(rooms),
    UpdateFunctionCode: updateFunctionCode(rooms),
    UpdateFunctionConfiguration: updateFunctionConfiguration(rooms),
    UpdateFunctionEventInvokeConfig: updateFunctionEventInvokeConfig(rooms),
    UpdateFunctionUrlConfig: updateFunctionUrlConfig(rooms),
  };
}

export { codeDownloadRoute } from './code-download.ts';
export type { LambdaHandlers, LambdaRooms } from './operation.ts';
