// Whether a queue or a topic is there, and whether a service may send to it: what is asked when a destination is configured, with the answer that
// the courier would find. One without a policy of its owner's takes what the account's own services send (see room-ports.ts).

import type { Queues } from '#queues';
import type { Topics } from '#topics';
import type { DestinationParts } from './bucket-destinations.ts';

export interface AdmissionParts {
  readonly queues: Pick<Queues, 'describe' | 'policyAllows'>;
  readonly topics: Pick<Topics, 'describe' | 'policyAllows'>;
}

export function createAdmission({ queues, topics }: AdmissionParts): DestinationParts['admission'] {
  return async ({ scope, kind, arn, service, sourceArn }) => {
    const sender = { asker: { kind: 'service', service }, sourceArn, sourceAccount: scope.account } as const;
    if (kind === 'queue') {
      const queue = await queues.describe(arn);
      if (queue === undefined) return 'missing';
      if (queue.resourcePolicy === undefined) return 'admitted';
      return (await queues.policyAllows(arn, { ...sender, action: 'sqs:SendMessage' })) ? 'admitted' : 'denied';
    }
    const topic = await topics.describe(scope, arn);
    if (topic === undefined) return 'missing';
    if (!topic.hasPolicy) return 'admitted';
    return (await topics.policyAllows({ ...sender, scope, topicArn: arn, action: 'sns:Publish' })) ? 'admitted' : 'denied';
  };
}
