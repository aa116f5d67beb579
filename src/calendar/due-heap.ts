// Timers in the order in which they are due: a heap, in which what is removed stays as a shadow until it comes to the top.

import assert from 'node:assert/strict';
import type { JournalTimer } from '#store';

/** The order in which the store has them. */
export function isBefore(left: JournalTimer, right: JournalTimer): boolean {
  if (left.dueAtMs !== right.dueAtMs) return left.dueAtMs < right.dueAtMs;
  if (left.journal !== right.journal) return left.journal < right.journal;
  return left.id < right.id;
}

export class DueHeap {
  readonly #heap: JournalTimer[] = [];
  /** What is not a shadow. */
  readonly #held = new Map<string, JournalTimer>();

  get size(): number {
    return this.#held.size;
  }

  get earliestMs(): number | undefined {
    this.#dropShadows();
    return this.#heap[0]?.dueAtMs;
  }

  /** Whether it is the earliest now. One that is held already is held once. */
  add(timer: JournalTimer): boolean {
    const key = keyOf(timer.journal, timer.id);
    if (this.#held.get(key)?.dueAtMs === timer.dueAtMs) return false;
    this.#held.set(key, timer);
    this.#push(timer);
    return this.#heap[0] === timer;
  }

  remove(journal: number, id: string): void {
    if (!this.#held.delete(keyOf(journal, id))) return;
    // Timeouts that are set and cancelled all the time would else fill it with their shadows.
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#held.size) this.#rebuild();
  }

  /** The earliest, if it is due: it is not held any more. */
  takeDue(nowMs: number): JournalTimer | undefined {
    this.#dropShadows();
    const first = this.#heap[0];
    if (first === undefined || first.dueAtMs > nowMs) return undefined;
    this.#pop();
    this.#held.delete(keyOf(first.journal, first.id));
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
    this.#held.clear();
  }

  /** The earliest only, of which there are more than that: the last that is kept, and the first that is not. */
  keep(count: number): { readonly last: JournalTimer; readonly dropped: JournalTimer } {
    const sorted = [...this.#held.values()].toSorted((left, right) => (isBefore(left, right) ? -1 : 1));
    const [last, dropped] = [sorted[count - 1], sorted[count]];
    assert(last !== undefined && dropped !== undefined);
    for (const { journal, id } of sorted.slice(count)) this.#held.delete(keyOf(journal, id));
    this.#rebuild();
    return { last, dropped };
  }

  #dropShadows(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#held.get(keyOf(first.journal, first.id)) === first) return;
      this.#pop();
    }
  }

  #rebuild(): void {
    this.#heap.length = 0;
    for (const timer of this.#held.values()) this.#push(timer);
  }

  #push(timer: JournalTimer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = heap[2 * at + 1];
      const right = heap[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = 2 * at + (isRight ? 2 : 1);
    }
    heap[at] = last;
  }
}

export function keyOf(journal: number, id: string): string {
  return `${journal}:${id}`;
}
