// The room put together: who writes, who reads, who tidies up.

import type { Clock, Log, Random, Scope } from '#kernel';
import type { LogChunk, NewDelivery, Segments, Store } from '#store';
import { ChunkReader } from './chunk-reader.ts';
import { GroupAdministration } from './group-administration.ts';
import { LogEvents } from './log-events.ts';
import { LogGroups } from './log-groups.ts';
import { checkGroupName, checkStreamName } from './log-names.ts';
import { LogRetention } from './log-retention.ts';
import { LogSinks, type LogSink } from './log-sinks.ts';
import { LogStreams } from './log-streams.ts';
import { LogWriter } from './log-writer.ts';
import { LossCounter, type Losses } from './loss-counter.ts';
import type { SubscribedEvents } from './subscriptions/subscribed-events.ts';
import { SubscriptionAdministration } from './subscriptions/subscription-administration.ts';
import { SubscriptionFeed } from './subscriptions/subscription-feed.ts';
import { SubscriptionNews } from './subscriptions/subscription-news.ts';

export interface LogsOptions {
  readonly store: Pick<Store, 'logs' | 'resources' | 'changed'>;
  /** Of this room alone: it removes those that no log needs any more. */
  readonly segments: Segments;
  /** Accounts and regions that are served, for retention. */
  readonly scopes: readonly Scope[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface Logs {
  /** Where one instance of a function writes. The group and the stream are made with the first line. */
  openStream(scope: Scope, group: string, stream: string): LogSink;
  readonly groups: GroupAdministration;
  readonly streams: LogStreams;
  readonly events: LogEvents;
  readonly subscriptions: SubscriptionAdministration;
  /** What carries events to subscribers, once it is started; close it before the room. */
  feedSubscriptions(deliveriesFor: (events: SubscribedEvents) => Promise<readonly NewDelivery[]>): SubscriptionFeed;
  health(): LogsHealth;
  /** Indexes what an earlier process appended and did not index. Call it once, before the first read. */
  start(): Promise<void>;
  /** Appends and indexes what is buffered. The store and the segments stay open. */
  close(): Promise<void>;
}

export interface LogsHealth {
  /** False: log lines are lost, or cannot be found for now. */
  readonly isHealthy: boolean;
  readonly openStreams: number;
  /** Lines of functions that were not kept, since the start. */
  readonly dropped: Losses;
  /** Chunks in segments that are not in the index yet. */
  readonly unindexedChunks: number;
  /** More is in the segments than waits in memory: after a start, under a flood, or when the index failed. */
  readonly isIndexBehind: boolean;
  /** Why the index fails; undefined when it does not. */
  readonly indexFailure: string | undefined;
  readonly damagedChunks: number;
}

/** A disk that refused a chunk so lately counts as refusing them still. */
const RECENT_LOSS_MS = 60_000;

export function createLogs(options: LogsOptions): Logs {
  const { store, segments, scopes, clock, random, log } = options;
  const index = store.logs;
  const groups = new LogGroups(store.resources, clock);
  const losses = new LossCounter(clock, log);
  const news = new SubscriptionNews();
  const writer = new LogWriter({
    segments,
    index,
    ensureGroups: (chunks) => ensureGroups(groups, chunks),
    onIndexed: (chunks) => news.tellArrived(chunks),
    clock,
    log,
  });
  const reader = new ChunkReader(segments, log);
  const retention = new LogRetention({ index, segments, groups, writer, scopes, clock, log });
  const sinks = new LogSinks({ append: (chunks) => writer.append(chunks), clock, losses });
  /** Everything that was written before can be read: what a follower reads later is later. */
  const settled = async (): Promise<void> => {
    sinks.flushAll();
    await writer.settled();
  };
  const streams = new LogStreams({ index, groups, writer, settled, clock, onRemoved: () => retention.wake() });
  return {
    openStream: (scope, group, stream) => sinks.open({ scope, group: checkGroupName(group), stream: checkStreamName(stream) }),
    groups: new GroupAdministration({ index, groups, writer, retention }),
    streams,
    subscriptions: new SubscriptionAdministration({ index, groups, settled, news, clock }),
    feedSubscriptions: (deliveriesFor) => new SubscriptionFeed({ index, reader, news, deliveriesFor, clock, log }),
    events: new LogEvents({ store, index, groups, streams, writer, settled, reader, clock, random }),
    health: () => health(),
    async start() {
      await writer.settled();
      retention.wake();
    },
    async close() {
      sinks.flushAll();
      await retention.close();
      await writer.close();
    },
  };

  function health(): LogsHealth {
    const { chunks, isBehind, failure } = writer.backlog;
    const dropped = losses.losses;
    const isLosing = dropped.lastDiskLossAtMs !== undefined && clock.now() - dropped.lastDiskLossAtMs < RECENT_LOSS_MS;
    return {
      isHealthy: !isLosing && failure === undefined && reader.damagedChunks === 0,
      openStreams: sinks.openSinks,
      dropped,
      unindexedChunks: chunks,
      isIndexBehind: isBehind,
      indexFailure: failure,
      damagedChunks: reader.damagedChunks,
    };
  }
}

async function ensureGroups(groups: LogGroups, chunks: readonly LogChunk[]): Promise<void> {
  const distinct = new Map(chunks.map(({ scope, group }) => [`${scope.account}/${scope.region}/${group}`, { scope, group }]));
  await Promise.all([...distinct.values()].map(({ scope, group }) => groups.ensure(scope, group)));
}
