// PutEvents: entries become events, and in one step of the store whatever they cause: a delivery for each target of each rule that matches
// (or, where those are many, what makes them: see fan-out.ts), and a copy in each archive. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
// Never: acknowledges an event before that step is on the disk.

import { askResourcePolicy } from '#identity';
import { LIMITS, type Clock, type Log, type Random, type Scope } from '#kernel';
import type { BusEventOrigin, Sender } from '#outbox';
import type { NewArchivedEvent, Store } from '#store';
import { invalid } from './bus-answers.ts';
import { BusEvent, parseDetail, type EventMembers } from './bus-event.ts';
import { busArn, DEFAULT_BUS, parseEventArn } from './bus-names.ts';
import { Effects, type Sending } from './fan-out.ts';
import type { LiveBus, LiveBuses } from './live-buses.ts';

export interface BusEntry {
  /** Its name or ARN; the default bus without one. */
  readonly bus?: string | undefined;
  readonly source?: string | undefined;
  readonly detailType?: string | undefined;
  /** JSON text of an object. */
  readonly detail?: string | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly timeMs?: number | undefined;
  readonly traceHeader?: string | undefined;
  /** Of an event that comes from another bus. */
  readonly origin?: BusEventOrigin | undefined;
}

export type EntryOutcome =
  | { readonly kind: 'accepted'; readonly eventId: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

export interface EventIntakeParts {
  readonly store: Pick<Store, 'archives' | 'deliveries'>;
  readonly live: LiveBuses;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

interface Caused {
  readonly effects: Effects;
  readonly archived: NewArchivedEvent[];
}

export class EventIntake {
  readonly #parts: EventIntakeParts;

  constructor(parts: EventIntakeParts) {
    this.#parts = parts;
  }

  /**
   * Outcomes in the order of the entries. `sender` is undefined for a caller of the API, and a part of the platform otherwise: a service's
   * own sources (`aws.s3`) are its alone.
   */
  async put(scope: Scope, entries: readonly BusEntry[], sender?: Sender): Promise<readonly EntryOutcome[]> {
    const { outcomes, caused } = await this.#takeAll(scope, entries, sender);
    await this.#accept(caused);
    return outcomes;
  }

  /** Where one is refused, none is accepted. */
  async putTogether(scope: Scope, entries: readonly BusEntry[]): Promise<readonly EntryOutcome[]> {
    const { outcomes, caused } = await this.#takeAll(scope, entries, undefined);
    if (outcomes.every(({ kind }) => kind === 'accepted')) await this.#accept(caused);
    return outcomes;
  }

  async #takeAll(scope: Scope, entries: readonly BusEntry[], sender: Sender | undefined) {
    if (sizeOf(entries) > LIMITS.busEntriesBytes) throw invalid('Total size of the entries in the request is over the limit.');
    const caused: Caused = { effects: new Effects(), archived: [] };
    const outcomes: EntryOutcome[] = [];
    for (const entry of entries) outcomes.push(await this.#take(scope, { entry, sender, caused }));
    return { outcomes, caused };
  }

  async #accept({ effects: { deliveries }, archived }: Caused): Promise<void> {
    if (archived.length > 0) await this.#parts.store.archives.accept(archived, deliveries);
    else if (deliveries.length > 0) await this.#parts.store.deliveries.accept(deliveries);
  }

  async #take(scope: Scope, { entry, sender, caused }: Taking): Promise<EntryOutcome> {
    const checked = checkEntry(entry, sender);
    if (checked.kind === 'refused') return checked;
    const name = ownBusName(scope, entry.bus);
    if (name === undefined)
      return refused('ResourceNotFoundException', `Event bus ${entry.bus} does not exist in this account and region.`);
    const event = new BusEvent(this.#membersOf(scope, entry), checked.detail);
    const { id, hops } = event.members;
    const bus = await this.#parts.live.find(scope, name);
    if (bus === undefined) {
      this.#parts.log.write('warn', 'buses.no-such-bus', { bus: name, event: id, source: event.members.source });
      // AWS acknowledges an event for a bus that there is not, and drops it (recorded there). A part of the platform is told.
      if (sender === undefined) return { kind: 'accepted', eventId: id };
      return refused('ResourceNotFoundException', `Event bus ${name} does not exist.`);
    }
    if (isDenied(scope, { name, bus, event, sender }))
      return refused('AccessDeniedException', `The policy of the event bus ${name} denies events:PutEvents.`);
    if (hops > LIMITS.busHops) {
      this.#parts.log.write('warn', 'buses.loop', { bus: name, event: id, hops });
      return refused('InvalidArgument', `The event has passed ${LIMITS.busHops} buses: its rules send it round in circles.`);
    }
    collect(bus, { scope, bus: name, event }, { caused, nowMs: this.#parts.clock.now() });
    return { kind: 'accepted', eventId: id };
  }

  #membersOf(scope: Scope, entry: BusEntry): EventMembers {
    const nowMs = this.#parts.clock.now();
    const { source = '', detailType = '', detail = '', resources = [], timeMs = nowMs, traceHeader, origin } = entry;
    return {
      id: origin?.id ?? this.#parts.random.uuid(),
      source,
      detailType,
      account: origin?.account ?? scope.account,
      region: origin?.region ?? scope.region,
      timeMs,
      resources,
      detailText: detail.trim(),
      replayName: origin?.replayName,
      ingestedAtMs: nowMs,
      traceHeader,
      hops: origin?.hops ?? 0,
    };
  }
}

/** Undefined for another's: that is the matter of its entry, not of those beside it. */
function ownBusName(scope: Scope, nameOrArn: string | undefined): string | undefined {
  if (nameOrArn?.startsWith('arn:') !== true) return nameOrArn ?? DEFAULT_BUS;
  const resource = parseEventArn(scope, nameOrArn);
  return resource?.kind === 'bus' ? resource.bus : undefined;
}

interface Taking {
  readonly entry: BusEntry;
  readonly sender: Sender | undefined;
  readonly caused: Caused;
}

function collect(bus: LiveBus, sending: Sending, { caused, nowMs }: { readonly caused: Caused; readonly nowMs: number }): void {
  const { event } = sending;
  caused.effects.add(bus, sending, nowMs);
  // What comes out of an archive does not go into one again, as with AWS.
  if (event.members.replayName !== undefined) return;
  for (const { place, accepts } of bus.archives.values()) {
    if (accepts(event.document)) caused.archived.push({ archive: place, timeMs: event.members.timeMs, event: event.bytes });
  }
}

interface Putting {
  readonly name: string;
  readonly bus: LiveBus;
  readonly event: BusEvent;
  readonly sender: Sender | undefined;
}

/** Within its account a bus needs no policy; one that it has can deny. */
function isDenied(scope: Scope, { name, bus, event, sender }: Putting): boolean {
  if (bus.policy === undefined) return false;
  const { source, detailType } = event.members;
  const verdict = askResourcePolicy(bus.policy, {
    asker: sender === undefined ? { kind: 'account', account: scope.account } : { kind: 'service', service: sender.service },
    action: 'events:PutEvents',
    resource: busArn(scope, name),
    context: {
      'aws:sourcearn': sender?.arn,
      'aws:sourceaccount': sender === undefined ? undefined : scope.account,
      'aws:principalaccount': scope.account,
      'events:source': source,
      'events:detail-type': detailType,
    },
  });
  return verdict === 'denied';
}

type CheckedEntry = { readonly kind: 'sound'; readonly detail: object } | Extract<EntryOutcome, { kind: 'refused' }>;

function checkEntry({ source, detailType, detail }: BusEntry, sender: Sender | undefined): CheckedEntry {
  for (const [name, value] of Object.entries({ Source: source, DetailType: detailType, Detail: detail })) {
    if (value === undefined || value === '')
      return refused('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);
  }
  if (sender === undefined && source?.startsWith('aws.') === true)
    return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const parsed = parseDetail(detail ?? '');
  return parsed === undefined ? refused('MalformedDetail', 'Detail is malformed.') : { kind: 'sound', detail: parsed };
}

function refused(code: string, message: string): Extract<EntryOutcome, { kind: 'refused' }> {
  return { kind: 'refused', code, message };
}

/** As AWS counts: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html */
function sizeOf(entries: readonly BusEntry[]): number {
  return entries.reduce((sum, { source = '', detailType = '', detail = '', resources = [], timeMs }) => {
    const texts = [source, detailType, detail, ...resources];
    return sum + (timeMs === undefined ? 0 : 14) + texts.reduce((bytes, text) => bytes + Buffer.byteLength(text), 0);
  }, 0);
}
