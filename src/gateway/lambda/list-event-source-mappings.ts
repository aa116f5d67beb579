// https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html

import { mappingConfigurationOf } from './event-source-mapping-configuration.ts';
import type { LambdaHandler } from './operation.ts';

export const listEventSourceMappings: LambdaHandler<'ListEventSourceMappings'> =
  ({ mappings, mappingResult }) =>
  async (input, { scope }) => {
    const { items, nextMarker } = await mappings.list(scope, input);
    return {
      EventSourceMappings: items.map((record) => mappingConfigurationOf(scope, record, mappingResult(record.uuid))),
      NextMarker: nextMarker,
    };
  };
