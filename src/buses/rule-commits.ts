// A rule's changes as one step of the store: the rule, its timer, and what finds it by its targets.

import type { Clock, Scope } from '#kernel';
import type { Json, ResourceChange, ResourceStore, TimerChange, TimerQueue } from '#store';
import type { Bus, BusRecords } from './bus-record.ts';
import { DEFAULT_BUS } from './bus-names.ts';
import type { LiveBuses } from './live-buses.ts';
import type { Kept } from './records.ts';
import { keyOf, type RuleName, type RuleRecord, type RuleRecords } from './rule-record.ts';
import { nextRun } from './rule-text.ts';

export const RULE_LANE = 'event-rules';
const BY_TARGET = 'event-rule-target';

export interface RuleCommitsParts {
  readonly timers: Pick<TimerQueue, 'set'>;
  readonly resources: ResourceStore;
  readonly buses: BusRecords;
  readonly rules: RuleRecords;
  readonly live: LiveBuses;
  readonly clock: Clock;
}

export interface RuleChange {
  readonly scope: Scope;
  readonly name: RuleName;
  readonly before: Kept<RuleRecord> | undefined;
  readonly after: RuleRecord | undefined;
  /** Where the rule is made: its bus as it was found, which must still be so. */
  readonly bus?: Bus;
}

export class RuleCommits {
  readonly #parts: RuleCommitsParts;

  constructor(parts: RuleCommitsParts) {
    this.#parts = parts;
  }

  /** False when somebody else's change came between: read again. */
  async commit(change: RuleChange): Promise<boolean> {
    const { scope, name, after } = change;
    const { kind } = await this.#parts.timers.set(this.#timers(change), [
      this.#rule(change),
      ...this.#bus(change),
      ...targetChanges(change),
    ]);
    if (kind === 'conflict') return false;
    await this.#parts.live.ruleChanged(scope, name, after);
    return true;
  }

  /** The names of the rules of a bus that send to a target. */
  async namesByTarget(scope: Scope, { bus, arn, after, limit }: TargetQuery): Promise<readonly string[]> {
    const prefix = `${bus}\n${arn}\n`;
    const found = await this.#parts.resources.list({
      scope,
      kind: BY_TARGET,
      prefix,
      limit,
      ...(after === undefined ? {} : { after: prefix + after }),
    });
    return found.map(({ key }) => key.name.slice(prefix.length));
  }

  #rule({ scope, name, before, after }: RuleChange): ResourceChange {
    const { rules } = this.#parts;
    if (after !== undefined)
      return rules.put(scope, keyOf(name), after, before === undefined ? 'absent' : { revision: before.revision });
    return rules.remove(scope, before ?? { name: keyOf(name), revision: 0 });
  }

  #bus({ scope, bus }: RuleChange): readonly ResourceChange[] {
    return bus?.revision === undefined ? [] : [this.#parts.buses.unchanged(scope, bus.name, bus.revision)];
  }

  /** A schedule that stays as it was keeps its next time. */
  #timers({ scope, name, before, after }: RuleChange): readonly TimerChange[] {
    const old = before === undefined ? undefined : runningSchedule(before.body);
    const now = after === undefined ? undefined : runningSchedule(after);
    if (name.bus !== DEFAULT_BUS || JSON.stringify(old) === JSON.stringify(now)) return [];
    const key = { lane: RULE_LANE, name: timerName(scope, name.rule) };
    const dueAtMs = now && nextRun(now.schedule, { afterMs: this.#parts.clock.now(), startMs: now.sinceMs });
    if (dueAtMs === undefined) return [{ remove: key }];
    return [{ put: { ...key, dueAtMs, attributes: { scope, rule: name.rule } as unknown as Json } }];
  }
}

interface TargetQuery {
  readonly bus: string;
  readonly arn: string;
  readonly after: string | undefined;
  readonly limit: number;
}

function runningSchedule({ schedule, scheduledAtMs, state }: RuleRecord) {
  if (schedule === undefined || scheduledAtMs === undefined || state === 'DISABLED') return undefined;
  return { schedule, sinceMs: scheduledAtMs };
}

function timerName({ account, region }: Scope, rule: string): string {
  return `${account}/${region}/${rule}`;
}

function targetChanges({ scope, name, before, after }: RuleChange): readonly ResourceChange[] {
  const old = new Set(before?.body.targets.map(({ arn }) => arn));
  const now = new Set(after?.targets.map(({ arn }) => arn));
  const keyFor = (arn: string) => ({ scope, kind: BY_TARGET, name: `${name.bus}\n${arn}\n${name.rule}` });
  return [
    ...[...now].filter((arn) => !old.has(arn)).map((arn) => ({ key: keyFor(arn), expect: 'any', change: { put: null } }) as const),
    ...[...old].filter((arn) => !now.has(arn)).map((arn) => ({ key: keyFor(arn), expect: 'any', change: 'remove' }) as const),
  ];
}
