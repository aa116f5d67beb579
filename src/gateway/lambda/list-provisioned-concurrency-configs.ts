// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html

import { functionArn, unqualifiedTargetOf } from '#registry';
import { provisionedConcurrencyOf } from './provisioned-concurrency.ts';
import type { LambdaHandler } from './operation.ts';

export const listProvisionedConcurrencyConfigs: LambdaHandler<'ListProvisionedConcurrencyConfigs'> =
  (rooms) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const { items, nextMarker } = await rooms.registry.provisioned.list(scope, name, input);
    return {
      ProvisionedConcurrencyConfigs: items.map((config) => ({
        FunctionArn: functionArn(scope, name, config.qualifier),
        ...provisionedConcurrencyOf(rooms, scope, name, config),
      })),
      NextMarker: nextMarker,
    };
  };
