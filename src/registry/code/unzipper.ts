// Hands zips to worker threads, so that inflating a quarter of a gigabyte stops nobody else's request.
//
// Owns: up to two workers, started when there is work and ended when there was none for a while; the queue of jobs.
// Invariants: I1 a worker has one job at a time. I2 every job settles, whatever becomes of its worker.

import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '#kernel';
import { RefusedArchive } from './archive-rules.ts';
import type { ArchiveSummary } from './unzip.ts';
import type { UnzipAnswer, UnzipJob } from './unzip-worker.ts';

export interface Unzipper {
  /** Rejects with RefusedArchive, or with the error of the disk. */
  run(job: UnzipJob): Promise<ArchiveSummary>;
  close(): Promise<void>;
}

interface QueuedJob {
  readonly job: UnzipJob;
  readonly resolve: (summary: ArchiveSummary) => void;
  readonly reject: (error: Error) => void;
}

type Hand =
  | { readonly kind: 'working'; readonly worker: Worker; readonly queued: QueuedJob }
  | { readonly kind: 'idle'; readonly worker: Worker; readonly end: Timer };

const WORKERS_MAX = 2;
const IDLE_MS = 10_000;
/** An archive is streamed: what a worker keeps is the directory, 50,000 names of at most 1 KiB. */
const WORKER_MEMORY_MIB = 256;

/** `workerUrl` names `unzip-worker`, which lies elsewhere in a bundle. */
export function createUnzipper({ clock, workerUrl }: { readonly clock: Clock; readonly workerUrl: URL }): Unzipper {
  const hands = new Map<Worker, Hand>();
  const queue: QueuedJob[] = [];
  let closed = false;

  function dispatch(): void {
    while (queue.length > 0) {
      const worker =
        [...hands.values()].find((hand) => hand.kind === 'idle')?.worker ?? (hands.size < WORKERS_MAX ? hire() : undefined);
      if (worker === undefined) return;
      const queued = queue.shift();
      assert(queued);
      const hand = hands.get(worker);
      if (hand?.kind === 'idle') hand.end.cancel();
      hands.set(worker, { kind: 'working', worker, queued });
      worker.ref();
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
      worker.postMessage(queued.job);
    }
  }

  function hire(): Worker {
    const worker = new Worker(workerUrl, { resourceLimits: { maxOldGenerationSizeMb: WORKER_MEMORY_MIB }, env: {}, name: 'unzip' });
    worker.on('message', (answer: UnzipAnswer) => finish(worker, answer));
    worker.on('error', (error) => lose(worker, error));
    worker.on('exit', (code) => lose(worker, new Error(`The unzip worker ended with code ${code}.`)));
    return worker;
  }

  function finish(worker: Worker, answer: UnzipAnswer): void {
    const hand = hands.get(worker);
    assert(hand?.kind === 'working', 'I1');
    worker.unref();
    hands.set(worker, { kind: 'idle', worker, end: clock.after(IDLE_MS, () => dismiss(worker)) });
    switch (answer.kind) {
      case 'done':
        hand.queued.resolve(answer.summary);
        break;
      case 'refused':
        hand.queued.reject(new RefusedArchive(answer.reason, { tooLarge: answer.tooLarge }));
        break;
      case 'failed':
        hand.queued.reject(Object.assign(new Error(answer.message), answer.code === undefined ? {} : { code: answer.code }));
        break;
      default:
        answer satisfies never;
    }
    dispatch();
  }

  /** I2: its job fails with it; the others go on with a new worker. */
  function lose(worker: Worker, error: Error): void {
    const hand = hands.get(worker);
    hands.delete(worker);
    if (hand?.kind === 'working') hand.queued.reject(error);
    if (hand?.kind === 'idle') hand.end.cancel();
    if (!closed) dispatch();
  }

  function dismiss(worker: Worker): void {
    hands.delete(worker);
    void worker.terminate();
  }

  return {
    run(job) {
      assert(!closed, 'the unzipper is closed');
      return new Promise((resolve, reject) => {
        queue.push({ job, resolve, reject });
        dispatch();
      });
    },
    async close() {
      closed = true;
      for (const queued of queue.splice(0)) queued.reject(new Error('The platform is stopping.'));
      await Promise.all(
        [...hands.values()].map(async (hand) => {
          if (hand.kind === 'idle') hand.end.cancel();
          await hand.worker.terminate();
        }),
      );
    },
  };
}
