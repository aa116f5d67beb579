// Events: saved in batches, read by stream, searched over a group, and followed.

import { ApiError, LIMITS, type Clock, type Random, type Scope } from '#kernel';
import type { LogIndex, Store } from '#store';
import type { ChunkReader } from './chunk-reader.ts';
import { encodeChunk } from './chunk.ts';
import { chunkPieces } from './chunk-pieces.ts';
import { placeOf, type EventPlace } from './event-place.ts';
import { searchEvents, type EventQuery, type FoundEvents } from './event-search.ts';
import { liveTail, type LiveTailQuery, type LiveTailUpdate } from './live-tail.ts';
import { cannotSave, invalid, invalidMember } from './log-answers.ts';
import type { EventKey, LogEvent, LogLine } from './log-event.ts';
import { followEvents, type FollowQuery } from './log-follow.ts';
import type { LogGroup, LogGroups } from './log-groups.ts';
import { DAY_MS } from './log-retention.ts';
import type { LogStreams } from './log-streams.ts';
import type { LogWriter } from './log-writer.ts';
import { eventToken, parseEventToken } from './page-token.ts';
import { screenBatch, type RejectedEvents } from './put-rules.ts';
import { SearchSlots } from './search-slots.ts';

export interface PutBatch {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
  readonly lines: readonly LogLine[];
}

export interface StreamPageQuery {
  readonly scope: Scope;
  readonly group: string;
  readonly stream: string;
  /** Events in [from, to). */
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly token?: string;
  readonly limit?: number;
  /** Where to begin without a token. */
  readonly fromHead: boolean;
}

export interface StreamPage {
  /** Oldest first, whatever the direction of reading. */
  readonly events: readonly LogEvent[];
  readonly forwardToken: string;
  readonly backwardToken: string;
}

export interface GroupSearch extends EventPlace {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly token?: string;
  readonly limit?: number;
  readonly oldestFirst: boolean;
  readonly matches: (text: string) => boolean;
}

export interface GroupSearchPage {
  readonly events: readonly LogEvent[];
  readonly nextToken: string | undefined;
}

export interface LogEventsDependencies {
  readonly index: LogIndex;
  readonly groups: LogGroups;
  readonly streams: LogStreams;
  readonly writer: LogWriter;
  /** Resolves when all that was written before can be read. */
  readonly settled: () => Promise<void>;
  readonly reader: ChunkReader;
  readonly store: Pick<Store, 'changed'>;
  readonly clock: Clock;
  readonly random: Random;
}

/** No event is later, and every event is later than nought. */
const END_OF_TIME_MS = 999_999_999_999_999;
const BEFORE_ALL: EventKey = { timestampMs: 0, sequence: 0, index: 0 };

export class LogEvents {
  readonly #dependencies: LogEventsDependencies;
  readonly #slots = new SearchSlots();
  #liveTails = 0;

  constructor(dependencies: LogEventsDependencies) {
    this.#dependencies = dependencies;
  }

  /** Resolves when the accepted events are on the disk and can be read. */
  async put({ scope, group, stream, lines }: PutBatch): Promise<RejectedEvents> {
    const { groups, streams, writer, clock } = this.#dependencies;
    const nowMs = clock.now();
    const { accepted, rejected } = await writer.exclusively(async () => {
      const settings = await groups.need(scope, group);
      await streams.need(scope, group, stream);
      const screened = screenBatch(lines, nowMs, settings.retentionInDays);
      const origin = { scope, group, stream, ingestedAtMs: nowMs };
      const chunks = chunkPieces(screened.accepted).map((piece) => encodeChunk(origin, piece));
      if (chunks.length > 0) {
        try {
          writer.append(chunks);
        } catch (error) {
          throw cannotSave(error);
        }
      }
      return screened;
    });
    if (accepted.length > 0) {
      try {
        await writer.sync();
      } catch (error) {
        throw cannotSave(error);
      }
      await writer.settled();
    }
    return rejected;
  }

  /** GetLogEvents. */
  async page(query: StreamPageQuery): Promise<StreamPage> {
    const { groups, streams, settled } = this.#dependencies;
    const token = query.token === undefined ? undefined : parseEventToken(query.token);
    const limit = checkedLimit(query.limit);
    await settled();
    const group = await groups.need(query.scope, query.group);
    await streams.need(query.scope, query.group, query.stream);
    const direction = token?.direction ?? (query.fromHead ? 'forward' : 'backward');
    const found = await this.#search({
      scope: query.scope,
      group: query.group,
      streams: [query.stream],
      fromMs: this.#earliest(group, query.fromMs),
      toMs: query.toMs ?? END_OF_TIME_MS,
      direction,
      gap: token?.gap,
      limit,
      matches: () => true,
    });
    return direction === 'forward' ? forwardPage(found, token?.gap) : backwardPage(found, token?.gap);
  }

  /** FilterLogEvents. */
  async search(query: GroupSearch): Promise<GroupSearchPage> {
    const { groups, streams, settled } = this.#dependencies;
    const token = query.token === undefined ? undefined : parseEventToken(query.token);
    const limit = checkedLimit(query.limit);
    checkStreamChoice(query);
    await settled();
    const group = await groups.need(query.scope, query.group);
    await Promise.all((query.streams ?? []).map((stream) => streams.need(query.scope, query.group, stream)));
    const direction = token?.direction ?? (query.oldestFirst ? 'forward' : 'backward');
    const { events, gap, isEnd } = await this.#search({
      ...placeOf(query),
      fromMs: this.#earliest(group, query.fromMs),
      toMs: query.toMs ?? END_OF_TIME_MS,
      direction,
      gap: token?.gap,
      limit,
      matches: query.matches,
    });
    return { events, nextToken: isEnd ? undefined : eventToken(direction, gap) };
  }

  async *follow(query: FollowQuery): AsyncGenerator<readonly LogEvent[]> {
    await this.#dependencies.settled();
    await this.#dependencies.groups.need(query.scope, query.group);
    yield* followEvents(this.#dependencies, query);
  }

  /** Rejects before the first update when a group is missing. */
  async liveTail(query: LiveTailQuery): Promise<AsyncGenerator<LiveTailUpdate>> {
    await this.#dependencies.settled();
    await Promise.all(query.groups.map((group) => this.#dependencies.groups.need(query.scope, group)));
    if (this.#liveTails >= LIMITS.liveTailSessions) {
      throw new ApiError('LimitExceededException', `No more than ${LIMITS.liveTailSessions} Live Tail sessions run at once.`, {
        status: 400,
      });
    }
    return this.#counted(query);
  }

  async *#counted(query: LiveTailQuery): AsyncGenerator<LiveTailUpdate> {
    this.#liveTails += 1;
    try {
      yield* liveTail(this.#dependencies, query);
    } finally {
      this.#liveTails -= 1;
    }
  }

  #search(query: EventQuery): Promise<FoundEvents> {
    return this.#slots.run(() => searchEvents(this.#dependencies, query));
  }

  /** What retention lets go is not shown, also before it is removed. */
  #earliest(group: LogGroup, fromMs = 0): number {
    if (group.retentionInDays === undefined) return fromMs;
    return Math.max(fromMs, this.#dependencies.clock.now() - group.retentionInDays * DAY_MS);
  }
}

function forwardPage({ events, gap }: FoundEvents, start: EventKey | undefined): StreamPage {
  const backward = events[0] ?? start ?? gap;
  return { events, forwardToken: eventToken('forward', gap), backwardToken: eventToken('backward', backward) };
}

function backwardPage({ events, gap }: FoundEvents, start: EventKey | undefined): StreamPage {
  const newest = events[0];
  // Where nothing is known, everything that may come is ahead.
  const forward = newest === undefined ? (start ?? BEFORE_ALL) : { ...newest, index: newest.index + 1 };
  return { events: events.toReversed(), forwardToken: eventToken('forward', forward), backwardToken: eventToken('backward', gap) };
}

function checkedLimit(limit: number | undefined): number {
  if (limit === undefined) return LIMITS.logPageEvents;
  if (limit > LIMITS.logPageEvents)
    throw invalidMember(String(limit), 'limit', `have value less than or equal to ${LIMITS.logPageEvents}`);
  if (!(limit >= 1)) throw invalidMember(String(limit), 'limit', 'have value greater than or equal to 1');
  return limit;
}

function checkStreamChoice({ streams, streamPrefix }: GroupSearch): void {
  if (streams !== undefined && streamPrefix !== undefined) {
    throw invalid('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  }
  if (streams !== undefined && (streams.length === 0 || streams.length > LIMITS.logFilterStreams)) {
    throw invalidMember(`${streams.length} streams`, 'logStreamNames', `have length between 1 and ${LIMITS.logFilterStreams}`);
  }
}
