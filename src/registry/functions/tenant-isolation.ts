// Tenant isolation: a function whose instances never serve two tenants. Decided at its creation, once and for all.
// https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html

import type { CreateFunctionRequest } from '@aws-sdk/client-lambda';
import { invalidParameter } from '../refusals.ts';
import type { FunctionRecord, FunctionSettings } from './function-record.ts';

/** The part of a new function's record that remembers it. */
export function tenantIsolationOf({
  TenancyConfig,
}: Pick<CreateFunctionRequest, 'TenancyConfig'>): Pick<FunctionRecord, 'tenantIsolation'> {
  if (TenancyConfig === undefined) return {};
  if (TenancyConfig.TenantIsolationMode !== 'PER_TENANT')
    throw invalidParameter('TenancyConfig needs a TenantIsolationMode, and PER_TENANT is the only one.');
  return { tenantIsolation: true };
}

/** As on Lambda: what would share instances, or calls without saying for whom, and tenant isolation exclude each other. */
export function refuseWithTenantIsolation(
  { tenantIsolation }: Pick<FunctionRecord, 'tenantIsolation'>,
  feature: 'SnapStart' | 'Provisioned concurrency' | 'A function URL' | 'An event source mapping',
): void {
  if (tenantIsolation === true) throw invalidParameter(`${feature} is not supported for functions with tenant isolation.`);
}

export function checkTenantIsolation(record: Pick<FunctionRecord, 'tenantIsolation'>, { snapStart }: FunctionSettings): void {
  if (snapStart !== undefined) refuseWithTenantIsolation(record, 'SnapStart');
}
