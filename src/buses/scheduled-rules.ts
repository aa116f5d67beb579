// Rules that are due: each due time puts one "Scheduled Event" on its way to the rule's targets, in the step that sets the next time.
// What was due while the platform was down is due once, for the last of the missed times.

import { latestDueMs, type Firing } from '#calendar';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { ClaimedTimer } from '#store';
import { BusEvent } from './bus-event.ts';
import { DEFAULT_BUS, ruleArn } from './bus-names.ts';
import type { BusRecords } from './bus-record.ts';
import type { LiveDestinations } from './destination-record.ts';
import { liveRule } from './live-rule.ts';
import { keyOf, type RuleRecords } from './rule-record.ts';
import { nextRun, scheduleOf } from './rule-text.ts';

export interface ScheduledRulesParts {
  readonly rules: RuleRecords;
  readonly buses: BusRecords;
  readonly destinations: LiveDestinations;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export class ScheduledRules {
  readonly #parts: ScheduledRulesParts;

  constructor(parts: ScheduledRulesParts) {
    this.#parts = parts;
  }

  async decide(timer: ClaimedTimer): Promise<Firing> {
    const { rules, buses, destinations, clock, log } = this.#parts;
    // Written by rule-commits.ts alone.
    const { scope, rule } = timer.attributes as unknown as { readonly scope: Scope; readonly rule: string };
    const name = { bus: DEFAULT_BUS, rule };
    const record = (await rules.find(scope, keyOf(name)))?.body;
    const { schedule, scheduledAtMs } = record ?? {};
    if (record === undefined || schedule === undefined || scheduledAtMs === undefined || record.state === 'DISABLED')
      return { next: 'done', deliveries: [] };
    const nowMs = clock.now();
    const dueMs = latestDueMs(scheduleOf(schedule), 'UTC', { sinceMs: timer.dueAtMs, untilMs: nowMs });
    const { deadLetterArn } = (await buses.need(scope, DEFAULT_BUS)).record;
    const live = liveRule({
      scope,
      name,
      record,
      busDeadLetterArn: () => deadLetterArn,
      destinations: await destinations.of(scope),
      log,
    });
    const nextMs = nextRun(schedule, { afterMs: dueMs, startMs: scheduledAtMs });
    return {
      next: nextMs === undefined ? 'done' : { dueAtMs: nextMs, attributes: timer.attributes },
      deliveries: live.deliveriesFor(this.#event(scope, rule, dueMs), nowMs),
    };
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html */
  #event(scope: Scope, rule: string, timeMs: number): BusEvent {
    const { account, region } = scope;
    return new BusEvent(
      {
        id: this.#parts.random.uuid(),
        source: 'aws.events',
        detailType: 'Scheduled Event',
        account,
        region,
        timeMs,
        resources: [ruleArn(scope, DEFAULT_BUS, rule)],
        detailText: '{}',
        ingestedAtMs: this.#parts.clock.now(),
        hops: 0,
      },
      {},
    );
  }
}
