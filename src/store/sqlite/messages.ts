// What the threads say to each other. Calls and answers travel in bundles: a message costs far more than what is in it.

import type { Topic } from '../store.ts';
import type { StoreFailure, StoreFailureDetail } from '../store-failure.ts';
import type { PackedCalls } from './packing.ts';
import type { Rooms } from './verbs.ts';

export interface WorkerData {
  readonly folder: string;
  /** What `Progress` is a view of. */
  readonly progress: SharedArrayBuffer;
}

export interface DiskWorkerData {
  /** The write-ahead log's file. */
  readonly logPath: string;
  readonly progress: SharedArrayBuffer;
}

export interface Call {
  readonly number: number;
  readonly room: keyof Rooms;
  readonly verb: string;
  readonly values: readonly unknown[];
}

export type ToWorker = { readonly kind: 'calls'; readonly calls: PackedCalls } | { readonly kind: 'close' };

export type Answer = { readonly number: number } & (
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'failure'; readonly failure: SentFailure }
  | { readonly kind: 'bug'; readonly error: unknown }
);

/** A StoreFailure on its way: structured clone keeps only the message of an error's subclass. */
export interface SentFailure {
  readonly detail: StoreFailureDetail;
  readonly cause: unknown;
}

export type FromWorker =
  | { readonly kind: 'opened' }
  | { readonly kind: 'refused'; readonly answer: Answer }
  | {
      readonly kind: 'answers';
      readonly answers: readonly Answer[];
      readonly touched: readonly Topic[];
      /** The commit that has to be on the disk before anybody may see them. */
      readonly after: number;
    }
  /** The last message: nothing can be saved any more before the process is started again. */
  | { readonly kind: 'failed'; readonly failure: SentFailure }
  | { readonly kind: 'closed' };

export type FromDisk =
  /** `Progress` says how far. */
  { readonly kind: 'synced' } | { readonly kind: 'failed'; readonly failure: SentFailure };

export function sent({ kind, what, where, mend, cause }: StoreFailure): SentFailure {
  return { detail: { kind, what, where, mend }, cause };
}
