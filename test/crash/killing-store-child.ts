// The platform's store with a doom around it. Only doomed-platform.ts puts it in the place of the real one.

import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { JournalStep, SentMessage, Store } from '#store';
import { openSqliteStore as openReal, type SqliteStoreOptions } from '../../src/store/sqlite/sqlite-store.ts';
import { DOOM_VARIABLE, nameOf, type Doom, type JournalTurn, type Point } from './doom.ts';
import { beginningEarly, steppingEarly } from './early-journals-child.ts';

export type { SqliteStoreOptions };

/** How late the broken platform saves what it has acknowledged: far longer than a commit, far shorter than a round. */
const LATE_MS = 100;

export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const store = await openReal(options);
  const text = process.env[DOOM_VARIABLE];
  if (text === undefined) return store;
  const doom = JSON.parse(text) as Doom;
  switch (doom.kind) {
    case 'point':
      return dyingAt(store, doom.point, doom.passes);
    case 'acknowledgesEarly':
      return acknowledgingEarly(store);
    case 'deletesEarly':
      return deletingEarly(store);
    case 'beginsEarly':
      return { ...store, journals: beginningEarly(store.journals) };
    case 'stepsEarly':
      return { ...store, journals: steppingEarly(store.journals) };
    default:
      return doom satisfies never;
  }
}

type Verb = (...values: readonly unknown[]) => Promise<unknown>;

function dyingAt(store: Store, point: Point, passes: number): Store {
  const room = store[point.room as 'messages'] as unknown as Readonly<Record<string, Verb>>;
  const verb = room[point.verb];
  if (verb === undefined) throw new Error(`There is no point ${nameOf(point)}.`);
  let passed = 0;
  const pass = (): void => {
    passed += 1;
    if (passed !== passes) return;
    // In one write, which the reader has even when the process is gone.
    writeSync(2, `killed at ${nameOf(point)}\n`);
    process.kill(process.pid, 'SIGKILL');
  };
  const doomed: Verb = async (...values) => {
    const isIt = point.that === undefined || DOES[point.that](values[2] as JournalStep);
    if (isIt && point.moment === 'asked') pass();
    const result = await verb(...values);
    if (isIt && point.moment === 'written') pass();
    return result;
  };
  return { ...store, [point.room]: { ...room, [point.verb]: doomed } };
}

const DOES: Readonly<Record<JournalTurn, (step: JournalStep) => boolean>> = {
  'sets a timer': ({ timers = [] }) => timers.some(({ dueAtMs }) => dueAtMs !== undefined),
  'cancels a timer': ({ timers = [] }) => timers.some(({ dueAtMs }) => dueAtMs === undefined),
  'waits for a callback': ({ callbacks = [] }) => callbacks.some(({ put }) => put !== undefined),
  'takes a callback in': ({ callbacks = [] }) => callbacks.some(({ put }) => put === undefined),
  ends: ({ status }) => status?.endedAtMs !== undefined,
};

function acknowledgingEarly(store: Store): Store {
  const { deliveries, messages } = store;
  const later = (work: () => Promise<unknown>): void => {
    void delay(LATE_MS).then(work);
  };
  return {
    ...store,
    deliveries: {
      ...deliveries,
      accept(accepted) {
        later(() => deliveries.accept(accepted));
        return Promise.resolve();
      },
      acceptClaimed(accepted) {
        later(() => deliveries.accept(accepted));
        return Promise.resolve(accepted.map(() => undefined));
      },
    },
    messages: {
      ...messages,
      send(queue, sent) {
        later(() => messages.send(queue, sent));
        return Promise.resolve(sent.map(({ id }, index): SentMessage => ({ id, sequence: index + 1, isDuplicate: false })));
      },
    },
  };
}

function deletingEarly(store: Store): Store {
  const { messages } = store;
  return {
    ...store,
    messages: {
      ...messages,
      async receive(request) {
        const outcome = await messages.receive(request);
        if (outcome.kind === 'received' && outcome.messages.length > 0) {
          await messages.remove(request.queue, outcome.messages, request.nowMs);
        }
        return outcome;
      },
    },
  };
}
