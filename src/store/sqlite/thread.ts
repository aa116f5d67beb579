// The caller's side of the database's thread and the disk's: bundles the calls of a turn, and settles their promises.
//
// Owns: both workers, every pending call, and the answers that wait for the disk.
// Invariants:
//   I1  Every call is settled once: with its answer, or with the failure that ended a thread.
//   I2  After `close` or a failure, calls reject at once.
//   I3  An answer is seen when the commit that it names is on the disk, and after those that came before it.

import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StoreFailure } from '../store-failure.ts';
import type { Topic } from '../store.ts';
import { Arena } from './arena.ts';
import { DATABASE_FILE } from './folder.ts';
import type { Answer, Call, DiskWorkerData, FromDisk, FromWorker, SentFailure, ToWorker, WorkerData } from './messages.ts';
import { packCalls } from './packing.ts';
import { Progress } from './progress.ts';
import type { Rooms } from './verbs.ts';

/** Far above what the platform's own limits let through at once; a bound for what nobody foresaw. */
const PENDING_CALLS_MAX = 65_536;

export interface ThreadOptions {
  readonly folder: string;
  readonly workerUrl: URL;
  readonly diskWorkerUrl: URL;
  readonly onTouched: (topics: readonly Topic[]) => void;
  /** The thread has ended although nobody closed it. */
  readonly onFailure: (failure: StoreFailure) => void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Held {
  readonly after: number;
  readonly answers: readonly Answer[];
}

export class DatabaseThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #disk: Worker;
  readonly #progress = new Progress();
  readonly #pending = new Map<number, Pending>();
  readonly #opening = Promise.withResolvers<undefined>();
  readonly #ending = Promise.withResolvers<undefined>();
  readonly #diskEnding = Promise.withResolvers<undefined>();
  readonly #arena = new Arena();
  /** In the order in which they came; their commits only grow. */
  readonly #held: Held[] = [];
  #calls: Call[] = [];
  #lastNumber = 0;
  /** Why calls are refused; undefined while they are taken. */
  #refusal: StoreFailure | undefined;
  #isClosing = false;
  #hasFailed = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
    const progress = this.#progress.shared;
    const data: WorkerData = { folder: options.folder, progress };
    this.#worker = new Worker(options.workerUrl, { name: 'store', workerData: data, env: {}, execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(this.#lost(error)));
    this.#worker.on('exit', () => {
      this.#fail(this.#isClosing ? this.#closed() : this.#lost(undefined));
      this.#progress.end();
      this.#ending.resolve(undefined);
    });
    const diskData: DiskWorkerData = { logPath: `${join(options.folder, DATABASE_FILE)}-wal`, progress };
    this.#disk = new Worker(options.diskWorkerUrl, { name: 'disk', workerData: diskData, env: {}, execArgv: [] });
    this.#disk.on('message', (message: FromDisk) => this.#hear(message));
    this.#disk.on('error', (error) => this.#failDisk(this.#lost(error)));
    this.#disk.on('exit', () => {
      // While it is not told to end, or before it is: nothing will be synced any more.
      if (this.#isClosing) this.#progress.end();
      else this.#failDisk(this.#lost(undefined));
      this.#diskEnding.resolve(undefined);
    });
  }

  async opened(): Promise<void> {
    await this.#opening.promise;
  }

  call(room: keyof Rooms, verb: string, values: readonly unknown[]): Promise<unknown> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    if (this.#pending.size >= PENDING_CALLS_MAX) return Promise.reject(this.#busy());
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    // One message a turn, sent when all callbacks of the turn have had their say: 64 requests that were read from their sockets
    // together reach the thread together.
    if (this.#calls.length === 0) setImmediate(() => this.#send());
    this.#calls.push({ number, room, verb, values });
    return new Promise((resolve, reject) => {
      this.#pending.set(number, { resolve, reject });
    });
  }

  /** A copy of some bytes of the next call's values: it travels without being copied again. */
  hold(bytes: Uint8Array): Uint8Array {
    // Of a call that is refused nothing travels, and nobody would ever take the copy away.
    const isRefused = this.#refusal !== undefined || this.#pending.size >= PENDING_CALLS_MAX;
    return isRefused ? bytes : this.#arena.hold(bytes);
  }

  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#send();
      this.#refusal ??= this.#closed();
      this.#post({ kind: 'close' });
    }
    await Promise.all([this.#ending.promise, this.#diskEnding.promise]);
  }

  #send(): void {
    if (this.#calls.length === 0) return;
    const calls = this.#calls;
    this.#calls = [];
    try {
      this.#post({ kind: 'calls', calls: packCalls(calls) }, this.#arena.take());
    } catch {
      // Something in it is nothing that structured clone knows (a function in a body, say): its call fails alone.
      for (const call of calls) this.#sendAlone(call);
    }
  }

  #sendAlone(call: Call): void {
    try {
      this.#post({ kind: 'calls', calls: packCalls([call]) });
    } catch (error) {
      this.#settle({ number: call.number, kind: 'bug', error });
    }
  }

  #post(message: ToWorker, handedOver: readonly ArrayBuffer[] = []): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
    this.#worker.postMessage(message, handedOver);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case 'opened':
        this.#opening.resolve(undefined);
        break;
      case 'refused':
        this.#isClosing = true;
        this.#opening.reject(errorOf(message.answer));
        break;
      case 'answers':
        // What it had answered before it heard that the disk has failed.
        if (this.#hasFailed) break;
        this.#held.push(message);
        this.#release();
        // Whoever asks for what changed is answered when it is on the disk; asking may begin before.
        if (message.touched.length > 0) this.#options.onTouched(message.touched);
        break;
      case 'failed':
        this.#fail(failureOf(message.failure));
        break;
      case 'closed':
        // The database's thread has waited for the disk.
        this.#release();
        break;
      default:
        message satisfies never;
    }
  }

  #hear(message: FromDisk): void {
    if (message.kind === 'synced') this.#release();
    else this.#failDisk(failureOf(message.failure));
  }

  #failDisk(failure: StoreFailure): void {
    this.#progress.end();
    this.#fail(failure);
    // It may have written what will never be acknowledged, and has nothing more to do.
    this.#post({ kind: 'close' });
  }

  #release(): void {
    const { synced } = this.#progress;
    while (this.#held[0] !== undefined && this.#held[0].after <= synced) {
      for (const answer of this.#held.shift()?.answers ?? []) this.#settle(answer);
    }
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.number);
    if (pending === undefined) throw new Error(`The store's thread answered call ${answer.number} twice.`);
    this.#pending.delete(answer.number);
    if (answer.kind === 'result') pending.resolve(answer.result);
    else pending.reject(errorOf(answer));
  }

  #fail(failure: StoreFailure): void {
    const isNews = this.#refusal === undefined && failure.isFinal;
    this.#refusal ??= failure;
    this.#hasFailed = true;
    this.#calls = [];
    this.#arena.take();
    this.#held.length = 0;
    for (const { reject } of this.#pending.values()) reject(failure);
    this.#pending.clear();
    this.#opening.reject(failure);
    if (isNews) this.#options.onFailure(failure);
  }

  #lost(cause: unknown): StoreFailure {
    const what = "The database's thread has ended";
    return new StoreFailure(
      { kind: 'lost', what, where: this.#options.folder, mend: 'Start Mayfly again; what was acknowledged is saved.' },
      cause,
    );
  }

  #closed(): StoreFailure {
    return new StoreFailure({
      kind: 'closed',
      what: 'The store is closed',
      where: this.#options.folder,
      mend: 'Mayfly is shutting down.',
    });
  }

  #busy(): StoreFailure {
    const what = `More than ${PENDING_CALLS_MAX} calls wait for the disk`;
    return new StoreFailure({ kind: 'busy', what, where: this.#options.folder, mend: 'Try again later, or use a faster disk.' });
  }
}

function errorOf(answer: Answer): unknown {
  switch (answer.kind) {
    case 'failure':
      return failureOf(answer.failure);
    case 'bug':
      return answer.error;
    case 'result':
      return new Error('A result is no error.');
    default:
      return answer satisfies never;
  }
}

function failureOf({ detail, cause }: SentFailure): StoreFailure {
  return new StoreFailure(detail, cause);
}
