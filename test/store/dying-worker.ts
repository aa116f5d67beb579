// A thread that opens like the store's, answers what opening asks, and dies when a resource is read.

import { parentPort } from 'node:worker_threads';

interface Message {
  readonly kind: string;
  readonly calls?: readonly { readonly number: number; readonly room: string }[];
}

const say = (message: unknown): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(message);
};

parentPort?.on('message', ({ kind, calls = [] }: Message) => {
  if (calls.some(({ room }) => room === 'resources')) throw new Error('the thread was made to die');
  say({ kind: 'answers', answers: calls.map(({ number }) => ({ number, kind: 'result', result: 0 })), touched: [] });
  if (kind === 'close') parentPort?.close();
});
say({ kind: 'opened' });
