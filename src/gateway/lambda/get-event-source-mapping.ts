// https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html

import { mappingConfigurationOf } from './event-source-mapping-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const getEventSourceMapping: LambdaHandler<'GetEventSourceMapping'> =
  ({ mappings, mappingResult }) =>
  async ({ UUID }, { scope }) =>
    mappingConfigurationOf(scope, await mappings.get(scope, UUID), mappingResult(UUID));
