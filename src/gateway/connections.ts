// The connections that came in by the port, for the moment when all of them have to end without one being reset.
//
// Owns: which are open, and which answers are under way on them.
// Invariants:
//   I1 An answer whose head leaves after `beginClosing` ends its connection.
//   I2 What nobody knows to be silent is not ended: an end that crosses a request on its way looks to its sender like a reset.

import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '#kernel';

export interface ConnectionsParts {
  readonly clock: Clock;
  /** How long nothing comes before it counts as silence; 0 does not wait. */
  readonly quietMs: number;
}

export class Connections {
  readonly #parts: ConnectionsParts;
  /** What had come on each when it was looked at last. */
  readonly #heard = new Map<Socket, number>();
  readonly #answering = new Set<ServerResponse>();
  #hasNew = false;
  #isClosing = false;
  #wait: { readonly timer: Timer; readonly wake: () => void } | undefined;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
  }

  get isClosing(): boolean {
    return this.#isClosing;
  }

  get count(): number {
    return this.#heard.size;
  }

  opened(socket: Socket): void {
    this.#hasNew = true;
    this.#heard.set(socket, 0);
    socket.once('close', () => this.#heard.delete(socket));
  }

  began(response: ServerResponse): void {
    if (this.#isClosing) response.shouldKeepAlive = false;
    else this.#answering.add(response);
  }

  ended(response: ServerResponse): void {
    this.#answering.delete(response);
  }

  beginClosing(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#hasNew = this.#heard.size > 0;
    for (const response of this.#answering) response.shouldKeepAlive = false;
    this.#answering.clear();
  }

  /** Resolves when for a while no byte has come and no connection was opened; at once where nobody was connected since the closing began. */
  async silence(): Promise<void> {
    if (this.#parts.quietMs === 0) return;
    let hasMore = this.#hasNew || this.#heard.size > 0;
    while (hasMore) {
      this.#heardMore();
      if (!(await this.#pause())) return;
      hasMore = this.#heardMore();
    }
  }

  /** Ends the waiting for silence. */
  interrupt(): void {
    this.#wait?.timer.cancel();
    this.#wait?.wake();
  }

  #heardMore(): boolean {
    let hasMore = this.#hasNew;
    this.#hasNew = false;
    for (const [socket, heard] of this.#heard) {
      if (socket.bytesRead === heard) continue;
      this.#heard.set(socket, socket.bytesRead);
      hasMore = true;
    }
    return hasMore;
  }

  /** False where it was interrupted. */
  #pause(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(this.#parts.quietMs, () => resolve(true));
      this.#wait = { timer, wake: () => resolve(false) };
    });
  }
}
