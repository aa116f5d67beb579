// What the database's thread remembers of queues, so that a message costs no look at its queue.
//
// Owns: a bounded copy of some rows, and counts that would be dear to take anew.
// Invariants:
//   I1  What is remembered is what the database says within the current transaction: any rollback forgets all of it.
//   I2  `messages` is exact where it is known. `inFlightMost` is never less than what is in flight.

import type { Connection } from './connection.ts';

export interface RememberedQueue {
  readonly number: number;
  readonly scope: string;
  readonly name: string;
  readonly shelf: number;
  readonly isFifo: boolean;
  readonly retentionMs: number;
  readonly deadLetter: { readonly name: string; readonly receivesMax: number } | undefined;
  /** All that lie on the shelf; undefined until somebody asks. */
  messages: number | undefined;
  inFlightMost: number | undefined;
  inFlightCountedAtMs: number;
}

interface Row {
  readonly number: number;
  readonly scope: string;
  readonly name: string;
  readonly shelf: number;
  readonly is_fifo: number;
  readonly retention_ms: number;
  readonly dead_letter: string | null;
  readonly receives_max: number | null;
}

/** Some 5 MB. A platform with more queues in use at once reads their rows again. */
const REMEMBERED = 20_000;

const COLUMNS = 'number, scope, name, shelf, is_fifo, retention_ms, dead_letter, receives_max';

export class QueueMemory {
  readonly #connection: Connection;
  readonly #queues = new Map<number, RememberedQueue>();
  #rollbacks = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  find(number: number): RememberedQueue | undefined {
    this.#doubt();
    const remembered = this.#queues.get(number);
    if (remembered !== undefined) return remembered;
    return this.#remember(this.#connection.get<Row>(`SELECT ${COLUMNS} FROM queues WHERE number = ?`, number));
  }

  named(scope: string, name: string): RememberedQueue | undefined {
    const sql = 'SELECT number FROM queues WHERE scope = ? AND name = ?';
    const row = this.#connection.get<{ readonly number: number }>(sql, scope, name);
    return row === undefined ? undefined : this.find(row.number);
  }

  forget(number: number): void {
    this.#queues.delete(number);
  }

  #doubt(): void {
    if (this.#rollbacks === this.#connection.rollbacks) return;
    this.#rollbacks = this.#connection.rollbacks;
    this.#queues.clear();
  }

  #remember(row: Row | undefined): RememberedQueue | undefined {
    if (row === undefined) return undefined;
    if (this.#queues.size >= REMEMBERED) this.#queues.clear();
    const queue: RememberedQueue = {
      number: row.number,
      scope: row.scope,
      name: row.name,
      shelf: row.shelf,
      isFifo: row.is_fifo === 1,
      retentionMs: row.retention_ms,
      deadLetter:
        row.dead_letter === null || row.receives_max === null
          ? undefined
          : { name: row.dead_letter, receivesMax: row.receives_max },
      messages: undefined,
      inFlightMost: undefined,
      inFlightCountedAtMs: 0,
    };
    this.#queues.set(row.number, queue);
    return queue;
  }
}
