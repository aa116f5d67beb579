// The room put together: who puts events on buses, who says what becomes of them, and what is due.

import { TimerLane } from '#calendar';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { OutboxEntry, Sender } from '#outbox';
import type { Store } from '#store';
import { ArchiveRecords } from './archive-record.ts';
import { BusAdministration } from './bus-administration.ts';
import { BusPermissions } from './bus-permissions.ts';
import { BusRecords } from './bus-record.ts';
import { DestinationRecords, LiveDestinations } from './destination-record.ts';
import { EventIntake, type BusEntry, type EntryOutcome } from './event-intake.ts';
import { LiveBuses } from './live-buses.ts';
import { RuleCommits, RULE_LANE } from './rule-commits.ts';
import { RuleRecords } from './rule-record.ts';
import { RuleTargets } from './rule-targets.ts';
import { Rules } from './rules.ts';
import { ScheduledRules } from './scheduled-rules.ts';
import { ResourceTags } from './tags.ts';

export interface BusesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Buses {
  readonly administration: BusAdministration;
  readonly permissions: BusPermissions;
  readonly rules: Rules;
  readonly targets: RuleTargets;
  readonly tags: ResourceTags;
  /** Resolves when every event that is accepted is on the disk with all that it causes; outcomes in the order of the entries. */
  putEvents(scope: Scope, entries: readonly BusEntry[], sender?: Sender): Promise<readonly EntryOutcome[]>;
  /** Takes an entry of the outbox whose target is a bus. */
  deliver(entry: OutboxEntry): Promise<EntryOutcome>;
  /** Fires what is due from now on. */
  start(): void;
  close(): Promise<void>;
}

export function createBuses({ store, clock, random, log }: BusesOptions): Buses {
  const { resources, timers } = store;
  const buses = new BusRecords(resources);
  const rules = new RuleRecords(resources);
  const archives = new ArchiveRecords(resources);
  const destinations = new LiveDestinations(new DestinationRecords(resources));
  const live = new LiveBuses({ buses, rules, archives, destinations, log });
  const commits = new RuleCommits({ timers, resources, buses, rules, live, clock });
  const administration = new BusAdministration({ resources, buses, rules, live, clock });
  const ruleOperations = new Rules({ buses, rules, live, commits, clock });
  const intake = new EventIntake({ store, live, clock, random, log });
  const scheduled = new ScheduledRules({ rules, buses, destinations, clock, random, log });
  const onChanged = (listener: () => void) => store.changed('timers', listener);
  const lanes = [new TimerLane({ clock, log, timers, onChanged, lane: RULE_LANE, decide: (timer) => scheduled.decide(timer) })];
  return {
    administration,
    permissions: new BusPermissions(administration),
    rules: ruleOperations,
    targets: new RuleTargets(ruleOperations),
    tags: new ResourceTags(administration, ruleOperations),
    putEvents: (scope, entries, sender) => intake.put(scope, entries, sender),
    deliver: (entry) => deliver(intake, entry),
    start() {
      for (const lane of lanes) lane.start();
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

async function deliver(intake: EventIntake, { scope, target, payload, sender, traceHeader }: OutboxEntry): Promise<EntryOutcome> {
  if (target.kind !== 'bus') throw new Error(`An entry for a ${target.kind} was handed to the buses.`);
  const { arn, source, detailType, resources, timeMs, origin } = target;
  const entry = { bus: arn, source, detailType, resources, timeMs, origin, traceHeader };
  const [outcome] = await intake.put(scope, [{ ...entry, detail: Buffer.from(payload).toString() }], sender);
  if (outcome === undefined) throw new Error('One entry has one outcome.');
  return outcome;
}
