// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteEventSourceMapping.html

import { mappingConfigurationOf } from './event-source-mapping-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const deleteEventSourceMapping: LambdaHandler<'DeleteEventSourceMapping'> =
  ({ mappings, mappingResult }) =>
  async ({ UUID }, { scope }) =>
    mappingConfigurationOf(scope, await mappings.delete(scope, UUID), mappingResult(UUID));
