// A thread that opens like the store's, answers what opening asks, and dies when a resource is read.

import { parentPort } from 'node:worker_threads';

interface Message {
  readonly kind: string;
  /** Number, room, verb and values of one call after another. */
  readonly calls?: readonly unknown[];
}

const say = (message: unknown): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(message);
};

parentPort?.on('message', ({ kind, calls = [] }: Message) => {
  if (calls.includes('resources')) throw new Error('the thread was made to die');
  const answers = calls.filter((_, at) => at % 4 === 0).map((number) => ({ number, kind: 'result', result: 0 }));
  say({ kind: 'answers', answers, touched: [], after: 0 });
  if (kind === 'close') parentPort?.close();
});
say({ kind: 'opened' });
