// Whether a queue or a topic is there, and whether its own policy lets a service send to it.

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
    const isThere = kind === 'queue' ? await queues.describe(arn) : await topics.describe(scope, arn);
    if (isThere === undefined) return 'missing';
    const isAllowed =
      kind === 'queue'
        ? await queues.policyAllows(arn, { ...sender, action: 'sqs:SendMessage' })
        : await topics.policyAllows({ ...sender, scope, topicArn: arn, action: 'sns:Publish' });
    return isAllowed ? 'admitted' : 'denied';
  };
}
