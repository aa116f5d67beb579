// https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html

import { unqualifiedTargetOf } from '#registry';
import { configurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const publishVersion: LambdaHandler<'PublishVersion'> =
  ({ registry }) =>
  async (input, { scope }) => {
    const name = unqualifiedTargetOf(scope, input.FunctionName);
    const published = await registry.functions.publishVersion(scope, name, input);
    return configurationOf(registry, scope, published, published.version.version);
  };
