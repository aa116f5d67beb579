// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html

import { mappingConfigurationOf } from './event-source-mapping-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const createEventSourceMapping: LambdaHandler<'CreateEventSourceMapping'> =
  ({ mappings }) =>
  async (input, { scope }) =>
    mappingConfigurationOf(scope, await mappings.create(scope, input), undefined);
