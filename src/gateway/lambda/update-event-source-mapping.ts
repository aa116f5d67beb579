// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html

import { mappingConfigurationOf } from './event-source-mapping-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const updateEventSourceMapping: LambdaHandler<'UpdateEventSourceMapping'> =
  ({ mappings, mappingResult }) =>
  async (input, { scope }) =>
    mappingConfigurationOf(scope, await mappings.update(scope, input.UUID, input), mappingResult(input.UUID));
