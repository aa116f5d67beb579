// Provisioned concurrency as Lambda's API shows it: what was asked for, and what there is.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html

import type { GetProvisionedConcurrencyConfigResponse } from '@aws-sdk/client-lambda';
import type { FunctionName, Scope } from '#kernel';
import type { ProvisionedConfig } from '#registry';
import type { LambdaRooms } from './operation.ts';

export function provisionedConcurrencyOf(
  { provisionedState }: Pick<LambdaRooms, 'provisionedState'>,
  scope: Scope,
  name: FunctionName,
  { qualifier, requested, modifiedAtMs }: ProvisionedConfig,
): GetProvisionedConcurrencyConfigResponse {
  const { allocated, available, failure } = provisionedState(scope, name, qualifier);
  const isReady = available >= requested;
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AllocatedProvisionedConcurrentExecutions: Math.min(allocated, requested),
    AvailableProvisionedConcurrentExecutions: Math.min(available, requested),
    Status: isReady ? 'READY' : failure === undefined ? 'IN_PROGRESS' : 'FAILED',
    StatusReason: isReady ? undefined : failure,
    LastModified: new Date(modifiedAtMs).toISOString().replace(/\.\d+Z$/, '+0000'),
  };
}
