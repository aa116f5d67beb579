// The sandboxes of one launcher: those that start and those that live, so that closing it leaves neither.

import { LaunchFailed } from './launch-failed.ts';
import type { RuntimeSandbox } from './runtime-sandbox.ts';

/** A waiting runtime takes 40 ms; this is for a machine that starts hundreds at once. */
const BOOT_TIMEOUT_MS = 20_000;

export class Launches {
  readonly #living = new Set<RuntimeSandbox>();
  readonly #starting = new Set<Promise<unknown>>();
  #closed = false;

  /** `build` starts a process and cleans up after itself where it fails; the sandbox is handed on when its runtime waits. */
  async add(build: () => Promise<RuntimeSandbox>): Promise<RuntimeSandbox> {
    if (this.#closed) throw new LaunchFailed('The launcher is closed');
    const starting = this.#start(build);
    this.#starting.add(starting);
    try {
      return await starting;
    } finally {
      this.#starting.delete(starting);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#starting);
    await Promise.all([...this.#living].map((sandbox) => sandbox.destroy()));
  }

  async #start(build: () => Promise<RuntimeSandbox>): Promise<RuntimeSandbox> {
    let sandbox: RuntimeSandbox;
    try {
      sandbox = await build();
    } catch (error) {
      if (error instanceof LaunchFailed) throw error;
      throw new LaunchFailed(`A sandbox could not be prepared: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
    this.#living.add(sandbox);
    void sandbox.gone.then(() => this.#living.delete(sandbox));
    await sandbox.boot(BOOT_TIMEOUT_MS);
    return sandbox;
  }
}
