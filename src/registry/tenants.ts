// Whom an invocation is for, where its function keeps tenants apart: the tenant becomes a part of the instance key, so that no instance
// which served one is ever given to another. https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation-invoke.html

import type { InvocableFunction } from './invocable.ts';
import { invalidParameter } from './refusals.ts';

/** No tenant's id has it, and no instance key either. */
const SEPARATOR = '\u0000';

/** Throws InvalidParameterValueException for a tenant that is missing, and for one where nobody asked for any. */
export function forTenant(invocable: InvocableFunction, tenantId: string | undefined): InvocableFunction {
  if (!invocable.tenantIsolation) {
    if (tenantId === undefined) return invocable;
    throw invalidParameter(
      'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.',
    );
  }
  if (tenantId === undefined)
    throw invalidParameter(
      'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.',
    );
  return { ...invocable, tenantId, instanceKey: `${invocable.instanceKey}${SEPARATOR}${tenantId}` };
}

/** The key that `onRetired` names, of which every tenant has one of its own. */
export function sharedKeyOf(instanceKey: string): string {
  const end = instanceKey.indexOf(SEPARATOR);
  return end < 0 ? instanceKey : instanceKey.slice(0, end);
}
