// Carries what comes into log groups to whoever subscribed: reads on from where each subscription stands, and moves it on in the step that
// accepts what it shall be told.
//
// Owns: the subscriptions that are known, and which of them are being read for.
// Never: polls. It reads when chunks have come in, when a subscription has changed, and once at the start.
// I1: a subscription is read for by one reader at a time, in the order in which chunks came in.
// I2: what was accepted for it is accepted once, also over a crash: the position moves in the same step.
// I3: never more than READERS pages are in memory.

import type { Clock, Log, Scope, Timer } from '#kernel';
import type { IndexedLogChunk, LogChunk, LogIndex, LogSubscription, NewDelivery } from '#store';
import type { ChunkReader } from '../chunk-reader.ts';
import type { LogEvent } from '../log-event.ts';
import type { FilterPattern } from '../pattern/filter-pattern.ts';
import { parseFilterPattern } from '../pattern/filter-pattern.ts';
import { subscribedEvents } from './subscribed-events.ts';
import type { SubscribedEvents } from './subscribed-events.ts';
import type { SubscriptionNews } from './subscription-news.ts';
import { filterOf } from './subscription.ts';
import type { SubscriptionFilter } from './subscription.ts';

export interface SubscriptionFeedDependencies {
  readonly index: LogIndex;
  readonly reader: ChunkReader;
  readonly news: SubscriptionNews;
  /** What shall be done to tell a function of these events. */
  readonly deliveriesFor: (events: SubscribedEvents) => Promise<readonly NewDelivery[]>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Subscriber {
  readonly filter: SubscriptionFilter;
  readonly pattern: FilterPattern;
  /** As far as the store knows. */
  stored: number;
  /** Read so far: events in between were not asked for. */
  read: number;
  isBeingRead: boolean;
}

const READERS = 4;
const CHUNKS_PER_PAGE = 16;
/** Chunks without an event that was asked for are read once more after a crash, rather than the position written for each; so many at most. */
const UNWRITTEN_CHUNKS_MAX = 1000;
const LOADED_AT_ONCE = 1000;
const RETRY_MS = 1000;

export class SubscriptionFeed {
  readonly #dependencies: SubscriptionFeedDependencies;
  readonly #groups = new Map<string, Map<string, Subscriber>>();
  readonly #waiting = new Set<Subscriber>();
  /** Until the next try. */
  readonly #failed = new Set<Subscriber>();
  readonly #readers = new Set<Promise<void>>();
  #retry: Timer | undefined;
  #unlisten: (() => void) | undefined;
  #isClosed = false;

  constructor(dependencies: SubscriptionFeedDependencies) {
    this.#dependencies = dependencies;
  }

  /** Goes on where an earlier process stopped. */
  async start(): Promise<void> {
    this.#unlisten = this.#dependencies.news.listen({
      arrived: (chunks) => this.#arrived(chunks),
      changed: (scope, group) => this.#track(this.#reload(scope, group)),
    });
    let after: LogSubscription | undefined;
    do {
      const query = { limit: LOADED_AT_ONCE, ...(after === undefined ? {} : { after }) };
      const found = await this.#dependencies.index.allSubscriptions(query);
      for (const subscription of found) this.#know(subscription);
      after = found.length === LOADED_AT_ONCE ? found.at(-1) : undefined;
    } while (after !== undefined);
    this.#readOn();
  }

  /** Lets what is being read come to its step, and reads nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#unlisten?.();
    this.#retry?.cancel();
    await this.idle();
  }

  /** Resolves when everything that has come in was told, but for what will be tried again. */
  async idle(): Promise<void> {
    while (this.#readers.size > 0) await Promise.allSettled(this.#readers);
  }

  #arrived(chunks: readonly LogChunk[]): void {
    if (this.#groups.size === 0) return;
    for (const { scope, group } of chunks)
      for (const subscriber of this.#groups.get(groupId(scope, group))?.values() ?? []) this.#waiting.add(subscriber);
    this.#readOn();
  }

  async #reload(scope: Scope, group: string): Promise<void> {
    try {
      const found = await this.#dependencies.index.subscriptions({ scope, group, limit: LOADED_AT_ONCE });
      this.#groups.delete(groupId(scope, group));
      for (const subscription of found) this.#know(subscription);
      this.#readOn();
    } catch (cause) {
      this.#dependencies.log.write('error', 'logs.subscriptions-not-read', { group, cause, nextTryMs: RETRY_MS });
      this.#dependencies.clock.after(RETRY_MS, () => this.#isClosed || this.#track(this.#reload(scope, group)));
    }
  }

  #know(subscription: LogSubscription): void {
    const filter = filterOf(subscription);
    const { position } = subscription;
    const pattern = parseFilterPattern(filter.pattern);
    const subscriber: Subscriber = { filter, pattern, stored: position, read: position, isBeingRead: false };
    const id = groupId(filter.scope, filter.group);
    const known = this.#groups.get(id) ?? new Map<string, Subscriber>();
    this.#groups.set(id, known.set(filter.name, subscriber));
    this.#waiting.add(subscriber);
  }

  #readOn(): void {
    for (const subscriber of this.#waiting) {
      if (this.#isClosed || this.#readers.size >= READERS) return;
      if (subscriber.isBeingRead) continue;
      this.#waiting.delete(subscriber);
      if (!this.#isKnown(subscriber)) continue;
      subscriber.isBeingRead = true;
      this.#track(this.#readFor(subscriber));
    }
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => {
      this.#readers.delete(tracked);
      this.#readOn();
    });
    this.#readers.add(tracked);
  }

  async #readFor(subscriber: Subscriber): Promise<void> {
    try {
      while (!this.#isClosed && this.#isKnown(subscriber) && (await this.#readPage(subscriber)));
    } catch (cause) {
      const { group, name } = subscriber.filter;
      this.#dependencies.log.write('error', 'logs.subscription-not-told', { group, name, cause, nextTryMs: RETRY_MS });
      subscriber.read = subscriber.stored;
      this.#failed.add(subscriber);
      this.#retry ??= this.#dependencies.clock.after(RETRY_MS, () => this.#tryAgain());
    } finally {
      subscriber.isBeingRead = false;
    }
  }

  #tryAgain(): void {
    this.#retry = undefined;
    for (const subscriber of this.#failed) this.#waiting.add(subscriber);
    this.#failed.clear();
    this.#readOn();
  }

  /** False for one that was removed or put again: whoever still reads for it stops. */
  #isKnown(subscriber: Subscriber): boolean {
    const { scope, group, name } = subscriber.filter;
    return this.#groups.get(groupId(scope, group))?.get(name) === subscriber;
  }

  /** False when there is nothing more for now. */
  async #readPage(subscriber: Subscriber): Promise<boolean> {
    const { index, reader, deliveriesFor } = this.#dependencies;
    const { scope, group } = subscriber.filter;
    const chunks = await index.chunks({ scope, group, afterSequence: subscriber.read, limit: CHUNKS_PER_PAGE });
    const last = chunks.at(-1);
    if (last === undefined) return false;
    const events = await eventsIn(reader, chunks);
    const told = subscribedEvents(subscriber.filter, subscriber.pattern, events);
    const deliveries = (await Promise.all(told.map(deliveriesFor))).flat();
    subscriber.read = last.sequence;
    if (deliveries.length === 0 && last.sequence - subscriber.stored < UNWRITTEN_CHUNKS_MAX) return isFull(chunks);
    return (await this.#advance(subscriber, deliveries)) && isFull(chunks);
  }

  async #advance(subscriber: Subscriber, deliveries: readonly NewDelivery[]): Promise<boolean> {
    const step = { from: subscriber.stored, to: subscriber.read };
    const moved = await this.#dependencies.index.advanceSubscription(keyOf(subscriber.filter), step, deliveries);
    if (moved) subscriber.stored = subscriber.read;
    // It is gone, or whoever read for it before it was put again has moved it once more.
    else if (this.#isKnown(subscriber)) this.#track(this.#reload(subscriber.filter.scope, subscriber.filter.group));
    return moved;
  }
}

const isFull = (chunks: readonly IndexedLogChunk[]) => chunks.length === CHUNKS_PER_PAGE;

async function eventsIn(reader: ChunkReader, chunks: readonly IndexedLogChunk[]): Promise<readonly LogEvent[]> {
  const found: (readonly LogEvent[])[] = [];
  for await (const { events } of reader.read(chunks)) found.push(events);
  return found.flat();
}

function keyOf({ scope, group, name }: SubscriptionFilter) {
  return { scope, group, name };
}

function groupId(scope: Scope, group: string): string {
  return `${scope.account}/${scope.region}/${group}`;
}
