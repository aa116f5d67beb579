// Rules: made, changed, listed, switched on and off, deleted.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html

import { LIMITS, type Clock, type Scope } from '#kernel';
import { invalid, noSuchBus, tooMany } from './bus-answers.ts';
import type { Tags } from './bus-record.ts';
import { DEFAULT_BUS, ruleArn } from './bus-names.ts';
import type { BusRecords } from './bus-record.ts';
import type { LiveBuses } from './live-buses.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import { untilCommitted } from './records.ts';
import type { RuleCommits } from './rule-commits.ts';
import { keyOf, ruleOfKey, type RuleName, type RuleRecord, type RuleRecords, type RuleState } from './rule-record.ts';
import { checkPattern, checkSchedule } from './rule-text.ts';
import { checkTags } from './tags.ts';

export interface RuleInput {
  readonly pattern?: string | undefined;
  readonly schedule?: string | undefined;
  readonly state?: RuleState | undefined;
  readonly description?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly tags?: Tags | undefined;
}

/** A rule as it is shown. */
export interface Rule extends RuleName {
  readonly arn: string;
  readonly record: RuleRecord;
}

export interface ListQuery {
  readonly prefix?: string | undefined;
  readonly token?: string | undefined;
  readonly limit?: number | undefined;
}

export interface RulesParts {
  readonly buses: BusRecords;
  readonly rules: RuleRecords;
  readonly live: LiveBuses;
  readonly commits: RuleCommits;
  readonly clock: Clock;
}

export class Rules {
  readonly #parts: RulesParts;

  constructor(parts: RulesParts) {
    this.#parts = parts;
  }

  /** The ARN of the rule, which is made or takes the place of the one of that name; targets and tags stay then. */
  async put(scope: Scope, name: RuleName, input: RuleInput): Promise<string> {
    check(name, input);
    const { buses, rules, live, commits } = this.#parts;
    await untilCommitted(`Rule ${name.rule}`, async () => {
      const bus = await buses.need(scope, name.bus);
      if (bus.record.isGoing === true) throw noSuchBus(name.bus);
      const before = await rules.find(scope, keyOf(name));
      const others = (await live.find(scope, name.bus))?.rules.size ?? 0;
      if (before === undefined && others >= LIMITS.rulesPerBus) throw tooMany();
      const after = this.#recordOf(input, before?.body);
      return { committed: await commits.commit({ scope, name, before, after, bus }), result: undefined };
    });
    return ruleArn(scope, name.bus, name.rule);
  }

  async get(scope: Scope, name: RuleName): Promise<Rule> {
    await this.#parts.buses.need(scope, name.bus);
    const { body } = await this.#parts.rules.need(scope, name);
    return { ...name, arn: ruleArn(scope, name.bus, name.rule), record: body };
  }

  async list(
    scope: Scope,
    bus: string,
    { prefix = '', token, limit = LIMITS.eventResourcesPerPage }: ListQuery,
  ): Promise<Page<Rule>> {
    await this.#parts.buses.need(scope, bus);
    const after = nameOfToken(token);
    const found = await this.#parts.rules.page(scope, {
      prefix: keyOf({ bus, rule: prefix }),
      after: after === undefined ? undefined : keyOf({ bus, rule: after }),
      limit: limit + 1,
    });
    const rules = found.map(({ name, body }) => {
      const rule = ruleOfKey(name);
      return { bus, rule, arn: ruleArn(scope, bus, rule), record: body };
    });
    return pageOf(rules, limit, ({ rule }) => rule);
  }

  async namesByTarget(
    scope: Scope,
    { bus, arn, token, limit = LIMITS.eventResourcesPerPage }: ListQuery & { readonly bus: string; readonly arn: string },
  ): Promise<Page<string>> {
    await this.#parts.buses.need(scope, bus);
    const names = await this.#parts.commits.namesByTarget(scope, { bus, arn, after: nameOfToken(token), limit: limit + 1 });
    return pageOf(names, limit, (name) => name);
  }

  /** A rule that is not there is deleted already, as with AWS. */
  async delete(scope: Scope, name: RuleName): Promise<void> {
    const { buses, rules, commits } = this.#parts;
    await untilCommitted(`Rule ${name.rule}`, async () => {
      await buses.need(scope, name.bus);
      const before = await rules.find(scope, keyOf(name));
      if (before === undefined) return { committed: true, result: undefined };
      if (before.body.targets.length > 0) throw invalid("Rule can't be deleted since it has targets.");
      return { committed: await commits.commit({ scope, name, before, after: undefined }), result: undefined };
    });
  }

  async switch(scope: Scope, name: RuleName, state: 'ENABLED' | 'DISABLED'): Promise<void> {
    await this.change(scope, name, (rule) => {
      const isSame = (rule.state === 'DISABLED') === (state === 'DISABLED');
      if (isSame) return rule;
      return { ...rule, state, ...(rule.schedule === undefined ? {} : { scheduledAtMs: this.#parts.clock.now() }) };
    });
  }

  /** Changes a rule that must be there. */
  async change(scope: Scope, name: RuleName, change: (rule: RuleRecord) => RuleRecord): Promise<void> {
    const { buses, rules, commits } = this.#parts;
    await untilCommitted(`Rule ${name.rule}`, async () => {
      await buses.need(scope, name.bus);
      const before = await rules.need(scope, name);
      const after = change(before.body);
      if (after === before.body) return { committed: true, result: undefined };
      return { committed: await commits.commit({ scope, name, before, after }), result: undefined };
    });
  }

  #recordOf(
    { pattern, schedule, state = 'ENABLED', description, roleArn, tags }: RuleInput,
    before: RuleRecord | undefined,
  ): RuleRecord {
    const nowMs = this.#parts.clock.now();
    const isRunning = before?.schedule === schedule && before?.state === state;
    return {
      createdAtMs: before?.createdAtMs ?? nowMs,
      pattern,
      schedule,
      ...(schedule === undefined ? {} : { scheduledAtMs: isRunning ? before.scheduledAtMs : nowMs }),
      state,
      description,
      roleArn,
      tags: before?.tags ?? tags ?? {},
      targets: before?.targets ?? [],
    };
  }
}

function check({ bus }: RuleName, { pattern, schedule, tags }: RuleInput): void {
  if (pattern === undefined && schedule === undefined)
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  if (schedule !== undefined) {
    if (bus !== DEFAULT_BUS) throw invalid('ScheduleExpression is supported only on the default event bus.');
    checkSchedule(schedule);
  }
  if (pattern !== undefined) checkPattern(pattern);
  if (tags !== undefined) checkTags(tags);
}
