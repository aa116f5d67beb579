// The disk's own thread: syncs the write-ahead log as long as there are commits that are not on the disk. Every commit that was
// written while one sync ran shares the next. Meanwhile the database's thread writes on, and answers travel to their caller.
//
// Measured with 64 events in flight: syncing on the database's own thread left it idle for half of the time, and every read waited.

import { closeSync, fdatasyncSync, openSync } from 'node:fs';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { failureOfFileError, StoreFailure } from '../store-failure.ts';
import { sent, type DiskWorkerData, type FromDisk } from './messages.ts';
import { monotonicUs, smoothed } from './pace.ts';
import { Progress } from './progress.ts';

if (parentPort === null) throw new Error('This file is the thread of the disk; openSqliteStore starts it.');
serve(parentPort, workerData as DiskWorkerData);

function serve(port: MessagePort, { logPath, progress: shared }: DiskWorkerData): void {
  const send = (message: FromDisk): void => port.postMessage(message);
  const progress = new Progress(shared);
  let file: number | undefined;
  try {
    for (let written = progress.awaitWritten(); written !== undefined; written = progress.awaitWritten()) {
      // The first commit is written, so the log is there. SQLite holds no lock on it (its locks are on the database file and, where
      // the lock is not exclusive, on the index of the log), so that closing it here drops none.
      file ??= openSync(logPath, 'r+');
      const beganUs = monotonicUs();
      fdatasyncSync(file);
      progress.syncUs = smoothed(progress.syncUs, monotonicUs() - beganUs);
      progress.moveSynced(written);
      send({ kind: 'synced' });
    }
  } catch (error) {
    progress.end();
    send({ kind: 'failed', failure: sent(failureOf(error, logPath)) });
  } finally {
    if (file !== undefined) closeSync(file);
    port.close();
  }
}

/**
 * Whatever it was, nobody knows what the disk holds now: a second sync may succeed although the first one's pages are gone (the
 * PostgreSQL project's "fsyncgate"), so the process must start again and read what is really there.
 */
function failureOf(error: unknown, where: string): StoreFailure {
  const what = 'What was written could not be brought to the disk';
  const failure = failureOfFileError(error, what, where);
  if (failure?.isFinal === true) return failure;
  return new StoreFailure({ kind: 'io', what, where, mend: 'Check the disk and its space, then start Mayfly again.' }, error);
}
