// Connections: how the platform says who it is to servers elsewhere. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html
// Never: lets a secret out but into a request: not in an answer, a log line, or the outbox.

import { ApiError, LIMITS, type Clock, type Log, type Random, type Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { alreadyExists, invalidParameter, notFound, tooMany } from './bus-answers.ts';
import { AccessTokens, textsOf, type Client, type SendTokenRequest } from './access-tokens.ts';
import { parseEventArn } from './bus-names.ts';
import {
  ConnectionRecords,
  withoutSecrets,
  type Authorization,
  type ConnectionRecord,
  type Parameters,
  type Secrets,
} from './connection-record.ts';
import { nameOfToken, pageOf, type Page } from './page-token.ts';
import { untilCommitted, type Kept } from './records.ts';
import type { ListQuery } from './rules.ts';
import { SecretSeal, type SecretKeys } from './secret-seal.ts';

export interface ConnectionSettings {
  readonly description?: string | undefined;
  /** `parameters` of OAuth with their secret values. */
  readonly authorization: Authorization;
  readonly secret: string;
  readonly invocation?: Parameters | undefined;
}

/** What a connection adds to a request. */
export interface ConnectionAdditions {
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
}

export interface ConnectionsParts {
  readonly resources: ResourceStore;
  readonly keys: SecretKeys;
  readonly send: SendTokenRequest;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Found = Kept<ConnectionRecord>;

export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #records: ConnectionRecords;
  readonly #seal: SecretSeal;
  readonly #tokens: AccessTokens;
  /** Authorizations that were begun and nobody waits for. */
  readonly #pending = new Set<Promise<void>>();

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
    this.#records = new ConnectionRecords(parts.resources);
    this.#seal = new SecretSeal(parts.keys, parts.random);
    this.#tokens = new AccessTokens(parts.send, parts.clock);
  }

  async create(scope: Scope, name: string, settings: ConnectionSettings): Promise<ConnectionRecord> {
    const { clock, random, resources } = this.#parts;
    if ((await this.#records.page(scope, { limit: LIMITS.connections })).length >= LIMITS.connections) throw tooMany();
    const nowMs = clock.now();
    const record = this.#recordOf(scope, settings, { id: random.uuid(), createdAtMs: nowMs });
    const { kind } = await resources.commit([this.#records.put(scope, name, record, 'absent')]);
    if (kind === 'conflict') throw alreadyExists(`Failed to create connection(s). A connection '${name}' already exists.`);
    this.#authorize(scope, name);
    return record;
  }

  async get(scope: Scope, name: string): Promise<ConnectionRecord> {
    return (await this.#need(scope, name, 'describe')).body;
  }

  async list(
    scope: Scope,
    { prefix = '', token, limit = LIMITS.eventResourcesPerPage, state }: ListQuery & { readonly state?: string | undefined },
  ): Promise<Page<Found>> {
    const found: Found[] = [];
    const after = nameOfToken(token);
    for await (const each of this.#records.all(scope, prefix)) {
      if ((after === undefined || each.name > after) && (state === undefined || each.body.state === state)) found.push(each);
      if (found.length > limit) break;
    }
    return pageOf(found, limit, ({ name }) => name);
  }

  /** `change` sees the secrets as they are, and says all of them. */
  async update(
    scope: Scope,
    name: string,
    change: (before: ConnectionRecord, secrets: Secrets | undefined) => ConnectionSettings,
  ): Promise<ConnectionRecord> {
    const record = await this.#change(scope, name, 'update', (before) => {
      const { id, createdAtMs } = before;
      return this.#recordOf(scope, change(before, this.#secretsOf(scope, before)), { id, createdAtMs });
    });
    this.#tokens.forget(record.id);
    this.#authorize(scope, name);
    return record;
  }

  /** Its secrets are forgotten; whatever is sent through it fails until it is updated. */
  async deauthorize(scope: Scope, name: string): Promise<ConnectionRecord> {
    const record = await this.#change(scope, name, 'deauthorize', ({ sealed: _gone, ...before }) => ({
      ...before,
      state: 'DEAUTHORIZED',
      reason: 'The connection was deauthorized.',
      modifiedAtMs: this.#parts.clock.now(),
    }));
    this.#tokens.forget(record.id);
    return record;
  }

  async delete(scope: Scope, name: string): Promise<ConnectionRecord> {
    return untilCommitted(`Connection ${name}`, async () => {
      const found = await this.#need(scope, name, 'delete');
      const { kind } = await this.#parts.resources.commit([this.#records.remove(scope, found)]);
      this.#tokens.forget(found.body.id);
      return { committed: kind === 'committed', result: found.body };
    });
  }

  /** For the moment of sending. Throws ApiError when there is nothing to say who we are with. */
  async additionsOf(scope: Scope, arn: string, { renew }: { readonly renew: boolean }): Promise<ConnectionAdditions> {
    const { name, body: record } = await this.#byArn(scope, arn);
    const secrets = this.#secretsOf(scope, record);
    if (secrets === undefined)
      throw new ApiError(
        'AccessDeniedException',
        `The connection ${arn} has no secrets to authorize with. Update it with new ones.`,
      );
    const { headers, query, body } = secrets.invocation ?? { headers: [], query: [], body: [] };
    const authorization = await this.#authorizationHeader(scope, { name, record, secrets, renew });
    return { headers: { ...authorization, ...textsOf(headers) }, query: textsOf(query), body: textsOf(body) };
  }

  /** Waits for what was begun. */
  async close(): Promise<void> {
    await Promise.all(this.#pending);
  }

  async #authorizationHeader(
    scope: Scope,
    { name, record, secrets, renew }: Authorizing,
  ): Promise<Readonly<Record<string, string>>> {
    const { authorization } = record;
    switch (authorization.kind) {
      case 'BASIC':
        return { authorization: `Basic ${Buffer.from(`${authorization.username}:${secrets.secret}`).toString('base64')}` };
      case 'API_KEY':
        return { [authorization.header.toLowerCase()]: secrets.secret };
      case 'OAUTH_CLIENT_CREDENTIALS': {
        const outcome = await this.#tokens.get(clientOf(record, authorization, secrets), { renew });
        if (outcome.kind === 'token') {
          if (record.state !== 'AUTHORIZED') await this.#note(scope, name, record.id, 'AUTHORIZED');
          return { authorization: outcome.header };
        }
        await this.#note(scope, name, record.id, 'DEAUTHORIZED', outcome.reason);
        throw new ApiError('ServiceUnavailableException', `The connection got no access token: ${outcome.reason}`);
      }
      default:
        return authorization satisfies never;
    }
  }

  /** OAuth's clients ask for their first token at once, so that a wrong secret is seen before the first event. */
  #authorize(scope: Scope, name: string): void {
    const begun = this.#firstToken(scope, name)
      .catch((cause: unknown) => this.#parts.log.write('warn', 'buses.connection-not-authorized', { connection: name, cause }))
      .finally(() => this.#pending.delete(begun));
    this.#pending.add(begun);
  }

  async #firstToken(scope: Scope, name: string): Promise<void> {
    const record = (await this.#records.find(scope, name))?.body;
    if (record?.authorization.kind !== 'OAUTH_CLIENT_CREDENTIALS') return;
    const secrets = this.#secretsOf(scope, record);
    if (secrets !== undefined) await this.#authorizationHeader(scope, { name, record, secrets, renew: false });
  }

  /** What became of the last attempt. A connection that was deleted or made anew meanwhile is left alone. */
  async #note(scope: Scope, name: string, id: string, state: 'AUTHORIZED' | 'DEAUTHORIZED', reason?: string): Promise<void> {
    const found = await this.#records.find(scope, name);
    if (found?.body.id !== id || found.body.sealed === undefined) return;
    // A target that is down fails for thousands of events: they say it once.
    if (found.body.state === state && found.body.reason === reason) return;
    const { reason: _old, ...before } = found.body;
    const authorized = state === 'AUTHORIZED' ? { authorizedAtMs: this.#parts.clock.now() } : {};
    const record: ConnectionRecord = { ...before, state, ...authorized, ...(reason === undefined ? {} : { reason }) };
    // A change that came between knows better.
    await this.#parts.resources.commit([this.#records.put(scope, name, record, { revision: found.revision })]);
  }

  #recordOf(
    scope: Scope,
    settings: ConnectionSettings,
    made: { readonly id: string; readonly createdAtMs: number },
  ): ConnectionRecord {
    const { description, authorization, secret, invocation } = settings;
    const nowMs = this.#parts.clock.now();
    const isOAuth = authorization.kind === 'OAUTH_CLIENT_CREDENTIALS';
    const token = isOAuth ? authorization.parameters : undefined;
    const secrets: Secrets = { secret, invocation, token };
    return {
      ...made,
      description,
      modifiedAtMs: nowMs,
      state: isOAuth ? 'AUTHORIZING' : 'AUTHORIZED',
      authorizedAtMs: nowMs,
      authorization: isOAuth ? { ...authorization, parameters: withoutSecrets(token) } : authorization,
      invocation: withoutSecrets(invocation),
      sealed: this.#seal.seal({ scope, id: made.id }, secrets),
    };
  }

  #secretsOf(scope: Scope, { id, sealed }: ConnectionRecord): Secrets | undefined {
    if (sealed === undefined) return undefined;
    const secrets = this.#seal.open({ scope, id }, sealed);
    if (secrets === undefined)
      this.#parts.log.write('error', 'buses.connection-unreadable', { connection: id, keyId: sealed.keyId });
    // Sealed by `#recordOf` alone.
    return secrets as Secrets | undefined;
  }

  async #change(
    scope: Scope,
    name: string,
    verb: string,
    change: (before: ConnectionRecord) => ConnectionRecord,
  ): Promise<ConnectionRecord> {
    return untilCommitted(`Connection ${name}`, async () => {
      const found = await this.#need(scope, name, verb);
      const result = change(found.body);
      const { kind } = await this.#parts.resources.commit([this.#records.put(scope, name, result, { revision: found.revision })]);
      return { committed: kind === 'committed', result };
    });
  }

  async #need(scope: Scope, name: string, verb: string): Promise<Found> {
    const found = await this.#records.find(scope, name);
    if (found === undefined) throw notFound(`Failed to ${verb} the connection(s). Connection '${name}' does not exist.`);
    return found;
  }

  async #byArn(scope: Scope, arn: string): Promise<Found> {
    const found = await this.#find(scope, arn);
    if (found === undefined) throw notFound(`The connection ${arn} does not exist.`);
    return found;
  }

  /** One that was deleted and made again is another. */
  async #find(scope: Scope, arn: string): Promise<Found | undefined> {
    const resource = parseEventArn(scope, arn);
    if (resource?.kind !== 'connection') return undefined;
    const found = await this.#records.find(scope, resource.name);
    return found?.body.id === resource.id ? found : undefined;
  }

  /** Throws ValidationException for what is no connection here. */
  async checkArn(scope: Scope, arn: string): Promise<void> {
    if ((await this.#find(scope, arn)) === undefined)
      throw invalidParameter('ConnectionArn', `Connection '${arn}' does not exist.`);
  }

  /** False also of a connection that is not there. */
  async isAuthorized(scope: Scope, arn: string): Promise<boolean> {
    return (await this.#find(scope, arn))?.body.state === 'AUTHORIZED';
  }
}

interface Authorizing {
  readonly name: string;
  readonly record: ConnectionRecord;
  readonly secrets: Secrets;
  readonly renew: boolean;
}

function clientOf(
  { id, sealed }: ConnectionRecord,
  authorization: Extract<Authorization, { kind: 'OAUTH_CLIENT_CREDENTIALS' }>,
  secrets: Secrets,
): Client {
  const { endpoint, method, clientId } = authorization;
  return { key: id, version: sealed?.nonce ?? '', endpoint, method, clientId, secret: secrets.secret, parameters: secrets.token };
}
