// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html

import { targetOf } from '#registry';
import { downloadLocation } from './download-location.ts';
import { configurationOf } from './function-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const getFunction: LambdaHandler<'GetFunction'> =
  ({ registry }) =>
  async (input, context) => {
    const { scope } = context;
    const target = targetOf(scope, input.FunctionName, input.Qualifier);
    const { record, version } = await registry.functions.get(scope, target);
    return {
      Configuration: configurationOf(registry, scope, { record, version }, target.qualifier),
      Code: { RepositoryType: 'S3', Location: downloadLocation(registry, context, version.code.hash) },
      Tags: Object.keys(record.tags).length === 0 ? undefined : { ...record.tags },
      Concurrency: record.reservedConcurrency === null ? undefined : { ReservedConcurrentExecutions: record.reservedConcurrency },
    };
  };
