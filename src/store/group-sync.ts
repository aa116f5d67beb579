// One fsync for all who wait: whoever asks while one runs shares the next, which starts after all of them have written.

import { fdatasync, fsync } from 'node:fs';
import { promisify } from 'node:util';

export const syncData: (file: number) => Promise<void> = promisify(fdatasync);
export const syncAll: (file: number) => Promise<void> = promisify(fsync);

export class GroupSync {
  readonly #run: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(run: () => Promise<void>) {
    this.#run = run;
  }

  /** Resolves when a sync that began after this call has ended. */
  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    this.#next ??= this.#afterRunning(this.#running);
    return this.#next;
  }

  async #afterRunning(running: Promise<void>): Promise<void> {
    // The one before has told its own callers how it ended.
    await running.catch(() => undefined);
    this.#next = undefined;
    await this.#start();
  }

  #start(): Promise<void> {
    const running = this.#run().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }
}
