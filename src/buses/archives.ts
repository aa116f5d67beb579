// Archives: made, described, listed, changed, deleted; and the keeping of their events to their time.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html

import { LIMITS, type Clock, type Random, type Scope } from '#kernel';
import type { Firing } from '#calendar';
import type { ClaimedTimer, EventArchives, Json, TimerChange, TimerQueue } from '#store';
import { alreadyExists, invalid, notFound, tooMany } from './bus-answers.ts';
import { busNameOf } from './bus-names.ts';
import type { BusRecords } from './bus-record.ts';
import type { ArchiveRecord, ArchiveRecords } from './archive-record.ts';
import type { LiveBuses } from './live-buses.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import { untilCommitted, type Kept } from './records.ts';
import { checkPattern } from './rule-text.ts';
import type { ListQuery } from './rules.ts';

export const ARCHIVE_LANE = 'event-archives';

export interface ArchiveSettings {
  readonly pattern?: string | undefined;
  readonly retentionDays?: number | undefined;
  readonly description?: string | undefined;
}

/** An archive as it is shown. */
export interface Archive {
  readonly name: string;
  readonly record: ArchiveRecord;
  readonly totals: { readonly events: number; readonly bytes: number };
}

export interface ArchivesParts {
  readonly events: EventArchives;
  readonly timers: Pick<TimerQueue, 'set'>;
  readonly archives: ArchiveRecords;
  readonly buses: BusRecords;
  readonly live: LiveBuses;
  readonly clock: Clock;
  readonly random: Random;
}

/** What a timer of the lane is for. */
interface Upkeep {
  readonly place: string;
  /** 0 where the archive itself is gone: then all of its events go. */
  readonly retentionDays: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What one step forgets, so that others have their turn. */
const SWEPT_EVENTS = 1000;

export class Archives {
  readonly #parts: ArchivesParts;

  constructor(parts: ArchivesParts) {
    this.#parts = parts;
  }

  async create(
    scope: Scope,
    name: string,
    { busArn, ...settings }: ArchiveSettings & { readonly busArn: string },
  ): Promise<ArchiveRecord> {
    const { archives, buses, timers, live, clock, random } = this.#parts;
    const bus = busNameOf(scope, busArn);
    await buses.need(scope, bus);
    if (settings.pattern !== undefined) checkPattern(settings.pattern);
    if ((await archives.page(scope, { limit: LIMITS.archives })).length >= LIMITS.archives) throw tooMany();
    const { pattern, retentionDays = 0, description } = settings;
    const record = { bus, place: random.uuid(), createdAtMs: clock.now(), pattern, retentionDays, description };
    const outcome = await timers.set(this.#upkeep(record), [archives.put(scope, name, record, 'absent')]);
    if (outcome.kind === 'conflict') throw alreadyExists(`Archive ${name} already exists.`);
    await live.archiveChanged(scope, bus, name, record);
    return record;
  }

  async get(scope: Scope, name: string): Promise<Archive> {
    const { body } = await this.#need(scope, name);
    return this.#shown(name, body);
  }

  /** At most one of the filters, as AWS wants it. */
  async list(
    scope: Scope,
    { prefix = '', busArn, token, limit = LIMITS.eventResourcesPerPage }: ListQuery & { readonly busArn?: string | undefined },
  ): Promise<Page<Archive>> {
    const bus = busArn === undefined ? undefined : busNameOf(scope, busArn);
    if (bus !== undefined) await this.#parts.buses.need(scope, bus);
    const found: Kept<ArchiveRecord>[] = [];
    const after = nameOfToken(token);
    // Archives are few: their bound is one page of the store.
    for (const each of await this.#parts.archives.page(scope, { prefix, after, limit: LIMITS.archives })) {
      if (bus === undefined || each.body.bus === bus) found.push(each);
    }
    const { items, ...rest } = pageOf(found, limit, ({ name }) => name);
    return { ...rest, items: await Promise.all(items.map(({ name, body }) => this.#shown(name, body))) };
  }

  async update(scope: Scope, name: string, settings: ArchiveSettings): Promise<ArchiveRecord> {
    if (Object.values(settings).every((value) => value === undefined))
      throw invalid('At least one of EventPattern, RetentionDays or Description must be provided.');
    if (settings.pattern !== undefined) checkPattern(settings.pattern);
    const { archives, timers, live } = this.#parts;
    const record = await untilCommitted(`Archive ${name}`, async () => {
      const before = await this.#need(scope, name);
      const said = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
      const result: ArchiveRecord = { ...before.body, ...said };
      const change = archives.put(scope, name, result, { revision: before.revision });
      const { kind } = await timers.set(this.#upkeep(result), [change]);
      return { committed: kind === 'committed', result };
    });
    await live.archiveChanged(scope, record.bus, name, record);
    return record;
  }

  /** Its events go afterwards, a few at a time, also after a restart. */
  async delete(scope: Scope, name: string): Promise<void> {
    const { archives, timers, live, clock } = this.#parts;
    const record = await untilCommitted(`Archive ${name}`, async () => {
      const before = await this.#need(scope, name);
      const gone: Upkeep = { place: before.body.place, retentionDays: 0 };
      const timer = { ...keyOf(before.body.place), dueAtMs: clock.now(), attributes: gone as unknown as Json };
      const { kind } = await timers.set([{ put: timer }], [archives.remove(scope, before)]);
      return { committed: kind === 'committed', result: before.body };
    });
    await live.archiveChanged(scope, record.bus, name, undefined);
  }

  /** Forgets what is too old. */
  async decide(timer: ClaimedTimer): Promise<Firing> {
    const { events, clock } = this.#parts;
    // Written by this class alone.
    const { place, retentionDays } = timer.attributes as unknown as Upkeep;
    const nowMs = clock.now();
    const beforeMs = retentionDays === 0 ? Number.MAX_SAFE_INTEGER : nowMs - retentionDays * DAY_MS;
    const isMore = (await events.removeSome(place, beforeMs, SWEPT_EVENTS)) === SWEPT_EVENTS;
    if (!isMore && retentionDays === 0) return { next: 'done', deliveries: [] };
    return { next: { dueAtMs: isMore ? nowMs : nowMs + HOUR_MS, attributes: timer.attributes }, deliveries: [] };
  }

  async #need(scope: Scope, name: string): Promise<Kept<ArchiveRecord>> {
    const found = await this.#parts.archives.find(scope, name);
    if (found === undefined) throw notFound(`Archive ${name} does not exist.`);
    return found;
  }

  async #shown(name: string, record: ArchiveRecord): Promise<Archive> {
    return { name, record, totals: await this.#parts.events.totals(record.place) };
  }

  #upkeep({ place, retentionDays }: ArchiveRecord): readonly TimerChange[] {
    if (retentionDays === 0) return [{ remove: keyOf(place) }];
    const upkeep: Upkeep = { place, retentionDays };
    return [{ put: { ...keyOf(place), dueAtMs: this.#parts.clock.now() + HOUR_MS, attributes: upkeep as unknown as Json } }];
  }
}

function keyOf(place: string): { readonly lane: string; readonly name: string } {
  return { lane: ARCHIVE_LANE, name: place };
}
