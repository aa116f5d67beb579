// Functions: an entry becomes an asynchronous invocation, in the very step that settles it.

import { EVENT_LANE } from '#invocation';
import { derivedUuid } from '#kernel';
import type { OutboxEntry } from '#outbox';
import { targetOf } from '#registry';
import type { FunctionTarget } from '#registry';
import type { NewDelivery } from '#store';
import type { Carrier } from './carrier.ts';
import type { Outcome } from './outcome.ts';
import { actsWithRole } from './permission.ts';
import type { FunctionPort } from './ports.ts';

export function functionCarrier(functions: FunctionPort): Carrier<'function'> {
  return async (entry, { arn }, { nowMs }) => {
    const target = targetOf(entry.scope, arn, undefined);
    const { tenantIsolation } = await functions.resolve(entry.scope, target);
    if (tenantIsolation) return refusedFor(arn, 'keeps its tenants apart, and a service cannot say for which it calls');
    if (!(await mayInvoke(functions, entry, target)))
      return {
        kind: 'refused',
        code: 'NO_PERMISSIONS',
        apiCode: 'AccessDeniedException',
        message: `The policy of ${arn} does not let ${entry.sender.service} invoke it for ${entry.sender.arn}. Allow it with lambda:AddPermission.`,
      };
    return { kind: 'delivered', followUps: [invocationOf(entry, arn, nowMs)] };
  };
}

async function mayInvoke(functions: FunctionPort, { scope, sender }: OutboxEntry, target: FunctionTarget): Promise<boolean> {
  if (actsWithRole(sender)) return true;
  return functions.policyAllows({
    scope,
    function: target.name,
    qualifier: target.qualifier,
    action: 'lambda:InvokeFunction',
    principal: { kind: 'service', service: sender.service },
    sourceArn: sender.arn,
    sourceAccount: scope.account,
  });
}

function invocationOf({ id, scope, payload, traceHeader }: OutboxEntry, arn: string, nowMs: number): NewDelivery {
  return {
    id: requestIdOf(id),
    scope,
    lane: EVENT_LANE,
    target: arn,
    payload,
    attributes: traceHeader === undefined ? {} : { traceHeader },
    acceptedAtMs: nowMs,
    dueAtMs: nowMs,
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The entry's own where it is one, else one that is always the same: an entry that was accepted twice is run once. */
function requestIdOf(entryId: string): string {
  return UUID.test(entryId) ? entryId : derivedUuid(entryId);
}

function refusedFor(arn: string, reason: string): Outcome {
  return { kind: 'refused', code: 'INVALID_PARAMETER', apiCode: 'InvalidParameterValueException', message: `${arn} ${reason}.` };
}
