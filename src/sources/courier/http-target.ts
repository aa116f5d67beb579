// Servers elsewhere: what their answers mean for an entry.
// https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html

import type { Clock } from '#kernel';
import type { HttpTarget, OutboxEntry } from '#outbox';
import type { WebRequest, WebResult } from '../http/web-request.ts';
import type { Attempt, Carrier } from './carrier.ts';
import { DELIVERED } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import { Pacing } from './pacing.ts';
import type { ConnectionAdditions, ConnectionPort, HttpPort } from './ports.ts';

export interface HttpCarrierParts {
  readonly clock: Clock;
  readonly http: HttpPort;
  readonly connections: ConnectionPort;
}

const NOTHING_ADDED: ConnectionAdditions = { headers: {}, query: {}, body: {} };

export function httpCarrier({ clock, http, connections }: HttpCarrierParts): Carrier<'http'> {
  const pacing = new Pacing();
  return async (entry, { request }, attempt) => {
    const turnAtMs = pacing.take(request, clock.now());
    if (turnAtMs !== undefined) return { kind: 'later', atMs: turnAtMs };
    const send = async (renew: boolean): Promise<WebResult> => {
      const { connectionArn } = request;
      const added =
        connectionArn === undefined ? NOTHING_ADDED : await connections.additionsOf(entry.scope, connectionArn, { renew });
      return http.send(webRequest(entry, request, added, attempt));
    };
    const result = await send(false);
    // A token may have been taken back before its time; another is asked for once.
    const isStale = request.connectionArn !== undefined && result.kind === 'answered' && [401, 407].includes(result.status);
    return outcomeOfAnswer(entry, isStale ? await send(true) : result, clock.now());
  };
}

function webRequest(
  { payload }: OutboxEntry,
  { method, url, headers, timeoutMs }: HttpTarget,
  added: ConnectionAdditions,
  { signal }: Attempt,
): WebRequest {
  const address = new URL(url);
  for (const [name, value] of Object.entries(added.query)) address.searchParams.set(name, value);
  return {
    method,
    url: address.href,
    headers: { ...headers, ...added.headers },
    body: Object.keys(added.body).length === 0 ? payload : withMembers(payload, added.body),
    timeoutMs,
    signal,
  };
}

/** Only an object has members; whatever else a rule's input makes goes as it is. */
function withMembers(payload: Uint8Array, members: Readonly<Record<string, string>>): Uint8Array {
  const document: unknown = JSON.parse(Buffer.from(payload).toString());
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return payload;
  return Buffer.from(JSON.stringify({ ...document, ...members }));
}

function outcomeOfAnswer({ sender }: OutboxEntry, result: WebResult, nowMs: number): Outcome {
  switch (result.kind) {
    case 'refused':
      return { kind: 'refused', code: 'SDK_CLIENT_ERROR', message: result.reason };
    case 'unreachable':
      return { kind: 'failed', code: result.isTimeout ? 'TIMEOUT' : 'CONNECTION_FAILURE', message: result.reason };
    case 'answered':
      return outcomeOfStatus(sender.service, result, nowMs);
    default:
      return result satisfies never;
  }
}

/** Both retry 429 and 5xx; EventBridge retries 409 as well. What else is no success would be the same the next time. */
function outcomeOfStatus(
  service: string,
  { status, headers }: Extract<WebResult, { readonly kind: 'answered' }>,
  nowMs: number,
): Outcome {
  if (status >= 200 && status < 300) return DELIVERED;
  const message = `The server answered ${status}.`;
  const asked = retryAfterMs(headers['retry-after'], nowMs);
  const isRetryable = status === 429 || status >= 500 || (status === 409 && service !== 'sns.amazonaws.com');
  // "If Retry-After value is negative, EventBridge stops retrying delivery for that event."
  if (isRetryable && asked !== undefined && asked < 0) return { kind: 'refused', code: 'ERROR_FROM_TARGET', message };
  if (isRetryable)
    return { kind: 'failed', code: status === 429 ? 'THROTTLING' : 'ERROR_FROM_TARGET', message, retryAfterMs: asked };
  const isDenied = status === 401 || status === 403 || status === 407;
  return { kind: 'refused', code: isDenied ? 'NO_PERMISSIONS' : 'SDK_CLIENT_ERROR', message };
}

/** Seconds, or a date. https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d{1,10}$/.test(text)) return Number(text) * 1000;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
