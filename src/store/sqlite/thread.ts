// The caller's side of the database's thread: bundles the calls of a turn, and settles their promises.
//
// Owns: the worker and every pending call.
// Invariants:
//   I1  Every call is settled once: with its answer, or with the failure that ended the thread.
//   I2  After `close` or a failure, calls reject at once.

import { Worker } from 'node:worker_threads';
import { StoreFailure } from '../store-failure.ts';
import type { Topic } from '../store.ts';
import type { Answer, Call, FromWorker, SentFailure, ToWorker, WorkerData } from './messages.ts';
import type { Rooms } from './verbs.ts';

/** Far above what the platform's own limits let through at once; a bound for what nobody foresaw. */
const PENDING_CALLS_MAX = 65_536;

export interface ThreadOptions {
  readonly folder: string;
  readonly workerUrl: URL;
  readonly onTouched: (topics: readonly Topic[]) => void;
  /** The thread has ended although nobody closed it. */
  readonly onFailure: (failure: StoreFailure) => void;
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class DatabaseThread {
  readonly #options: ThreadOptions;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  readonly #opening = Promise.withResolvers<undefined>();
  readonly #ending = Promise.withResolvers<undefined>();
  #calls: Call[] = [];
  #lastNumber = 0;
  /** Why calls are refused; undefined while they are taken. */
  #refusal: StoreFailure | undefined;
  #isClosing = false;

  constructor(options: ThreadOptions) {
    this.#options = options;
    const data: WorkerData = { folder: options.folder };
    this.#worker = new Worker(options.workerUrl, { name: 'store', workerData: data, env: {}, execArgv: [] });
    this.#worker.on('message', (message: FromWorker) => this.#receive(message));
    this.#worker.on('error', (error) => this.#fail(this.#lost(error)));
    this.#worker.on('exit', () => {
      this.#fail(this.#isClosing ? this.#closed() : this.#lost(undefined));
      this.#ending.resolve(undefined);
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

  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#send();
      this.#refusal ??= this.#closed();
      this.#post({ kind: 'close' });
    }
    await this.#ending.promise;
  }

  #send(): void {
    if (this.#calls.length === 0) return;
    const calls = this.#calls;
    this.#calls = [];
    this.#post({ kind: 'calls', calls });
  }

  #post(message: ToWorker): void {
    try {
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      this.#worker.postMessage(message);
    } catch (error) {
      // Something that structured clone does not know (a function in a body, say): the bundle's calls fail, the thread lives.
      if (message.kind === 'close') throw error;
      for (const { number } of message.calls) this.#settle({ number, kind: 'bug', error });
    }
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
        for (const answer of message.answers) this.#settle(answer);
        if (message.touched.length > 0) this.#options.onTouched(message.touched);
        break;
      case 'failed':
        this.#fail(failureOf(message.failure));
        break;
      case 'closed':
        break;
      default:
        message satisfies never;
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
    this.#calls = [];
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
