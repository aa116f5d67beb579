// The Store port on SQLite: every call travels to the database's own thread, so that no sync ever holds up the event loop.

import assert from 'node:assert/strict';
import type { Log } from '#kernel';
import type { NewDelivery } from '../deliveries.ts';
import type { JournalStep, JournalStore } from '../journals.ts';
import type { LogIndex } from '../log-index.ts';
import type { MessageStore } from '../messages.ts';
import type { ObjectIndex } from '../object-index.ts';
import type { Store, Topic, Unsubscribe } from '../store.ts';
import { StoreFailure } from '../store-failure.ts';
import { Notices } from './notices.ts';
import { DatabaseThread } from './thread.ts';
import { VERBS, type Rooms } from './verbs.ts';

export interface SqliteStoreOptions {
  /** Made if it is missing. Held by one process at a time. */
  readonly folder: string;
  readonly log: Log;
  /** The file of the database's thread; a bundle passes its own. */
  readonly workerUrl?: URL;
  readonly diskWorkerUrl?: URL;
  /** Called once when nothing can be saved any more before the process is started again: the platform is not healthy then. */
  readonly onFailure?: (failure: StoreFailure) => void;
}

/** How many chunks one step forgets; between two steps the store serves others. */
const SWEPT_CHUNKS = 2000;
const SWEPT_MESSAGES = 1000;

/** Rejects with a StoreFailure when another process has the folder, or when a newer version wrote it. */
export async function openSqliteStore({ folder, log, workerUrl, diskWorkerUrl, onFailure }: SqliteStoreOptions): Promise<Store> {
  const notices = new Notices();
  const thread = new DatabaseThread({
    folder,
    workerUrl: workerUrl ?? new URL('./worker.ts', import.meta.url),
    diskWorkerUrl: diskWorkerUrl ?? new URL('./disk-worker.ts', import.meta.url),
    onTouched: (topics) => notices.tell(topics),
    onFailure(failure) {
      log.write('error', 'store.failed', { kind: failure.kind, message: failure.message });
      onFailure?.(failure);
    },
  });
  await thread.opened();
  const logs = room(thread, 'logs');
  await sweepAll(logs);
  const messages = room(thread, 'messages');
  sweepMessages(messages);
  const journals = room(thread, 'journals');
  sweepJournals(journals);
  return {
    resources: room(thread, 'resources'),
    objects: tightObjects(thread, room(thread, 'objects')),
    deliveries: tightDeliveries(thread, room(thread, 'deliveries')),
    timers: tightTimers(thread, room(thread, 'timers')),
    messages: steppedMessages(messages),
    archives: tightArchives(thread, room(thread, 'archives')),
    publications: tightPublications(thread, room(thread, 'publications')),
    journals: steppedJournals(tightJournals(thread, journals)),
    usage: room(thread, 'usage'),
    logs: steppedLogs(logs),
    changed: (topic: Topic, listener: () => void): Unsubscribe => notices.listen(topic, listener),
    close: () => thread.close(),
  };
}

function room<Room extends keyof Rooms>(thread: DatabaseThread, name: Room): Rooms[Room] {
  const verbs = Object.keys(VERBS[name]).map((verb) => [verb, (...values: readonly unknown[]) => thread.call(name, verb, values)]);
  // The one cast: the thread's verbs are checked against the same ports (`Sync<Rooms[Room]>`).
  return Object.fromEntries(verbs) as Rooms[Room];
}

/**
 * A payload is often a view into a socket's 64 KiB buffer, and structured clone copies the buffer behind a view whole.
 */
function tight(thread: DatabaseThread, deliveries: readonly NewDelivery[]): readonly NewDelivery[] {
  return deliveries.map((delivery) => ({ ...delivery, payload: thread.hold(delivery.payload) }));
}

function tightDeliveries(thread: DatabaseThread, deliveries: Rooms['deliveries']): Rooms['deliveries'] {
  return {
    ...deliveries,
    accept: (accepted) => deliveries.accept(tight(thread, accepted)),
    acceptClaimed: (accepted, leaseUntilMs) => deliveries.acceptClaimed(tight(thread, accepted), leaseUntilMs),
    settle: (id, fence, followUps = []) => deliveries.settle(id, fence, tight(thread, followUps)),
  };
}

function tightTimers(thread: DatabaseThread, timers: Rooms['timers']): Rooms['timers'] {
  return { ...timers, fire: (firing) => timers.fire({ ...firing, deliveries: tight(thread, firing.deliveries) }) };
}

function tightPublications(thread: DatabaseThread, publications: Rooms['publications']): Rooms['publications'] {
  return {
    ...publications,
    publish: (request) =>
      publications.publish({
        ...request,
        publications: request.publications.map((each) => ({ ...each, deliveries: tight(thread, each.deliveries) })),
      }),
  };
}

function tightArchives(thread: DatabaseThread, archives: Rooms['archives']): Rooms['archives'] {
  return {
    ...archives,
    accept: (events, deliveries) =>
      archives.accept(
        events.map((each) => ({ ...each, event: thread.hold(each.event) })),
        tight(thread, deliveries),
      ),
  };
}

function tightJournals(thread: DatabaseThread, journals: Rooms['journals']): Rooms['journals'] {
  const held = (step: JournalStep): JournalStep =>
    step.deliveries === undefined ? step : { ...step, deliveries: tight(thread, step.deliveries) };
  return {
    ...journals,
    begin: (journal) => journals.begin({ ...journal, first: held(journal.first) }),
    append: (journal, revision, step) => journals.append(journal, revision, held(step)),
  };
}

function tightObjects(thread: DatabaseThread, objects: ObjectIndex): ObjectIndex {
  const held = (deliveries: readonly NewDelivery[]): readonly NewDelivery[] => tight(thread, deliveries);
  return {
    ...objects,
    put: (bucket, entry, condition, deliveries) => objects.put(bucket, entry, condition, held(deliveries)),
    setAttributes: (bucket, entry, attributes, deliveries) => objects.setAttributes(bucket, entry, attributes, held(deliveries)),
    remove: (bucket, removals) =>
      objects.remove(
        bucket,
        removals.map((removal) => ({ ...removal, deliveries: held(removal.deliveries) })),
      ),
    completeUpload: (upload, entry, condition, deliveries) => objects.completeUpload(upload, entry, condition, held(deliveries)),
  };
}

/** Removals and expiry are visible at once where they must be, and their rows go in small steps. */
function steppedLogs(logs: Rooms['logs']): LogIndex {
  return {
    ...logs,
    async removeStream(scope, group, stream) {
      const wasThere = await logs.removeStream(scope, group, stream);
      await sweepAll(logs);
      return wasThere;
    },
    async removeGroup(scope, group) {
      await logs.removeGroup(scope, group);
      await sweepAll(logs);
    },
    async expire(scope, group, beforeMs) {
      while ((await logs.expireSome(scope, group, beforeMs, SWEPT_CHUNKS)) === SWEPT_CHUNKS);
    },
  };
}

async function sweepAll(logs: Rooms['logs']): Promise<void> {
  while ((await logs.sweep(SWEPT_CHUNKS)) > 0);
}

/** A queue is empty, or gone, at once; its messages go in small steps that nobody waits for. */
function steppedMessages(messages: Rooms['messages']): MessageStore {
  const sweptAfter = async (step: Promise<boolean>): Promise<boolean> => {
    const wasThere = await step;
    sweepMessages(messages);
    return wasThere;
  };
  return {
    ...messages,
    removeQueue: (queue) => sweptAfter(messages.removeQueue(queue)),
    purge: (queue) => sweptAfter(messages.purge(queue)),
  };
}

function sweepMessages(messages: Rooms['messages']): void {
  sweepUnawaited(async () => {
    while ((await messages.sweepRemoved(SWEPT_MESSAGES)) > 0);
  });
}

/** A journal is gone at once, and so is one that has expired; what they held goes in small steps that nobody waits for. */
function steppedJournals(journals: Rooms['journals']): JournalStore {
  return {
    ...journals,
    async remove(journal) {
      const wasThere = await journals.remove(journal);
      if (wasThere) sweepJournals(journals);
      return wasThere;
    },
    async expireSome(nowMs, limit) {
      const expired = await journals.expireSome(nowMs, limit);
      if (expired > 0) sweepJournals(journals);
      return expired;
    },
  };
}

function sweepJournals(journals: Rooms['journals']): void {
  sweepUnawaited(async () => {
    while (await journals.sweepRemoved());
  });
}

function sweepUnawaited(sweep: () => Promise<void>): void {
  // What is left when the disk refuses, or the store is closed, is swept after the next removal or start; the thread itself tells of failures.
  sweep().catch((error: unknown) => assert(error instanceof StoreFailure, error as Error));
}
