// Every verb of the Store port as the thread of the database runs it: the same signature without the promise, and what it
// does to the disk.

import type { EventArchives } from '../archives.ts';
import type { DeliveryQueue } from '../deliveries.ts';
import type { JournalStore } from '../journals.ts';
import type { LogIndex } from '../log-index.ts';
import type { MessageStore } from '../messages.ts';
import type { ObjectIndex } from '../object-index.ts';
import type { PublicationStore } from '../publications.ts';
import type { ResourceStore } from '../resources.ts';
import type { TimerQueue } from '../timers.ts';
import type { UsageTotals } from '../usage.ts';

export type Sync<Port> = {
  readonly [Verb in keyof Port]: Port[Verb] extends (...args: infer Arguments) => Promise<infer Result>
    ? (...args: Arguments) => Result
    : never;
};

export interface Rooms {
  readonly resources: ResourceStore;
  readonly objects: ObjectIndex;
  readonly deliveries: DeliveryQueue;
  readonly timers: TimerQueue;
  readonly messages: MessageStore & MessageSweep;
  readonly archives: EventArchives;
  readonly publications: PublicationStore;
  readonly journals: JournalStore & JournalSweep;
  readonly usage: UsageTotals;
  readonly logs: LogIndex & LogSweep;
}

/** Not in the port: what purges and removals of queues leave to be done in small steps. */
export interface MessageSweep {
  /** Forgets some messages that lie on no queue's shelf; 0 when there is nothing left to do. */
  sweepRemoved(limit: number): Promise<number>;
}

/** Not in the port: what removals of journals leave to be done in small steps. */
export interface JournalSweep {
  /** Forgets some of what journals held that were removed; false when there is nothing left to do. */
  sweepRemoved(): Promise<boolean>;
}

/** Not in the port: what `LogIndex` leaves to be done in small steps. */
export interface LogSweep {
  /** Forgets some chunks of streams that were removed; the number of them. */
  sweep(limit: number): Promise<number>;
  /** Forgets some chunks of a group that ended before; the number of them. */
  expireSome(scope: LogScope, group: string, beforeMs: number, limit: number): Promise<number>;
}
type LogScope = Parameters<LogIndex['storedBytes']>[0];

/**
 * `read` never waits for a sync; `write` is answered after one; `lazy` writes are part of the next transaction, and a
 * transaction of nothing else is not synced.
 */
export type VerbKind = 'read' | 'write' | 'lazy';

export const VERBS: { readonly [Room in keyof Rooms]: { readonly [Verb in keyof Rooms[Room]]: VerbKind } } = {
  resources: { get: 'read', list: 'read', commit: 'write' },
  objects: {
    createBucket: 'write',
    getBucket: 'read',
    setBucketAttributes: 'write',
    removeBucket: 'write',
    listBuckets: 'read',
    get: 'read',
    list: 'read',
    put: 'write',
    setAttributes: 'write',
    remove: 'write',
    createUpload: 'write',
    getUpload: 'read',
    putPart: 'write',
    listParts: 'read',
    listUploads: 'read',
    completeUpload: 'write',
    abortUpload: 'write',
    referenced: 'read',
  },
  deliveries: {
    accept: 'write',
    acceptClaimed: 'write',
    claimDue: 'write',
    extend: 'write',
    settle: 'write',
    reschedule: 'write',
    nextDueAtMs: 'read',
    count: 'read',
    backlog: 'read',
  },
  archives: { accept: 'write', page: 'read', totals: 'read', removeSome: 'write' },
  timers: { set: 'write', claimDue: 'lazy', fire: 'write', nextDueAtMs: 'read' },
  messages: {
    createQueue: 'write',
    getQueue: 'read',
    changeQueue: 'write',
    removeQueue: 'write',
    listQueues: 'read',
    purge: 'write',
    send: 'write',
    sendSettling: 'write',
    receive: 'lazy',
    receiveAgain: 'lazy',
    remove: 'write',
    changeVisibility: 'write',
    peek: 'read',
    counts: 'read',
    move: 'write',
    expireSome: 'lazy',
    sweepRemoved: 'lazy',
  },
  publications: { publish: 'write', lastSequence: 'read', forget: 'write' },
  journals: {
    begin: 'write',
    append: 'write',
    find: 'read',
    get: 'read',
    open: 'read',
    head: 'read',
    records: 'read',
    list: 'read',
    countRunning: 'read',
    entries: 'read',
    earliestTimers: 'read',
    callback: 'read',
    queued: 'read',
    busy: 'read',
    remove: 'write',
    expireSome: 'write',
    sweepRemoved: 'lazy',
  },
  usage: { fold: 'write', foldedTo: 'read', totals: 'read' },
  logs: {
    add: 'lazy',
    chunks: 'read',
    chunksByTime: 'read',
    indexedTo: 'read',
    createStream: 'write',
    removeStream: 'write',
    removeGroup: 'write',
    streams: 'read',
    stream: 'read',
    storedBytes: 'read',
    expire: 'write',
    segmentsInUse: 'read',
    putSubscription: 'write',
    subscriptions: 'read',
    allSubscriptions: 'read',
    removeSubscription: 'write',
    advanceSubscription: 'write',
    sweep: 'lazy',
    expireSome: 'lazy',
  },
};
