// The names that journals are listed under (their owners', their groups'), each with a number: names are long, and a row of a list is short.
//
// Owns: a bounded copy of some of the names.
// Invariants:
//   I1  What is remembered is what the database says within the current transaction: any rollback forgets all of it.
//   I2  A name that nothing is listed under any more is forgotten with the last journal (`forgetUnused`).

import type { JournalKind } from '../journals.ts';
import type { Scope } from '../store.ts';
import type { Connection } from './connection.ts';
import { checkedText, scopeOf, scopeText } from './keys.ts';

export interface ListName {
  readonly scope: Scope;
  readonly kind: JournalKind;
  readonly isGroup: boolean;
  readonly name: string;
}

interface Row {
  readonly scope: string;
  readonly kind: JournalKind;
  readonly is_group: number;
  readonly name: string;
}

/** Some 10 MB. A platform with more owners at once looks their numbers up again. */
const REMEMBERED = 20_000;

export class JournalNames {
  readonly #connection: Connection;
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, ListName>();
  #rollbacks = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Undefined when nothing is listed under it. */
  find(list: ListName): number | undefined {
    this.#doubt();
    const remembered = this.#numbers.get(textOf(list));
    if (remembered !== undefined) return remembered;
    const sql = 'SELECT number FROM journal_lists WHERE name = ? AND kind = ? AND scope = ? AND is_group = ?';
    const number = this.#connection.get<{ readonly number: number }>(sql, ...valuesOf(list))?.number;
    return number === undefined ? undefined : this.#remember(number, list);
  }

  findOrAdd(list: ListName): number {
    const found = this.find(list);
    if (found !== undefined) return found;
    const sql = 'INSERT INTO journal_lists (name, kind, scope, is_group) VALUES (?, ?, ?, ?)';
    const number = this.#connection.insert(sql, ...valuesOf(list));
    if (number === undefined) throw new Error('A name of journals was not added.');
    return this.#remember(number, list);
  }

  named(number: number): ListName {
    this.#doubt();
    const remembered = this.#names.get(number);
    if (remembered !== undefined) return remembered;
    const row = this.#connection.get<Row>('SELECT scope, kind, is_group, name FROM journal_lists WHERE number = ?', number);
    if (row === undefined) throw new Error(`Journals are listed under ${number}, which has no name.`);
    const list = { scope: scopeOf(row.scope), kind: row.kind, isGroup: row.is_group === 1, name: row.name };
    this.#remember(number, list);
    return list;
  }

  /** I2. */
  forgetUnused(number: number): void {
    if (this.#connection.get('SELECT 1 FROM journal_listings WHERE list = ? LIMIT 1', number) !== undefined) return;
    this.#doubt();
    const list = this.#names.get(number);
    if (list !== undefined) this.#numbers.delete(textOf(list));
    this.#names.delete(number);
    this.#connection.run('DELETE FROM journal_lists WHERE number = ?', number);
  }

  #remember(number: number, list: ListName): number {
    if (this.#numbers.size >= REMEMBERED) {
      this.#numbers.clear();
      this.#names.clear();
    }
    this.#numbers.set(textOf(list), number);
    this.#names.set(number, list);
    return number;
  }

  #doubt(): void {
    if (this.#rollbacks === this.#connection.rollbacks) return;
    this.#rollbacks = this.#connection.rollbacks;
    this.#numbers.clear();
    this.#names.clear();
  }
}

/** No scope and no kind has a space in it. */
function textOf({ scope, kind, isGroup, name }: ListName): string {
  return `${scopeText(scope)} ${kind} ${isGroup ? 'group' : 'owner'} ${name}`;
}

function valuesOf({ scope, kind, isGroup, name }: ListName): readonly [string, string, string, number] {
  return [checkedText(name), kind, scopeText(scope), isGroup ? 1 : 0];
}
