// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html

import { parseFilterPattern } from '#logs';
import type { LogsHandler } from './operation.ts';

export const testMetricFilter: LogsHandler<'TestMetricFilter'> =
  () =>
  async ({ filterPattern, logEventMessages }) => {
    const pattern = parseFilterPattern(filterPattern);
    const matches = logEventMessages.flatMap((eventMessage, place) =>
      pattern.matches(eventMessage)
        ? [{ eventNumber: place + 1, eventMessage, extractedValues: { ...pattern.extract(eventMessage) } }]
        : [],
    );
    return { matches };
  };
