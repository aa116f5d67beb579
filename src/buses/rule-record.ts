// A rule as it is kept, with its targets: an event needs both, and they change together.

import type { ResourceStore } from '#store';
import type { Scope } from '#kernel';
import type { Tags } from './bus-record.ts';
import { noSuchRule } from './bus-answers.ts';
import { Records, type Kept } from './records.ts';
import type { TargetRecord } from './target-record.ts';

export interface RuleRecord {
  readonly createdAtMs: number;
  readonly pattern?: string | undefined;
  readonly schedule?: string | undefined;
  /** Since when the schedule counts: rates have their times from here. */
  readonly scheduledAtMs?: number | undefined;
  readonly state: RuleState;
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly tags: Tags;
  readonly targets: readonly TargetRecord[];
}

export type RuleState = 'ENABLED' | 'DISABLED' | 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS';

export interface RuleName {
  readonly bus: string;
  readonly rule: string;
}

export class RuleRecords extends Records<RuleRecord> {
  constructor(resources: ResourceStore) {
    super(resources, 'event-rule');
  }

  async need(scope: Scope, { bus, rule }: RuleName): Promise<Kept<RuleRecord>> {
    const found = await this.find(scope, keyOf({ bus, rule }));
    if (found === undefined) throw noSuchRule(rule, bus);
    return found;
  }
}

/** Buses and rules have no slash in their names. */
export function keyOf({ bus, rule }: RuleName): string {
  return `${bus}/${rule}`;
}

export function ruleOfKey(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
