// The time that a runtime has at its end, where it asked for some: its extensions are told, and may send what they have gathered.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown

import type { Clock } from '#kernel';
import { LIMITS } from '#kernel';
import type { Channel } from './channel.ts';
import type { Enclosure } from './enclosure.ts';
import { FRAME } from './frames.ts';

/** In Lambda's words. */
export type FarewellReason = 'spindown' | 'timeout' | 'failure';

export interface FarewellParts {
  readonly clock: Clock;
  readonly channel: Pick<Channel, 'send' | 'flush'>;
  readonly enclosure: Pick<Enclosure, 'exited' | 'thaw'>;
}

export class Farewell {
  readonly #parts: FarewellParts;
  #askedMs = 0;

  constructor(parts: FarewellParts) {
    this.#parts = parts;
  }

  /** What the runtime said when it had loaded its function; nothing beyond Lambda's longest is granted. */
  ask(shutdownMs: unknown): void {
    if (typeof shutdownMs !== 'number' || !(shutdownMs > 0)) return;
    this.#askedMs = Math.min(shutdownMs, LIMITS.shutdownMs);
  }

  /** Resolves when the runtime has ended or its time is over, whichever comes first. It is killed afterwards. */
  async say(reason: FarewellReason): Promise<void> {
    const { clock, channel, enclosure } = this.#parts;
    if (this.#askedMs === 0) return;
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
