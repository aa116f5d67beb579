// What happens when: a binary heap, the earliest first, and in the order in which it was added where two are due at once.

interface Entry<Item> {
  readonly atMs: number;
  readonly order: number;
  readonly item: Item;
}

export class Agenda<Item> {
  readonly #heap: Entry<Item>[] = [];
  #order = 0;

  add(atMs: number, item: Item): void {
    const entry = { atMs, order: (this.#order += 1), item };
    let hole = this.#heap.length;
    while (hole > 0) {
      const above = this.#heap[(hole - 1) >> 1];
      if (above === undefined || !isBefore(entry, above)) break;
      this.#heap[hole] = above;
      hole = (hole - 1) >> 1;
    }
    this.#heap[hole] = entry;
  }

  /** Takes the earliest, if it is due by then. */
  dueBy(atMs: number): Entry<Item> | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.atMs > atMs) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<Item>): void {
    let hole = 0;
    for (;;) {
      const left = this.#heap[2 * hole + 1];
      const right = this.#heap[2 * hole + 2];
      const least = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (least === undefined || !isBefore(least, entry)) break;
      this.#heap[hole] = least;
      hole = least === right ? 2 * hole + 2 : 2 * hole + 1;
    }
    this.#heap[hole] = entry;
  }
}

function isBefore(one: Entry<unknown>, other: Entry<unknown>): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
