// An API destination as it is kept, and those of a scope in memory: events are sent to them without asking the store.
// Owns: the destinations of the scopes that were asked for, in step with the store by `changed`.

import type { Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { Records } from './records.ts';

export interface DestinationRecord {
  readonly id: string;
  readonly description?: string | undefined;
  readonly connectionArn: string;
  /** `*` stands for what a target says. */
  readonly url: string;
  readonly method: string;
  readonly perSecondMax?: number | undefined;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

export class DestinationRecords extends Records<DestinationRecord> {
  constructor(resources: ResourceStore) {
    super(resources, 'event-api-destination');
  }
}

export class LiveDestinations {
  readonly #records: DestinationRecords;
  readonly #scopes = new Map<string, Promise<Map<string, DestinationRecord>>>();

  constructor(records: DestinationRecords) {
    this.#records = records;
  }

  /** By name. */
  of(scope: Scope): Promise<ReadonlyMap<string, DestinationRecord>> {
    return this.#load(scope);
  }

  async changed(scope: Scope, name: string, record: DestinationRecord | undefined): Promise<void> {
    const live = await this.#load(scope);
    if (record === undefined) live.delete(name);
    else live.set(name, record);
  }

  #load(scope: Scope): Promise<Map<string, DestinationRecord>> {
    const key = `${scope.account}/${scope.region}`;
    const loading = this.#scopes.get(key) ?? this.#read(scope);
    this.#scopes.set(key, loading);
    // A read that failed is tried again by the next who asks.
    loading.catch(() => this.#scopes.delete(key));
    return loading;
  }

  async #read(scope: Scope): Promise<Map<string, DestinationRecord>> {
    const live = new Map<string, DestinationRecord>();
    for await (const { name, body } of this.#records.all(scope)) live.set(name, body);
    return live;
  }
}
