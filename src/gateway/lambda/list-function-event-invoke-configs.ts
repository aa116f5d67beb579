// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html

import { unqualifiedTargetOf } from '#registry';
import { eventInvokeConfigurationOf } from './event-invoke-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const listFunctionEventInvokeConfigs: LambdaHandler<'ListFunctionEventInvokeConfigs'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const { items, nextMarker } = await registry.eventInvokes.list(scope, name, input);
    return {
      FunctionEventInvokeConfigs: items.map((record) => eventInvokeConfigurationOf(scope, name, record)),
      NextMarker: nextMarker,
    };
  };
