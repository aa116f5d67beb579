// Stands in for the disk's thread: syncs, fails and ends when it is told to.

import { parentPort, workerData } from 'node:worker_threads';
import { Progress } from '../../src/store/sqlite/progress.ts';

const { logPath, progress: shared } = workerData as { readonly logPath: string; readonly progress: SharedArrayBuffer };
const progress = new Progress(shared);
const orders = new BroadcastChannel(logPath);
const say = (message: unknown): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(message);
};

orders.addEventListener('message', (event) => {
  const { data: order } = event as MessageEvent;
  if (order === 'fail') {
    progress.end();
    const detail = { kind: 'io', what: 'The disk was made to fail', where: logPath, mend: 'Start Mayfly again.' };
    say({ kind: 'failed', failure: { detail, cause: undefined } });
  } else {
    progress.moveSynced(progress.written);
    say({ kind: 'synced' });
  }
  if (order !== 'sync') orders.close();
});

// What is said before somebody listens is lost.
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
orders.postMessage('listening');
