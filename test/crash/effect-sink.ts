// The world outside the platform, as the tasks of the crash tests see it: it counts what they do, in the order in which it is done.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Effect {
  readonly execution: string;
  readonly step: string;
  /** Which of a map's items. */
  readonly item?: number;
  /** What the task waits for an answer to. */
  readonly token?: string;
}

/** When the platform is killed: when a task has begun and has not been answered, or when it has been. */
export interface Trap {
  readonly moment: 'begun' | 'answered';
  readonly effects: number;
  readonly spring: () => void;
}

export class EffectSink {
  readonly effects: Effect[] = [];
  readonly #server: Server;
  readonly #listeners = new Set<(effect: Effect) => void>();
  readonly #failed = new Set<string>();
  #trap: Trap | undefined;
  #counted = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const isDone = this.#take(JSON.parse(body) as Effect);
        if (this.#springs('begun')) return response.destroy();
        return response.writeHead(isDone ? 200 : 503).end(() => this.#springs('answered'));
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** Called with each effect from now on, until the returned function is called. */
  onEffect(listener: (effect: Effect) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(trap: Trap | undefined): void {
    this.#trap = trap;
    this.#counted = 0;
  }

  /** False where it is to fail: a flaky step does, once for each execution. */
  #take(effect: Effect): boolean {
    if (effect.step === 'flaky' && !this.#failed.has(effect.execution)) {
      this.#failed.add(effect.execution);
      return false;
    }
    this.effects.push(effect);
    for (const listener of this.#listeners) listener(effect);
    return true;
  }

  #springs(moment: Trap['moment']): boolean {
    const trap = this.#trap;
    if (trap?.moment !== moment) return false;
    this.#counted += 1;
    if (this.#counted < trap.effects) return false;
    this.#trap = undefined;
    trap.spring();
    return true;
  }
}
