// PutPermission, RemovePermission. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html

import { busNameOf } from '#buses';
import { ApiError } from '#kernel';
import type { EventBridgeHandler } from './operation.ts';

export const putPermission: EventBridgeHandler<'PutPermission'> =
  ({ buses }) =>
  async ({ EventBusName, Action, Principal, StatementId, Condition, Policy }, { scope }) => {
    const bus = busNameOf(scope, EventBusName);
    if (Policy !== undefined) {
      if ((Action ?? Principal ?? StatementId ?? Condition) !== undefined)
        throw invalid('Policy cannot be given together with Action, Principal, StatementId or Condition.');
      await buses.permissions.putPolicy(scope, bus, Policy);
      return {};
    }
    if (Action === undefined || Principal === undefined || StatementId === undefined)
      throw invalid('Parameter(s) Action, Principal and StatementId must be specified, or Policy.');
    await buses.permissions.put(scope, bus, {
      action: Action,
      principal: Principal,
      statementId: StatementId,
      condition: Condition && { type: Condition.Type, key: Condition.Key, value: Condition.Value },
    });
    return {};
  };

export const removePermission: EventBridgeHandler<'RemovePermission'> =
  ({ buses }) =>
  async ({ StatementId, RemoveAllPermissions = false, EventBusName }, { scope }) => {
    const bus = busNameOf(scope, EventBusName);
    // An id that is not there is an error also where all go, as with AWS.
    if (StatementId !== undefined) await buses.permissions.remove(scope, bus, StatementId);
    else if (!RemoveAllPermissions) throw invalid('Parameter(s) StatementId or RemoveAllPermissions must be specified.');
    if (RemoveAllPermissions) await buses.permissions.removeAll(scope, bus);
    return {};
  };

function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message, { status: 400 });
}
