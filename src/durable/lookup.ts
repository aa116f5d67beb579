// Which journal an execution's name means.

import type { JournalRow, JournalStore } from '#store';
import { executionArn, executionNotFound, journalKeyOf } from './execution-arn.ts';
import type { ExecutionName } from './execution-arn.ts';
import { factsOf } from './execution.ts';

/** Numbers that were looked up lately: a run asks for its own with each checkpoint. */
const REMEMBERED = 1000;

export class Lookup {
  readonly #journals: Pick<JournalStore, 'find'>;
  readonly #numbers = new Map<string, number>();

  constructor(journals: Pick<JournalStore, 'find'>) {
    this.#journals = journals;
  }

  /** Throws ResourceNotFoundException. */
  async rowOf(name: ExecutionName): Promise<JournalRow> {
    const row = await this.#journals.find(journalKeyOf(name.scope, name.functionName, name.name));
    if (row === undefined) return this.missing(name);
    const { executionId, version } = factsOf(row);
    // Another one, of the same name, that began after the one that is meant had expired.
    if (executionId !== name.executionId || version !== name.version) return this.missing(name);
    this.remember(arnOf(name), row.number);
    return row;
  }

  /** A number is never given to another, so what was found once needs no second look. */
  async numberOf(name: ExecutionName): Promise<number> {
    return this.#numbers.get(arnOf(name)) ?? (await this.rowOf(name)).number;
  }

  /** By the whole of its name: whoever knows a part of it knows nothing. */
  remember(arn: string, number: number): void {
    const oldest = this.#numbers.size >= REMEMBERED ? this.#numbers.keys().next().value : undefined;
    if (oldest !== undefined) this.#numbers.delete(oldest);
    this.#numbers.set(arn, number);
  }

  missing(name: ExecutionName): never {
    throw executionNotFound(arnOf(name));
  }
}

const arnOf = (name: ExecutionName) => executionArn(name.scope, name.name, name);
