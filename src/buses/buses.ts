// The room put together: who puts events on buses, who says what becomes of them, and what is due.

import { TimerLane } from '#calendar';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { OutboxEntry, Sender } from '#outbox';
import type { Store } from '#store';
import type { SendTokenRequest } from './access-tokens.ts';
import { ApiDestinations } from './api-destinations.ts';
import { ArchiveRecords } from './archive-record.ts';
import { ARCHIVE_LANE, Archives } from './archives.ts';
import { BusAdministration } from './bus-administration.ts';
import { DEFAULT_BUS } from './bus-names.ts';
import { eventTime } from './bus-event.ts';
import { BusPermissions } from './bus-permissions.ts';
import { BusRecords } from './bus-record.ts';
import { Connections } from './connections.ts';
import { DestinationRecords, LiveDestinations } from './destination-record.ts';
import { EventIntake, type BusEntry, type EntryOutcome } from './event-intake.ts';
import { BUS_LANE, createFanOutLane } from './fan-out.ts';
import { LiveBuses } from './live-buses.ts';
import { REPLAY_LANE, Replays } from './replays.ts';
import { RuleCommits, RULE_LANE } from './rule-commits.ts';
import { RuleRecords } from './rule-record.ts';
import { RuleTargets } from './rule-targets.ts';
import { Rules } from './rules.ts';
import { ScheduledRules } from './scheduled-rules.ts';
import type { SecretKeys } from './secret-seal.ts';
import { ResourceTags } from './tags.ts';

export interface BusesOptions {
  readonly store: Store;
  /** What the secrets of connections are sealed with. */
  readonly secretKeys: SecretKeys;
  /** Asks authorization servers for access tokens, where requests of the platform's own may go. */
  readonly sendTokenRequest: SendTokenRequest;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What patterns can ask about; its id is not known yet. */
export type HeardEvent = {
  readonly timeMs: number;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: object;
};

export interface Buses {
  readonly administration: BusAdministration;
  readonly permissions: BusPermissions;
  readonly rules: Rules;
  readonly targets: RuleTargets;
  readonly tags: ResourceTags;
  readonly archives: Archives;
  readonly replays: Replays;
  readonly connections: Connections;
  readonly apiDestinations: ApiDestinations;
  /** Resolves when every event that is accepted is on the disk with all that it causes; outcomes in the order of the entries. */
  putEvents(scope: Scope, entries: readonly BusEntry[], sender?: Sender): Promise<readonly EntryOutcome[]>;
  /** As `putEvents`; but where one of the entries is refused, none is accepted. */
  putTogether(scope: Scope, entries: readonly BusEntry[]): Promise<readonly EntryOutcome[]>;
  /** Whether nobody listens to the default bus, as far as can be told without asking the store: for whoever would have much to tell it. */
  isQuiet(scope: Scope): boolean;
  /** Whether an event on the default bus would cause anything now. */
  hears(scope: Scope, event: HeardEvent): Promise<boolean>;
  /** Takes an entry of the outbox whose target is a bus. */
  deliver(entry: OutboxEntry): Promise<EntryOutcome>;
  /** Fires what is due from now on, and goes on with events for many targets that an earlier process left. */
  start(): void;
  close(): Promise<void>;
}

export function createBuses({ store, secretKeys, sendTokenRequest, clock, random, log }: BusesOptions): Buses {
  const { resources, timers } = store;
  const buses = new BusRecords(resources);
  const rules = new RuleRecords(resources);
  const archives = new ArchiveRecords(resources);
  const destinationRecords = new DestinationRecords(resources);
  const destinations = new LiveDestinations(destinationRecords);
  const live = new LiveBuses({ buses, rules, archives, destinations, log });
  const commits = new RuleCommits({ timers, resources, buses, rules, live, clock });
  const administration = new BusAdministration({ resources, buses, rules, live, clock });
  const ruleOperations = new Rules({ buses, rules, live, commits, clock });
  const intake = new EventIntake({ store, live, clock, random, log });
  const scheduled = new ScheduledRules({ rules, buses, destinations, clock, random, log });
  const events = store.archives;
  const archiveOperations = new Archives({ events, timers, archives, buses, live, clock, random });
  const replays = new Replays({ events, timers, resources, archives, buses, live, clock });
  const connections = new Connections({ resources, keys: secretKeys, send: sendTokenRequest, clock, random, log });
  const onChanged = (listener: () => void) => store.changed('timers', listener);
  const fanOut = createFanOutLane({
    live,
    deliveries: store.deliveries,
    onChanged: (listener) => store.changed(`deliveries/${BUS_LANE}`, listener),
    clock,
    log,
  });
  const lane = { clock, log, timers, onChanged };
  const lanes = [
    new TimerLane({ ...lane, lane: RULE_LANE, decide: (timer) => scheduled.decide(timer) }),
    new TimerLane({ ...lane, lane: ARCHIVE_LANE, decide: (timer) => archiveOperations.decide(timer) }),
    new TimerLane({ ...lane, lane: REPLAY_LANE, decide: (timer) => replays.decide(timer) }),
  ];
  return {
    administration,
    permissions: new BusPermissions(administration),
    rules: ruleOperations,
    targets: new RuleTargets(ruleOperations),
    tags: new ResourceTags(administration, ruleOperations),
    archives: archiveOperations,
    replays,
    connections,
    apiDestinations: new ApiDestinations({
      resources,
      destinations: destinationRecords,
      live: destinations,
      connections,
      clock,
      random,
    }),
    putEvents: (scope, entries, sender) => intake.put(scope, entries, sender),
    putTogether: (scope, entries) => intake.putTogether(scope, entries),
    isQuiet: (scope) => live.isQuiet(scope, DEFAULT_BUS),
    async hears({ account, region }, { detailType, timeMs, ...rest }) {
      const bus = await live.find({ account, region }, DEFAULT_BUS);
      if (bus === undefined) return false;
      const document = { version: '0', id: '', 'detail-type': detailType, account, region, time: eventTime(timeMs), ...rest };
      return bus.index.matches(document).length > 0 || [...bus.archives.values()].some(({ accepts }) => accepts(document));
    },
    deliver: (entry) => deliver(intake, entry),
    start() {
      fanOut.start();
      for (const each of lanes) each.start();
    },
    async close() {
      fanOut.stop();
      await Promise.all([...lanes.map((each) => each.close()), fanOut.settled(), connections.close()]);
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
