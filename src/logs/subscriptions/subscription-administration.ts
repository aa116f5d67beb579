// What is done to subscription filters: put, listed, removed.

import { ApiError, LIMITS, type Clock, type Scope } from '#kernel';
import type { LogIndex } from '#store';
import { invalidMember } from '../log-answers.ts';
import type { LogGroups } from '../log-groups.ts';
import { checkGroupName } from '../log-names.ts';
import { listToken, parseListToken } from '../page-token.ts';
import type { SubscriptionNews } from './subscription-news.ts';
import { attributesOf, checkSubscription, checkSubscriptionName, filterOf } from './subscription.ts';
import type { NewSubscription, SubscriptionFilter } from './subscription.ts';

export interface SubscriptionAdministrationDependencies {
  readonly index: LogIndex;
  readonly groups: LogGroups;
  /** Resolves when all that was written before is in the index. */
  readonly settled: () => Promise<void>;
  readonly news: SubscriptionNews;
  readonly clock: Clock;
}

export interface SubscriptionListQuery {
  readonly scope: Scope;
  readonly group: string;
  readonly prefix?: string;
  readonly token?: string;
  readonly limit?: number;
}

export interface SubscriptionList {
  readonly filters: readonly SubscriptionFilter[];
  readonly nextToken: string | undefined;
}

export class SubscriptionAdministration {
  readonly #dependencies: SubscriptionAdministrationDependencies;

  constructor(dependencies: SubscriptionAdministrationDependencies) {
    this.#dependencies = dependencies;
  }

  /** Throws for what cannot be honoured, whoever may be told. */
  check(subscription: NewSubscription): void {
    checkSubscription(subscription);
  }

  /** Whether the function may be told is found out before. A new one is told of what comes in from now on. */
  async put(subscription: NewSubscription): Promise<void> {
    const { index, groups, settled, news, clock } = this.#dependencies;
    const { scope, name } = subscription;
    const group = checkGroupName(subscription.group);
    checkSubscription(subscription);
    await groups.need(scope, group);
    await settled();
    const outcome = await index.putSubscription({
      scope,
      group,
      name,
      attributes: attributesOf(subscription),
      createdAtMs: clock.now(),
      groupLimit: LIMITS.logSubscriptions,
    });
    if (outcome === 'full') throw new ApiError('LimitExceededException', 'Resource limit exceeded.', { status: 400 });
    news.tellChanged(scope, group);
  }

  async list({
    scope,
    group,
    prefix,
    token,
    limit = LIMITS.logSubscriptionsPerPage,
  }: SubscriptionListQuery): Promise<SubscriptionList> {
    if (!(limit >= 1 && limit <= LIMITS.logSubscriptionsPerPage))
      throw invalidMember(String(limit), 'limit', `have value between 1 and ${LIMITS.logSubscriptionsPerPage}`);
    const after = token === undefined ? undefined : parseListToken(token);
    await this.#dependencies.groups.need(scope, checkGroupName(group));
    const found = await this.#dependencies.index.subscriptions({
      scope,
      group,
      limit: limit + 1,
      ...(prefix === undefined ? {} : { prefix: checkSubscriptionName(prefix, 'filterNamePrefix') }),
      ...(after === undefined ? {} : { after }),
    });
    const filters = found.slice(0, limit).map(filterOf);
    return { filters, nextToken: found.length > limit ? listToken(filters.at(-1)?.name ?? '') : undefined };
  }

  async remove(scope: Scope, group: string, name: string): Promise<void> {
    const { groups, index, news } = this.#dependencies;
    await groups.need(scope, checkGroupName(group));
    if (!(await index.removeSubscription({ scope, group, name: checkSubscriptionName(name) })))
      throw new ApiError('ResourceNotFoundException', 'The specified subscription filter does not exist.', { status: 400 });
    news.tellChanged(scope, group);
  }
}
