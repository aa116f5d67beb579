// What a topic's policy denies to the account's own: a statement that says Deny holds for them as well.

import { callerArn, type Principal } from '#identity';
import { ApiError, type Scope } from '#kernel';
import type { Topics } from '#topics';

export interface Attempted {
  readonly scope: Scope;
  readonly principal: Principal;
  readonly topicArn: string;
}

/** Throws AuthorizationError. A topic that is not there denies nothing. */
export async function refuseDenied(topics: Topics, { scope, principal, topicArn }: Attempted): Promise<void> {
  // Nobody publishes unsigned: the operation is not among those that anybody reaches.
  if (principal.kind === 'anonymous') return;
  const caller = callerArn(principal);
  // A function is known to policies by its role.
  const arn = principal.kind === 'function' ? principal.roleArn : caller;
  const asker = { kind: 'account', account: principal.account, arn } as const;
  if (await topics.policyDenies({ scope, topicArn, action: 'sns:Publish', asker }))
    throw new ApiError(
      'AuthorizationError',
      `User: ${caller} is not authorized to perform: SNS:Publish on resource: ${topicArn} with an explicit deny in a resource-based policy`,
    );
}
