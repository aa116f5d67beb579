// Executions tell the default bus of their status, where somebody listens. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html

import { busArn } from '#buses';
import type { Buses } from '#buses';
import type { StatusChanges } from '#executions';
import { LIMITS } from '#kernel';
import type { Random } from '#kernel';
import { deliveryOfEntry } from '#outbox';

const SOURCE = 'aws.states';
const DETAIL_TYPE = 'Step Functions Execution Status Change';

export function createStatusChanges(parts: { readonly buses: Buses; readonly random: Random }): StatusChanges {
  const { buses, random } = parts;
  return {
    isWanted: (scope) => !buses.isQuiet(scope),
    async deliveriesOf({ scope, atMs, executionArn, detail }) {
      const resources = [executionArn];
      const event = { source: SOURCE, detailType: DETAIL_TYPE, resources, timeMs: atMs };
      if (!(await buses.hears(scope, { ...event, detail }))) return [];
      return [
        deliveryOfEntry({
          id: random.uuid(),
          scope,
          target: { kind: 'bus', arn: busArn(scope, 'default'), ...event },
          payload: Buffer.from(JSON.stringify(detail)),
          sender: { service: 'states.amazonaws.com', arn: executionArn },
          retry: {
            maximumRetries: LIMITS.targetRetries,
            maximumAgeSeconds: LIMITS.targetAgeSeconds,
            backOff: { kind: 'exponential', leastMs: 1000, mostMs: 600_000 },
          },
          acceptedAtMs: atMs,
        }),
      ];
    },
  };
}
