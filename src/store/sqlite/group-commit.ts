// Group commit: what arrived while the last transaction was written is the next transaction. No timer waits for more; the commit
// itself is the batching window, so a lone event waits for one sync and 64 at once wait for one sync too. The commit hands its
// bytes to the kernel; the disk's own thread syncs them, and whoever receives the answers holds them until it has (`progress`).
//
// Invariants:
//   I1  A write is answered after the sync of the transaction that holds it, or with an error.
//   I2  An error of one step undoes that step alone; an error of the commit fails every step of it.
//   I3  A read sees what was committed and nothing else, and is answered when all that it may have seen is on the disk.
//   I4  A step may be run twice, the first time in a transaction that is rolled back: what a verb remembers of the first time it has to
//       forget then (`connection.rollbacks`).

import { StoreFailure } from '../store-failure.ts';
import type { Topic } from '../store.ts';
import type { Connection } from './connection.ts';
import { sent, type Answer, type Call } from './messages.ts';
import type { Progress } from './progress.ts';
import { failureOfSqliteError } from './sqlite-failure.ts';
import { VERBS, type Rooms, type Sync, type VerbKind } from './verbs.ts';

export type SyncRooms = { readonly [Room in keyof Rooms]: Sync<Rooms[Room]> };

export interface GroupCommit {
  readonly connection: Connection;
  readonly rooms: SyncRooms;
  readonly progress: Progress;
  /** What is answered now may be seen when every commit that `progress` calls written is on the disk. */
  readonly answer: (answers: readonly Answer[], touched: readonly Topic[]) => void;
}

/** Returns the failure after which nothing may be tried any more, if there was one. */
export function runGroup(group: GroupCommit, calls: readonly Call[]): StoreFailure | undefined {
  const { connection, answer } = group;
  const reads: Call[] = [];
  const writes: Call[] = [];
  for (const call of calls) (kindOf(call) === 'read' ? reads : writes).push(call);
  const unread = runReads(group, reads);
  if (unread !== undefined) return unread;
  if (writes.length === 0) return undefined;
  const answers = commitGroup(group, writes);
  answer(answers, connection.takeTouched());
  return finalFailure(answers) ?? checkpoint(connection);
}

/** A bundle of answers goes out when it has so much text (and one answer more): a hundred long histories at once need no memory for all of them. */
const BUNDLE_LENGTH = 8 * 1024 * 1024;

function runReads({ connection, rooms, answer }: GroupCommit, calls: readonly Call[]): StoreFailure | undefined {
  let answers: Answer[] = [];
  let length = 0;
  for (const [index, call] of calls.entries()) {
    answers.push(answerOf(connection, call, () => perform(rooms, call)));
    length += connection.takeReadLength();
    if (index + 1 < calls.length && length < BUNDLE_LENGTH) continue;
    answer(answers, []);
    const final = finalFailure(answers);
    if (final !== undefined) return final;
    answers = [];
    length = 0;
  }
  return undefined;
}

function checkpoint(connection: Connection): StoreFailure | undefined {
  try {
    connection.checkpointIfDue();
    return undefined;
  } catch (error) {
    const failure = failureOfSqliteError(error, 'The write-ahead log could not be moved into the database', connection.path);
    if (failure === undefined) throw error;
    // On a full disk the log keeps what was acknowledged, and the next group tries again.
    return failure.isFinal ? failure : undefined;
  }
}

function commitGroup(group: GroupCommit, calls: readonly Call[]): readonly Answer[] {
  const { connection, progress } = group;
  try {
    // The disk's thread syncs, so no commit does.
    connection.begin({ lazily: true });
    const answers = stepsAtOnce(group, calls) ?? stepsApart(group, calls);
    if (!connection.isInTransaction) return answers;
    connection.commit();
    if (calls.some((call) => kindOf(call) === 'write')) progress.countWritten();
    return answers;
  } catch (error) {
    connection.rollback();
    return calls.map((call) => failedAnswer(connection, call, error));
  }
}

/**
 * Without a savepoint around each step, which cost as much as an event's own statements (measured: 2.5 of 7.1 µs). Undefined when one
 * of them failed, and then nothing has happened yet.
 */
function stepsAtOnce({ connection, rooms }: GroupCommit, calls: readonly Call[]): readonly Answer[] | undefined {
  try {
    return calls.map((call) => ({ number: call.number, kind: 'result', result: perform(rooms, call) }));
  } catch (error) {
    connection.rollback();
    connection.takeTouched();
    // A sync that failed may succeed when it is tried again, although what it was for is lost.
    if (failureOfSqliteError(error, 'The change was not saved', connection.path)?.isFinal === true) throw error;
    // Whose step it was, and whether it fails again, is found out one by one (I2).
    connection.begin({ lazily: true });
    return undefined;
  }
}

function stepsApart({ connection, rooms }: GroupCommit, calls: readonly Call[]): readonly Answer[] {
  const answers: Answer[] = [];
  for (const call of calls) {
    const answer = answerOf(connection, call, () => connection.separately(() => perform(rooms, call)));
    answers.push(answer);
    // Some errors (a full disk) take the whole transaction with them, and with it the steps before this one.
    if (!connection.isInTransaction || finalFailure([answer]) !== undefined) return failAll(connection, calls, answer);
  }
  return answers;
}

function failAll(connection: Connection, calls: readonly Call[], last: Answer): readonly Answer[] {
  connection.rollback();
  connection.takeTouched();
  return calls.map(({ number }) =>
    last.kind === 'failure'
      ? { number, kind: 'failure', failure: last.failure }
      : { number, kind: 'bug', error: new Error('The transaction ended before its commit.', { cause: last }) },
  );
}

function answerOf(connection: Connection, call: Call, step: () => unknown): Answer {
  try {
    return { number: call.number, kind: 'result', result: step() };
  } catch (error) {
    return failedAnswer(connection, call, error);
  }
}

function failedAnswer(connection: Connection, call: Call, error: unknown): Answer {
  const what = kindOf(call) === 'read' ? 'The database could not be read' : 'The change was not saved';
  const failure = failureOfSqliteError(error, what, connection.path);
  return failure === undefined
    ? { number: call.number, kind: 'bug', error }
    : { number: call.number, kind: 'failure', failure: sent(failure) };
}

function finalFailure(answers: readonly Answer[]): StoreFailure | undefined {
  for (const answer of answers) {
    if (answer.kind !== 'failure') continue;
    const failure = new StoreFailure(answer.failure.detail, answer.failure.cause);
    if (failure.isFinal) return failure;
  }
  return undefined;
}

function kindOf(call: Call): VerbKind {
  const verbs: Readonly<Record<string, VerbKind>> = VERBS[call.room];
  const kind = verbs[call.verb];
  if (kind === undefined) throw new Error(`The store has no verb ${call.room}.${call.verb}.`);
  return kind;
}

function perform(rooms: SyncRooms, call: Call): unknown {
  const room = rooms[call.room] as unknown as Readonly<Record<string, (...values: readonly unknown[]) => unknown>>;
  const verb = room[call.verb];
  if (verb === undefined) throw new Error(`The store has no verb ${call.room}.${call.verb}.`);
  return verb(...call.values);
}
