// PutTargets, RemoveTargets, ListTargetsByRule. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html

import { busNameOf } from '#buses';
import { nextPage, type EventBridgeHandler } from './operation.ts';
import { targetInput, targetMember } from './target-members.ts';

export const putTargets: EventBridgeHandler<'PutTargets'> =
  ({ buses }) =>
  async ({ Rule, EventBusName, Targets }, { scope }) => {
    const name = { bus: busNameOf(scope, EventBusName), rule: Rule };
    const failed = await buses.targets.put(scope, name, Targets.map(targetInput));
    return {
      FailedEntryCount: failed.length,
      FailedEntries: failed.map(({ id, code, message }) => ({ TargetId: id, ErrorCode: code, ErrorMessage: message })),
    };
  };

export const removeTargets: EventBridgeHandler<'RemoveTargets'> =
  ({ buses }) =>
  async ({ Rule, EventBusName, Ids }, { scope }) => {
    await buses.targets.remove(scope, { bus: busNameOf(scope, EventBusName), rule: Rule }, Ids);
    return { FailedEntryCount: 0, FailedEntries: [] };
  };

export const listTargetsByRule: EventBridgeHandler<'ListTargetsByRule'> =
  ({ buses }) =>
  async ({ Rule, EventBusName, NextToken, Limit }, { scope }) => {
    const name = { bus: busNameOf(scope, EventBusName), rule: Rule };
    const page = await buses.targets.list(scope, name, { token: NextToken, limit: Limit });
    return { Targets: page.items.map(targetMember), ...nextPage(page) };
  };
