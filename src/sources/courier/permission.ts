// Who must be let in by the target's own policy.

import type { Sender } from '#outbox';

/**
 * These act with the rights of a role, which whoever made the schedule, the pipe or the function has passed to them; the others (topics, rules, buckets,
 * log groups) must be let in by the target. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
 */
const WITH_ROLES: ReadonlySet<string> = new Set(['scheduler.amazonaws.com', 'lambda.amazonaws.com', 'pipes.amazonaws.com']);

export function actsWithRole({ service }: Sender): boolean {
  return WITH_ROLES.has(service);
}
