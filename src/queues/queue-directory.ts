// Queues by their name, most of them from memory: a message costs no look at the store for its queue.
//
// Owns: a bounded copy of the queues in use.
// Invariants:
//   I1  What a change has acknowledged is what is found afterwards: a reading that began before a change is not kept.

import type { MessageStore, QueueRow } from '#store';
import { noSuchQueue } from './queue-answers.ts';
import type { QueueAddress } from './queue-names.ts';
import { queueOfRow, type Queue } from './queue.ts';

/** Some 20 MB; a platform with more queues in use at once reads them again. */
const REMEMBERED = 20_000;

export class QueueDirectory {
  readonly #store: MessageStore;
  readonly #queues = new Map<string, Queue>();
  #changes = 0;

  constructor(store: MessageStore) {
    this.#store = store;
  }

  /** At once, when it is known. */
  known(address: QueueAddress): Queue | undefined {
    return this.#queues.get(keyOf(address));
  }

  async find(address: QueueAddress): Promise<Queue | undefined> {
    const known = this.known(address);
    if (known !== undefined) return known;
    const { scope, name } = address;
    const changes = this.#changes;
    const row = await this.#store.getQueue(scope, name);
    if (row === undefined) return undefined;
    const queue = queueOfRow(row);
    if (changes === this.#changes) this.#keep(queue);
    return queue;
  }

  async need(address: QueueAddress): Promise<Queue> {
    const queue = await this.find(address);
    if (queue === undefined) throw noSuchQueue();
    return queue;
  }

  /** After a change of the queue: this is what it is now. */
  changed(row: QueueRow): Queue {
    this.#changes += 1;
    const queue = queueOfRow(row);
    this.#keep(queue);
    return queue;
  }

  forget(address: QueueAddress): void {
    this.#changes += 1;
    this.#queues.delete(keyOf(address));
  }

  #keep(queue: Queue): void {
    if (this.#queues.size >= REMEMBERED) this.#queues.clear();
    this.#queues.set(keyOf(queue), queue);
  }
}

function keyOf({ scope, name }: QueueAddress): string {
  return `${scope.account}/${scope.region}/${name}`;
}
