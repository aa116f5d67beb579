// A source of records that a test fills, and that says what was done with them.

import type { Source, SourceRecord } from '../../src/sources/polling/source.ts';

export function recordOf(id: string, group?: string): SourceRecord {
  const json = JSON.stringify({ id });
  return { id, group, json, bytes: json.length, traceHeader: undefined, document: { id } };
}

export class FakeSource implements Source {
  readonly isOrdered: boolean;
  readonly acknowledged: string[] = [];
  readonly givenBack: string[] = [];
  #records: SourceRecord[] = [];
  #broken: Error | undefined;
  #refusesAcknowledgements = false;
  #wake: () => void = () => undefined;

  constructor(isOrdered: boolean) {
    this.isOrdered = isOrdered;
  }

  arrive(...records: readonly SourceRecord[]): void {
    this.#records.push(...records);
    this.#wake();
  }

  /** From now on a receive fails, until it is mended with undefined. */
  breakWith(error: Error | undefined): void {
    this.#broken = error;
    this.#wake();
  }

  refuseAcknowledgements(): void {
    this.#refusesAcknowledgements = true;
  }

  async receive(wanted: number, signal: AbortSignal): Promise<readonly SourceRecord[]> {
    for (;;) {
      if (this.#broken !== undefined) throw this.#broken;
      if (signal.aborted) return [];
      if (this.#records.length > 0) return this.#records.splice(0, wanted);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  async acknowledge(records: readonly SourceRecord[]): Promise<void> {
    if (this.#refusesAcknowledgements) throw new Error('disk');
    this.acknowledged.push(...records.map(({ id }) => id));
  }

  async giveBack(records: readonly SourceRecord[]): Promise<void> {
    this.givenBack.push(...records.map(({ id }) => id));
    this.#records.unshift(...records);
    this.#wake();
  }
}
