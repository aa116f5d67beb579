// registry: what functions are (settings, code, versions, aliases, layers, policies, URLs). Owns their documents, their archives
// and the folders that code is opened in; promises that none of them is ever half there, and that an environment never leaves
// it in plain but to a sandbox and to GetFunction.

export { createRegistry } from './registry.ts';
export type { Registry, RegistryDependencies } from './registry.ts';
export { functionArn, LATEST, targetOf, unqualifiedTargetOf } from './function-reference.ts';
export type { FunctionReference } from './function-reference.ts';
export type {
  EventInvokeSettings,
  FunctionTarget,
  FunctionUrlAuth,
  FunctionUrlCors,
  Invocables,
  InvocableFunction,
  PolicyPrincipal,
  ProvisionedConcurrency,
  PolicyQuestion,
  KnownUrl,
  ResolvedFunctionUrl,
  RetiredListener,
} from './invocable.ts';
export { runtimeOf } from './runtimes.ts';
export { forTenant, sharedKeyOf } from './tenants.ts';
export type { ReadObject } from './functions/code-source.ts';
export type { AliasRecord, Architecture, FunctionRecord, VersionRecord } from './functions/function-record.ts';
export type { ProvisionedConfig } from './functions/provisioned.ts';
export type { DurableSettings } from './functions/durable-settings.ts';
export type { EventDestination } from './functions/event-destinations.ts';
export type { EventInvokeRecord } from './functions/event-invoke.ts';
export { invokeModeIn } from './functions/function-urls.ts';
export type { FunctionUrlRecord } from './functions/function-urls.ts';
export type { LayerVersionRecord } from './layers/layer-record.ts';
export { layerArn, layerVersionArn, parseLayerVersionArn } from './layers/layer-record.ts';
export { policyText } from './policies/policy-document.ts';
export { createMappings } from './mappings/mappings.ts';
export type { FoundMapping, MappingDependencies, Mappings } from './mappings/mappings.ts';
export { mappingArn, mappingUuidIn, stateOf } from './mappings/mapping-record.ts';
export type { MappingRecord } from './mappings/mapping-record.ts';
export type { QueueFacts } from './mappings/mapping-settings.ts';
