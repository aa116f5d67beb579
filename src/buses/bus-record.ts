// A bus as it is kept. The default one is there without a record until something is said of it.

import assert from 'node:assert/strict';
import { parseResourcePolicy, type ResourcePolicy } from '#identity';
import type { Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { noSuchBus } from './bus-answers.ts';
import { DEFAULT_BUS } from './bus-names.ts';
import { Records, type Kept } from './records.ts';

export interface BusRecord {
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
  readonly description?: string;
  readonly deadLetterArn?: string;
  readonly policy?: PolicyDocument;
  readonly tags: Tags;
  /** Its deletion has begun: it takes no rules any more. */
  readonly isGoing?: true;
}

export type Tags = Readonly<Record<string, string>>;

/** As it was written. */
export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Sid?: string;
  readonly [member: string]: unknown;
}

/** Of a policy that was read before it was kept. */
export function readPolicy(document: PolicyDocument): ResourcePolicy {
  const parsed = parseResourcePolicy(JSON.stringify(document));
  assert(parsed.kind === 'policy', 'only policies that can be read are kept');
  return parsed.policy;
}

/** `revision` is undefined where there is no record yet. */
export interface Bus {
  readonly name: string;
  readonly record: BusRecord;
  readonly revision: number | undefined;
}

const FRESH: BusRecord = { createdAtMs: 0, modifiedAtMs: 0, tags: {} };

export class BusRecords extends Records<BusRecord> {
  constructor(resources: ResourceStore) {
    super(resources, 'event-bus');
  }

  async findBus(scope: Scope, name: string): Promise<Bus | undefined> {
    const found = await this.find(scope, name);
    if (found !== undefined) return busOf(found);
    return name === DEFAULT_BUS ? { name, record: FRESH, revision: undefined } : undefined;
  }

  async need(scope: Scope, name: string): Promise<Bus> {
    const bus = await this.findBus(scope, name);
    if (bus === undefined) throw noSuchBus(name);
    return bus;
  }

  change(scope: Scope, { name, revision }: Bus, record: BusRecord) {
    return this.put(scope, name, record, revision === undefined ? 'absent' : { revision });
  }
}

function busOf({ name, body, revision }: Kept<BusRecord>): Bus {
  return { name, record: body, revision };
}
