// How much executions may have under way outside at once: what does not fit stays on the disk until there is room.

import { LIMITS } from '#kernel';

export class Gate {
  #inside = 0;
  #weight = 0;
  #isClosed = false;
  /** Somebody left a gate that was full, or the last one left. */
  onLeft: () => void = () => undefined;

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** For one more execution in memory, and what it asks for. */
  get hasRoom(): boolean {
    return this.#mayEnter && this.#weight < LIMITS.executionCharactersInMemory;
  }

  get #mayEnter(): boolean {
    return !this.#isClosed && this.#inside < LIMITS.executionErrandsAtOnce;
  }

  /** Executions in memory have become so much heavier, or lighter, in characters of their data. */
  weigh(difference: number): void {
    this.#weight += difference;
  }

  /** Room is kept for those that wait for it. */
  get isHalfEmpty(): boolean {
    return this.#inside < LIMITS.executionErrandsAtOnce / 2;
  }

  enter(): boolean {
    if (!this.#mayEnter) return false;
    this.#inside++;
    return true;
  }

  /** For what is short, and makes room. */
  enterAnyway(): void {
    this.#inside++;
  }

  leave(): void {
    this.#inside--;
    this.onLeft();
  }

  close(): void {
    this.#isClosed = true;
  }
}
