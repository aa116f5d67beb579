// API destinations: servers elsewhere that rules send requests to. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html

import { LIMITS, type Clock, type Random, type Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { alreadyExists, invalidParameter, notFound, tooMany } from './bus-answers.ts';
import type { Connections } from './connections.ts';
import type { DestinationRecord, DestinationRecords, LiveDestinations } from './destination-record.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import { untilCommitted, type Kept } from './records.ts';
import type { ListQuery } from './rules.ts';

export type DestinationSettings = Pick<DestinationRecord, 'description' | 'connectionArn' | 'url' | 'method' | 'perSecondMax'>;

/** A destination as it is shown: it is as active as its connection. */
export interface ApiDestination {
  readonly name: string;
  readonly record: DestinationRecord;
  readonly isActive: boolean;
}

export interface ApiDestinationsParts {
  readonly resources: ResourceStore;
  readonly destinations: DestinationRecords;
  readonly live: LiveDestinations;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly random: Random;
}

export class ApiDestinations {
  readonly #parts: ApiDestinationsParts;

  constructor(parts: ApiDestinationsParts) {
    this.#parts = parts;
  }

  async create(scope: Scope, name: string, settings: DestinationSettings): Promise<ApiDestination> {
    const { resources, destinations, live, clock, random } = this.#parts;
    await this.#check(scope, settings);
    const page = await destinations.page(scope, { limit: LIMITS.apiDestinations });
    if (page.length >= LIMITS.apiDestinations) throw tooMany();
    const nowMs = clock.now();
    const record: DestinationRecord = { ...settings, id: random.uuid(), createdAtMs: nowMs, modifiedAtMs: nowMs };
    const { kind } = await resources.commit([destinations.put(scope, name, record, 'absent')]);
    if (kind === 'conflict') throw alreadyExists(`An api-destination '${name}' already exists.`);
    await live.changed(scope, name, record);
    return this.#shown(scope, name, record);
  }

  async get(scope: Scope, name: string): Promise<ApiDestination> {
    return this.#shown(scope, name, (await this.#need(scope, name, 'describe')).body);
  }

  async list(
    scope: Scope,
    {
      prefix = '',
      token,
      limit = LIMITS.eventResourcesPerPage,
      connectionArn,
    }: ListQuery & { readonly connectionArn?: string | undefined },
  ): Promise<Page<ApiDestination>> {
    const found: Kept<DestinationRecord>[] = [];
    const after = nameOfToken(token);
    for await (const each of this.#parts.destinations.all(scope, prefix)) {
      const isAsked = connectionArn === undefined || each.body.connectionArn === connectionArn;
      if (isAsked && (after === undefined || each.name > after)) found.push(each);
      if (found.length > limit) break;
    }
    const { items, ...rest } = pageOf(found, limit, ({ name }) => name);
    return { ...rest, items: await Promise.all(items.map(({ name, body }) => this.#shown(scope, name, body))) };
  }

  /** What is not said stays. */
  async update(scope: Scope, name: string, changes: Partial<DestinationSettings>): Promise<ApiDestination> {
    const { resources, destinations, live, clock } = this.#parts;
    const record = await untilCommitted(`Api-destination ${name}`, async () => {
      const before = await this.#need(scope, name, 'update');
      const said = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
      const result: DestinationRecord = { ...before.body, ...said, modifiedAtMs: clock.now() };
      await this.#check(scope, result);
      const { kind } = await resources.commit([destinations.put(scope, name, result, { revision: before.revision })]);
      return { committed: kind === 'committed', result };
    });
    await live.changed(scope, name, record);
    return this.#shown(scope, name, record);
  }

  async delete(scope: Scope, name: string): Promise<void> {
    const { resources, destinations, live } = this.#parts;
    await untilCommitted(`Api-destination ${name}`, async () => {
      const { kind } = await resources.commit([destinations.remove(scope, await this.#need(scope, name, 'delete'))]);
      return { committed: kind === 'committed', result: undefined };
    });
    await live.changed(scope, name, undefined);
  }

  async #need(scope: Scope, name: string, verb: string): Promise<Kept<DestinationRecord>> {
    const found = await this.#parts.destinations.find(scope, name);
    if (found === undefined)
      throw notFound(`Failed to ${verb} the api-destination(s). An api-destination '${name}' does not exist.`);
    return found;
  }

  async #check(scope: Scope, { connectionArn, url }: DestinationSettings): Promise<void> {
    const parsed = URL.parse(url.replaceAll('*', '1'));
    if (parsed === null || (parsed.protocol !== 'https:' && parsed.protocol !== 'http:'))
      throw invalidParameter('InvocationEndpoint', 'It must be an HTTP or HTTPS URL.');
    if (parsed.username !== '' || parsed.password !== '')
      throw invalidParameter('InvocationEndpoint', 'Credentials belong into a connection.');
    // As the URL's parser sees it: `https:*.example.com` and `https:///*` have a host, too.
    if (URL.parse(url.replaceAll('*', '2'))?.host !== parsed.host)
      throw invalidParameter('InvocationEndpoint', 'Placeholders stand in the path or the query, not in the host.');
    await this.#parts.connections.checkArn(scope, connectionArn);
  }

  async #shown(scope: Scope, name: string, record: DestinationRecord): Promise<ApiDestination> {
    return { name, record, isActive: await this.#parts.connections.isAuthorized(scope, record.connectionArn) };
  }
}
