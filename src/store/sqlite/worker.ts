// The database's own thread: takes bundles of calls, runs them as groups, sends bundles of answers.

import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { failureOfFileError, StoreFailure } from '../store-failure.ts';
import { sqliteArchives } from './archives.ts';
import { Connection } from './connection.ts';
import { releaseAll, sqliteDeliveries } from './deliveries.ts';
import { runGroup, type GroupCommit } from './group-commit.ts';
import { sqliteJournals } from './journals.ts';
import { sqliteLogIndex } from './log-index.ts';
import { sent, type Answer, type Call, type FromWorker, type ToWorker, type WorkerData } from './messages.ts';
import { sqliteMessages } from './message-store.ts';
import { DATABASE_FILE } from './folder.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { sqliteObjectIndex } from './object-index.ts';
import { monotonicUs, Pace } from './pace.ts';
import { unpackCalls } from './packing.ts';
import { Progress } from './progress.ts';
import { failureOfSqliteError } from './sqlite-failure.ts';
import { sqlitePublications } from './publications.ts';
import { sqliteResources } from './resources.ts';
import { sqliteTimers } from './timers.ts';
import { sqliteUsage } from './usage.ts';

if (parentPort === null) throw new Error('This file is the thread of the SQLite store; openSqliteStore starts it.');
serve(parentPort, workerData as WorkerData);

function serve(port: MessagePort, { folder, progress: shared }: WorkerData): void {
  const send = (message: FromWorker): void => port.postMessage(message);
  const progress = new Progress(shared);
  let connection: Connection;
  try {
    connection = new Connection(folder, MIGRATIONS);
    takeOver(connection);
  } catch (error) {
    send({ kind: 'refused', answer: refusalOf(folder, error) });
    port.close();
    return;
  }
  const rooms = {
    resources: sqliteResources(connection),
    objects: sqliteObjectIndex(connection),
    deliveries: sqliteDeliveries(connection),
    timers: sqliteTimers(connection),
    archives: sqliteArchives(connection),
    messages: sqliteMessages(connection),
    publications: sqlitePublications(connection),
    journals: sqliteJournals(connection),
    usage: sqliteUsage(connection),
    logs: sqliteLogIndex(connection),
  };
  const group: GroupCommit = {
    connection,
    rooms,
    progress,
    answer: (answers, touched) => send({ kind: 'answers', answers, touched, after: progress.written }),
  };

  const pace = new Pace();
  port.on('message', (first: ToWorker) => {
    const waiting: Call[] = [];
    let isClosing = collect(first, waiting);
    let failure: StoreFailure | undefined;
    do {
      // Whatever arrived during the last commit is in the port already: it needs no turn of the event loop.
      for (let next = receive(port); next !== undefined; next = receive(port)) isClosing = collect(next, waiting) || isClosing;
      const calls = waiting.splice(0, pace.groupCalls(progress.syncUs));
      const beganUs = monotonicUs();
      failure = runGroup(group, calls);
      if (calls.length > 0) pace.worked(calls.length, monotonicUs() - beganUs);
    } while (waiting.length > 0 && failure === undefined);
    if (failure !== undefined) {
      send({ kind: 'failed', failure: sent(failure) });
    }
    if (failure === undefined && !isClosing) return;
    const isSaved = failure === undefined && progress.awaitSynced();
    connection.close();
    if (isSaved) send({ kind: 'closed' });
    port.close();
  });
  send({ kind: 'opened' });
}

/**
 * What an earlier process wrote before it was killed may not be on the disk, and is read from now on: it is synced before anybody can see it.
 * A disk that is full is no reason not to start: the log is synced all the same, and leases end by themselves.
 */
function takeOver(connection: Connection): void {
  unlessFull(connection, 'The log of an earlier process could not be moved into the database', () => connection.checkpoint());
  unlessFull(connection, 'The claims of an earlier process were not released', () => releaseAll(connection));
}

function unlessFull(connection: Connection, what: string, step: () => void): void {
  try {
    step();
  } catch (error) {
    if (failureOfSqliteError(error, what, connection.path)?.isFinal !== false) throw error;
  }
}

function receive(port: MessagePort): ToWorker | undefined {
  return receiveMessageOnPort(port)?.message as ToWorker | undefined;
}

function collect(message: ToWorker, into: Call[]): boolean {
  if (message.kind === 'close') return true;
  unpackCalls(message.calls, into);
  return false;
}

function refusalOf(folder: string, error: unknown): Answer {
  const what = 'The data folder could not be opened';
  const where = join(folder, DATABASE_FILE);
  const failure =
    error instanceof StoreFailure ? error : (failureOfSqliteError(error, what, where) ?? failureOfFileError(error, what, where));
  return failure === undefined ? { number: 0, kind: 'bug', error } : { number: 0, kind: 'failure', failure: sent(failure) };
}
