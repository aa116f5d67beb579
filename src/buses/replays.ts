// Replays: events of an archive put on their bus again, in the order of their times. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html
// I1: a page of events and the place where the next begins are one step of the store: a replay goes on after a restart where it was, and
//     sends nothing twice.
// I2: a replay that was cancelled sends nothing more from the answer on: its timer is gone with the fence that a step would need.

import type { Firing } from '#calendar';
import { LIMITS, type Clock, type Scope } from '#kernel';
import type {
  ArchivedEvent,
  ArchivePosition,
  ClaimedTimer,
  EventArchives,
  Json,
  NewDelivery,
  ResourceStore,
  TimerChange,
  TimerQueue,
} from '#store';
import { alreadyExists, illegalStatus, invalidParameter, noSuchBus, notFound, tooMany } from './bus-answers.ts';
import type { ArchiveRecords } from './archive-record.ts';
import { readEvent } from './archived-event.ts';
import { busNameOf, parseEventArn } from './bus-names.ts';
import type { BusRecords } from './bus-record.ts';
import type { LiveBus, LiveBuses } from './live-buses.ts';
import { Effects } from './fan-out.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import { Records, untilCommitted, type Kept } from './records.ts';
import type { ListQuery } from './rules.ts';

export const REPLAY_LANE = 'event-replays';

export interface ReplayRecord {
  readonly archive: string;
  /** Of the archive that it was started from: one of the same name that came later is another. */
  readonly place: string;
  readonly bus: string;
  /** Names of the rules that see the events; all where there are none. */
  readonly rules?: readonly string[] | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly description?: string | undefined;
  readonly state: ReplayState;
  readonly reason?: string | undefined;
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  readonly lastEventMs?: number | undefined;
}

export type ReplayState = 'STARTING' | 'RUNNING' | 'CANCELLING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

export interface NewReplay {
  readonly archiveArn: string;
  readonly busArn: string;
  readonly ruleArns?: readonly string[] | undefined;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly description?: string | undefined;
}

export interface ReplaysParts {
  readonly events: EventArchives;
  readonly timers: Pick<TimerQueue, 'set'>;
  readonly resources: ResourceStore;
  readonly archives: ArchiveRecords;
  readonly buses: BusRecords;
  readonly live: LiveBuses;
  readonly clock: Clock;
}

interface Progress {
  readonly scope: Scope;
  readonly replay: string;
  readonly after?: ArchivePosition;
}

/** AWS shows a replay that has ended for so long. */
const SHOWN_MS = 90 * 24 * 3_600_000;

export class Replays {
  readonly #parts: ReplaysParts;
  readonly #records: Records<ReplayRecord>;

  constructor(parts: ReplaysParts) {
    this.#parts = parts;
    this.#records = new Records(parts.resources, 'event-replay');
  }

  async start(scope: Scope, name: string, input: NewReplay): Promise<ReplayRecord> {
    const record = await this.#recordOf(scope, input);
    if ((await this.#records.find(scope, name)) !== undefined) throw alreadyExists(`Replay ${name} already exists.`);
    if ((await this.#active(scope)) >= LIMITS.replaysAtOnce) throw tooMany();
    const progress: Progress = { scope, replay: name };
    const timer = { ...keyOf(scope, name), dueAtMs: record.startedAtMs, attributes: progress as unknown as Json };
    const { kind } = await this.#parts.timers.set([{ put: timer }], [this.#records.put(scope, name, record, 'absent')]);
    if (kind === 'conflict') throw alreadyExists(`Replay ${name} already exists.`);
    return record;
  }

  async get(scope: Scope, name: string): Promise<ReplayRecord> {
    return (await this.#need(scope, name)).body;
  }

  async list(
    scope: Scope,
    {
      prefix = '',
      token,
      limit = LIMITS.eventResourcesPerPage,
      accepts,
    }: ListQuery & { readonly accepts: (replay: ReplayRecord) => boolean },
  ): Promise<Page<Kept<ReplayRecord>>> {
    const found: Kept<ReplayRecord>[] = [];
    const after = nameOfToken(token);
    for await (const each of this.#records.all(scope, prefix)) {
      if ((after === undefined || each.name > after) && accepts(each.body)) found.push(each);
      if (found.length > limit) break;
    }
    return pageOf(found, limit, ({ name }) => name);
  }

  async cancel(scope: Scope, name: string): Promise<ReplayRecord> {
    return untilCommitted(`Replay ${name}`, async () => {
      const { body, revision } = await this.#need(scope, name);
      if (!isActive(body)) throw illegalStatus(`Replay ${name} is not in a valid state for this operation.`);
      const result: ReplayRecord = { ...body, state: 'CANCELLED', endedAtMs: this.#parts.clock.now() };
      const { kind } = await this.#parts.timers.set(
        [this.#forget(scope, name)],
        [this.#records.put(scope, name, result, { revision })],
      );
      return { committed: kind === 'committed', result };
    });
  }

  /** The next page of events; when there is none, the end; and when that is long ago, nothing. */
  async decide(timer: ClaimedTimer): Promise<Firing> {
    // Written by this class alone.
    const { scope, replay, after } = timer.attributes as unknown as Progress;
    const found = await this.#records.find(scope, replay);
    if (found === undefined) return { next: 'done', deliveries: [] };
    if (!isActive(found.body)) return { next: 'done', deliveries: [], resources: [this.#records.remove(scope, found)] };
    const { place, archive, fromMs, untilMs, bus } = found.body;
    const live = await this.#parts.live.find(scope, bus);
    const archived = (await this.#parts.archives.find(scope, archive))?.body;
    if (live === undefined || archived?.place !== place)
      return this.#ended(scope, found, { state: 'FAILED', reason: 'The archive or its event bus was deleted.' });
    const page = await this.#parts.events.page({ archive: place, fromMs, untilMs, after, limit: LIMITS.replayEvents });
    const last = page.at(-1);
    if (last === undefined) return this.#ended(scope, found, { state: 'COMPLETED' });
    const progress: Progress = { scope, replay, after: { timeMs: last.timeMs, sequence: last.sequence } };
    const record: ReplayRecord = { ...found.body, state: 'RUNNING', lastEventMs: last.timeMs };
    return {
      next: { dueAtMs: this.#parts.clock.now(), attributes: progress as unknown as Json },
      deliveries: this.#deliveriesFor(live, scope, found, page),
      resources: [this.#records.put(scope, replay, record, { revision: found.revision })],
    };
  }

  #deliveriesFor(
    live: LiveBus,
    scope: Scope,
    { name, body: { bus, rules } }: Kept<ReplayRecord>,
    page: readonly ArchivedEvent[],
  ): readonly NewDelivery[] {
    const effects = new Effects();
    for (const { event } of page) effects.add(live, { scope, bus, event: readEvent(event, name), rules }, this.#parts.clock.now());
    return effects.deliveries;
  }

  #ended(scope: Scope, { name, body, revision }: Kept<ReplayRecord>, end: Pick<ReplayRecord, 'state' | 'reason'>): Firing {
    const nowMs = this.#parts.clock.now();
    const record: ReplayRecord = { ...body, ...end, endedAtMs: nowMs };
    return {
      next: { dueAtMs: nowMs + SHOWN_MS, attributes: { scope, replay: name } as unknown as Json },
      deliveries: [],
      resources: [this.#records.put(scope, name, record, { revision })],
    };
  }

  async #recordOf(scope: Scope, { archiveArn, busArn, ruleArns, fromMs, untilMs, description }: NewReplay): Promise<ReplayRecord> {
    const { archives, buses, clock } = this.#parts;
    const bus = busNameOf(scope, busArn);
    if ((await buses.findBus(scope, bus)) === undefined) throw noSuchBus(bus);
    const source = parseEventArn(scope, archiveArn);
    const archive = source?.kind === 'archive' ? await archives.find(scope, source.name) : undefined;
    if (archive === undefined) {
      const name = archiveArn.slice(archiveArn.lastIndexOf('/') + 1);
      throw invalidParameter('EventSourceArn', `Archive ${name} does not exist.`);
    }
    if (archive.body.bus !== bus) throw invalidParameter('Destination.Arn', 'Cross event bus replay is not permitted.');
    if (fromMs >= untilMs) throw invalidParameter('EventEndTime', 'EventStartTime must be before EventEndTime.');
    const rules = ruleArns?.map((arn) => {
      const rule = parseEventArn(scope, arn);
      if (rule?.kind !== 'rule' || rule.bus !== bus)
        throw invalidParameter('FilterArns', `${arn} is no rule of the event bus ${bus}.`);
      return rule.rule;
    });
    const startedAtMs = clock.now();
    const all = rules === undefined || rules.length === 0;
    return {
      archive: archive.name,
      place: archive.body.place,
      bus,
      ...(all ? {} : { rules }),
      fromMs,
      untilMs,
      description,
      state: 'STARTING',
      startedAtMs,
    };
  }

  async #active(scope: Scope): Promise<number> {
    let active = 0;
    for await (const { body } of this.#records.all(scope)) if (isActive(body)) active += 1;
    return active;
  }

  async #need(scope: Scope, name: string): Promise<Kept<ReplayRecord>> {
    const found = await this.#records.find(scope, name);
    if (found === undefined) throw notFound(`Replay ${name} does not exist.`);
    return found;
  }

  #forget(scope: Scope, name: string): TimerChange {
    const dueAtMs = this.#parts.clock.now() + SHOWN_MS;
    return { put: { ...keyOf(scope, name), dueAtMs, attributes: { scope, replay: name } as unknown as Json } };
  }
}

function isActive({ state }: ReplayRecord): boolean {
  return state === 'STARTING' || state === 'RUNNING';
}

function keyOf({ account, region }: Scope, name: string): { readonly lane: string; readonly name: string } {
  return { lane: REPLAY_LANE, name: `${account}/${region}/${name}` };
}
