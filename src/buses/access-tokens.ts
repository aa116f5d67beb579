// Access tokens of connections with OAuth's client credentials: asked for when they are needed, used until shortly before they end.
// https://www.rfc-editor.org/rfc/rfc6749#section-4.4
// Owns: the tokens, in memory alone.
// I1: of many who need a token at once, one asks for it.

import { LIMITS, type Clock } from '#kernel';
import type { Parameter, Parameters } from './connection-record.ts';

/** A request of the platform's own; the sender guards where it may go. */
export interface TokenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
}

export type TokenAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'refused' | 'unreachable'; readonly reason: string };

export type SendTokenRequest = (request: TokenRequest) => Promise<TokenAnswer>;

export interface Client {
  /** Of the connection. */
  readonly key: string;
  /** Of its secrets: a token that others brought is not theirs. */
  readonly version: string;
  readonly endpoint: string;
  readonly method: string;
  readonly clientId: string;
  readonly secret: string;
  readonly parameters?: Parameters | undefined;
}

export type TokenOutcome =
  | { readonly kind: 'token'; readonly header: string }
  /** What the server said, or why there was none: a sentence without secrets. */
  | { readonly kind: 'none'; readonly reason: string };

interface Held {
  readonly version: string;
  readonly outcome: Promise<TokenOutcome>;
  /** Infinity while it is being asked for. */
  untilMs: number;
}

/** A token is not used in its last minute: the request that carries it has to arrive. */
const MARGIN_MS = 60_000;
/** Where the server does not say how long a token lives. */
const UNSAID_MS = 300_000;

export class AccessTokens {
  readonly #held = new Map<string, Held>();
  readonly #send: SendTokenRequest;
  readonly #clock: Clock;

  constructor(send: SendTokenRequest, clock: Clock) {
    this.#send = send;
    this.#clock = clock;
  }

  /** With `renew`, one that is held is not used again; one that is being asked for is new enough. */
  get(client: Client, { renew }: { readonly renew: boolean }): Promise<TokenOutcome> {
    const { key, version } = client;
    const held = this.#held.get(key);
    const isFresh = held !== undefined && (renew ? held.untilMs === Infinity : this.#clock.now() < held.untilMs);
    if (isFresh && held.version === version) return held.outcome;
    const asking = this.#ask(client);
    const asked: Held = { version, untilMs: Infinity, outcome: asking.then(({ outcome }) => outcome) };
    this.#held.set(key, asked);
    const forget = () => {
      if (this.#held.get(key) === asked) this.#held.delete(key);
    };
    asking.then(({ outcome, untilMs }) => {
      asked.untilMs = untilMs;
      if (outcome.kind === 'none') forget();
      // Whoever asked is told what went wrong.
    }, forget);
    return asked.outcome;
  }

  forget(key: string): void {
    this.#held.delete(key);
  }

  async #ask(client: Client): Promise<Asked> {
    const answer = await this.#send(requestOf(client));
    if (answer.kind !== 'answered') return none(answer.reason);
    if (answer.status < 200 || answer.status > 299) return none(`The authorization server answered ${answer.status}.`);
    const token = parseToken(answer.body);
    if (token === undefined) return none('The authorization server answered no access token.');
    return {
      outcome: { kind: 'token', header: `${token.type} ${token.value}` },
      untilMs: this.#clock.now() + Math.max(0, (token.expiresMs ?? UNSAID_MS) - MARGIN_MS),
    };
  }
}

interface Asked {
  readonly outcome: TokenOutcome;
  readonly untilMs: number;
}

function none(reason: string): Asked {
  return { outcome: { kind: 'none', reason }, untilMs: 0 };
}

/** A form, or JSON where the connection says so by its content type; a GET has all of it in its query. */
function requestOf({ endpoint, method, clientId, secret, parameters }: Client): TokenRequest {
  const fields = {
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secret,
    ...textsOf(parameters?.body ?? []),
  };
  const headers = Object.fromEntries(
    Object.entries(textsOf(parameters?.headers ?? [])).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const url = new URL(endpoint);
  const query = { ...textsOf(parameters?.query ?? []), ...(method === 'GET' ? fields : {}) };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const type = headers['content-type'] ?? 'application/x-www-form-urlencoded; charset=utf-8';
  const text =
    method === 'GET' ? '' : type.startsWith('application/json') ? JSON.stringify(fields) : new URLSearchParams(fields).toString();
  return {
    method,
    url: url.href,
    headers: { accept: 'application/json', ...(method === 'GET' ? {} : { 'content-type': type }), ...headers },
    body: Buffer.from(text),
    timeoutMs: LIMITS.apiDestinationTimeoutMs,
  };
}

export function textsOf(parameters: readonly Parameter[]): Readonly<Record<string, string>> {
  return Object.fromEntries(parameters.map(({ key, value = '' }) => [key, value]));
}

interface Token {
  readonly value: string;
  readonly type: string;
  readonly expiresMs: number | undefined;
}

function parseToken(body: string): Token | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const { access_token: value, token_type: type, expires_in: expires } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  // What goes into a header has no line ends.
  if (typeof value !== 'string' || !/^[\u0021-\u007e]+$/.test(value)) return undefined;
  const seconds = Number(expires);
  return {
    value,
    type: typeof type === 'string' && /^[A-Za-z]+$/.test(type) && type.toLowerCase() !== 'bearer' ? type : 'Bearer',
    expiresMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined,
  };
}
