// The time that a runtime has at its end, where it asked for some: its extensions are told, and may send what they have gathered.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown

import type { Clock, Log } from '#kernel';
import { LIMITS } from '#kernel';
import type { Channel } from './channel.ts';
import type { Enclosure } from './enclosure.ts';
import { FRAME } from './frames.ts';
import type { Output } from './output.ts';

/** In Lambda's words. */
export type FarewellReason = 'spindown' | 'timeout' | 'failure';

export interface FarewellParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly channel: Pick<Channel, 'send' | 'flush'>;
  readonly enclosure: Pick<Enclosure, 'id' | 'exited' | 'thaw'>;
  readonly output: Pick<Output, 'drain'>;
}

export class Farewell {
  readonly #parts: FarewellParts;
  #askedMs = 0;
  /** What its extensions are told when it ends; undefined where it is not trusted to be told anything. */
  reason: FarewellReason | undefined = 'spindown';

  constructor(parts: FarewellParts) {
    this.#parts = parts;
  }

  /** What the runtime said when it had loaded its function; nothing beyond Lambda's longest is granted. */
  ask(shutdownMs: unknown): void {
    if (typeof shutdownMs !== 'number' || !(shutdownMs > 0)) return;
    this.#askedMs = Math.min(shutdownMs, LIMITS.shutdownMs);
  }

  /** Resolves when the runtime has ended or its time is over, whichever comes first. It is killed afterwards. */
  async say(): Promise<void> {
    const { reason } = this;
    if (reason === undefined) return;
    const { log, enclosure, output } = this.#parts;
    try {
      if (this.#askedMs > 0) await this.#tell(reason);
      await output.drain();
    } catch (error) {
      // Nothing that goes wrong here keeps the sandbox from its end.
      log.write('warn', 'sandbox.farewell-failed', { sandbox: enclosure.id, error: String(error) });
    }
  }

  async #tell(reason: FarewellReason): Promise<void> {
    const { clock, channel, enclosure } = this.#parts;
    await enclosure.thaw();
    channel.send(FRAME.shutdown, { reason, deadlineMs: clock.now() + this.#askedMs });
    channel.flush();
    await new Promise<void>((resolve) => {
      const timer = clock.after(this.#askedMs, resolve);
      const ended = (): void => {
        timer.cancel();
        resolve();
      };
      // Also where something of it hangs in the kernel, which its removal tells.
      enclosure.exited.then(ended, ended);
    });
  }
}
