// Buses: made, described, listed, changed and deleted, and who may put events on them.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html

import { LIMITS, type Clock, type Scope } from '#kernel';
import { alreadyExists, invalid, invalidParameter, noSuchBus, tooMany } from './bus-answers.ts';
import { DEFAULT_BUS } from './bus-names.ts';
import type { Bus, BusRecord, BusRecords, Tags } from './bus-record.ts';
import type { LiveBuses } from './live-buses.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import { untilCommitted } from './records.ts';
import { keyOf, type RuleRecords } from './rule-record.ts';
import type { ListQuery } from './rules.ts';
import { checkTags } from './tags.ts';
import type { ResourceStore } from '#store';

export interface BusSettings {
  readonly description?: string | undefined;
  readonly deadLetterArn?: string | undefined;
}

export interface BusAdministrationParts {
  readonly resources: ResourceStore;
  readonly buses: BusRecords;
  readonly rules: RuleRecords;
  readonly live: LiveBuses;
  readonly clock: Clock;
}

export class BusAdministration {
  readonly #parts: BusAdministrationParts;

  constructor(parts: BusAdministrationParts) {
    this.#parts = parts;
  }

  async create(
    scope: Scope,
    name: string,
    { tags = {}, ...settings }: BusSettings & { readonly tags?: Tags | undefined },
  ): Promise<Bus> {
    if (name === DEFAULT_BUS) throw alreadyExists(`Event bus ${name} already exists.`);
    if (name.includes('/')) throw invalidParameter('Name', 'A custom event bus has no slash in its name.');
    checkTags(tags);
    checkDeadLetter(settings.deadLetterArn);
    const { buses, resources, clock } = this.#parts;
    if ((await buses.page(scope, { limit: LIMITS.buses })).length >= LIMITS.buses) throw tooMany();
    const nowMs = clock.now();
    const record: BusRecord = { createdAtMs: nowMs, modifiedAtMs: nowMs, ...defined(settings), tags };
    const { kind } = await resources.commit([buses.put(scope, name, record, 'absent')]);
    if (kind === 'conflict') throw alreadyExists(`Event bus ${name} already exists.`);
    return { name, record, revision: undefined };
  }

  get(scope: Scope, name: string): Promise<Bus> {
    return this.#parts.buses.need(scope, name);
  }

  /** The default bus among them, in the order of their names. */
  async list(scope: Scope, { prefix = '', token, limit = LIMITS.eventResourcesPerPage }: ListQuery): Promise<Page<Bus>> {
    const after = nameOfToken(token);
    const found = (await this.#parts.buses.page(scope, { prefix, after, limit: limit + 1 })).map(
      ({ name, body, revision }): Bus => ({ name, record: body, revision }),
    );
    const isDefaultDue = DEFAULT_BUS.startsWith(prefix) && (after === undefined || DEFAULT_BUS > after);
    if (isDefaultDue && !found.some(({ name }) => name === DEFAULT_BUS)) found.push(await this.get(scope, DEFAULT_BUS));
    const sorted = found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
    return pageOf(sorted, limit, ({ name }) => name);
  }

  /** What is not said is gone, as with AWS: an update says all. */
  async update(scope: Scope, name: string, settings: BusSettings): Promise<BusRecord> {
    checkDeadLetter(settings.deadLetterArn);
    await this.change(scope, name, ({ description: _was, deadLetterArn: _sent, ...bus }) => ({ ...bus, ...defined(settings) }));
    return (await this.get(scope, name)).record;
  }

  async change(scope: Scope, name: string, change: (bus: BusRecord) => BusRecord): Promise<void> {
    const { buses, resources, clock, live } = this.#parts;
    const record = await untilCommitted(`Event bus ${name}`, async () => {
      const bus = await buses.need(scope, name);
      const result: BusRecord = { ...change(bus.record), modifiedAtMs: clock.now() };
      const { kind } = await resources.commit([buses.change(scope, bus, result)]);
      return { committed: kind === 'committed', result };
    });
    await live.busChanged(scope, name, record);
  }

  async delete(scope: Scope, name: string): Promise<void> {
    if (name === DEFAULT_BUS) throw invalid(`Cannot delete event bus ${DEFAULT_BUS}.`);
    const { buses, rules, resources, live } = this.#parts;
    await this.change(scope, name, (bus) => ({ ...bus, isGoing: true }));
    // From here on no rule can be made on it, so that what is looked at now stays so.
    if ((await rules.page(scope, { prefix: keyOf({ bus: name, rule: '' }), limit: 1 })).length > 0) {
      await this.change(scope, name, ({ isGoing: _not, ...bus }) => bus);
      throw invalid(`Event bus ${name} can't be deleted since it has rules.`);
    }
    await untilCommitted(`Event bus ${name}`, async () => {
      const bus = await buses.find(scope, name);
      if (bus === undefined) throw noSuchBus(name);
      const { kind } = await resources.commit([buses.remove(scope, bus)]);
      return { committed: kind === 'committed', result: undefined };
    });
    live.forget(scope, name);
  }
}

/** Without what is undefined: JSON has no such thing. */
function defined({ description, deadLetterArn }: BusSettings): BusSettings {
  return {
    ...(description === undefined ? {} : { description }),
    ...(deadLetterArn === undefined || deadLetterArn === '' ? {} : { deadLetterArn }),
  };
}

export function checkDeadLetter(arn: string | undefined): void {
  if (arn === undefined || arn === '') return;
  if (!/^arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]+(\.fifo)?$/.test(arn))
    throw invalidParameter('DeadLetterConfig', 'It must name a queue by its ARN.');
  if (arn.endsWith('.fifo')) throw invalidParameter('DeadLetterConfig', 'A FIFO queue cannot be a dead-letter queue of events.');
}
