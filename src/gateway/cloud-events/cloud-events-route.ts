// `POST /_mayfly/events/<bus>`: CloudEvents 1.0 over HTTP, structured, binary and in batches, onto a bus.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
//
// Whoever sends them signs the request as one of EventBridge's (SigV4, service `events`), or has the bearer key that the operator has set.
// A batch is accepted as a whole or not at all.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Buses } from '#buses';
import { ApiError, ERROR_CODES, LIMITS, type Clock, type Log, type Scope } from '#kernel';
import { BodyReceiver } from '../body.ts';
import { BodyTooLarge } from '../failure.ts';
import type { Route, RouteDoor } from '../gateway.ts';
import { entriesOf } from './cloud-events-body.ts';

export interface CloudEventsParts {
  readonly buses: Pick<Buses, 'administration' | 'putTogether'>;
  /** What `Authorization: Bearer` must say; undefined where requests must be signed. */
  readonly bearerKey: string | undefined;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

const PREFIX = '/_mayfly/events/';
const SIGNING_NAME = 'events';
/** JSON in JSON may need twice the bytes of what is counted. */
const BODY_BYTES = 4 * LIMITS.busEntriesBytes;
/** All requests of this route together. */
const BUFFERED_BYTES = 32 * 1024 * 1024;
const STALL_MS = 30_000;

/** Before the platform's own pages, which answer everything else below `/_mayfly/`. */
export function cloudEventsRoute(parts: CloudEventsParts): Route {
  const bodies = new BodyReceiver({ clock: parts.clock, stallMs: STALL_MS, bufferedBytesMax: BUFFERED_BYTES });
  return (request, response, url, door) => {
    if (!url.pathname.startsWith(PREFIX)) return false;
    // Names of buses need no percent-encoding.
    const bus = url.pathname.slice(PREFIX.length);
    return answer({ parts, bodies, request, response, bus, door });
  };
}

interface Sending {
  readonly parts: CloudEventsParts;
  readonly bodies: BodyReceiver;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly bus: string;
  readonly door: RouteDoor;
}

async function answer(sending: Sending): Promise<true> {
  const { response, parts, door } = sending;
  try {
    write(response, 200, { events: await accept(sending) });
  } catch (error) {
    const refusal = error instanceof BodyTooLarge ? tooLarge(error) : error;
    if (refusal instanceof ApiError)
      write(response, refusal.status ?? ERROR_CODES[refusal.code].status, { code: refusal.code, message: refusal.message });
    else {
      parts.log.write('error', 'cloud-events.failed', { requestId: door.requestId, cause: error });
      write(response, 500, { code: 'InternalFailure', message: `The events were not accepted. Request: ${door.requestId}` });
    }
  }
  return true;
}

/** The ids that the bus has given. */
async function accept({ parts, bodies, request, response, bus, door }: Sending): Promise<readonly string[]> {
  if (request.method !== 'POST') throw new ApiError('MethodNotAllowed', `${PREFIX}<bus> takes POST only.`, { status: 405 });
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  const hasKey = isBearer(headers['authorization'], parts.bearerKey);
  // Nobody's bodies take the room of those who say who they are.
  if (!hasKey && headers['authorization'] === undefined && !isPresigned(request)) throw unsigned();
  door.acceptBody();
  const body = await bodies.whole({ request, response, headers }, undefined, BODY_BYTES);
  try {
    if (!hasKey) await requireSignature(door, body.bytes);
    // Unlike PutEvents, which takes events for a bus that there is not.
    await parts.buses.administration.get(parts.scope, bus).catch((cause: unknown) => {
      if (!(cause instanceof ApiError) || cause.code !== 'ResourceNotFoundException') throw cause;
      throw new ApiError('ResourceNotFoundException', `Event bus ${bus} does not exist.`, { status: 404, cause });
    });
    const entries = entriesOf(headers, body.bytes);
    const outcomes = await parts.buses.putTogether(
      parts.scope,
      entries.map((entry) => ({ ...entry, bus, traceHeader: headers['x-amzn-trace-id'] })),
    );
    return outcomes.map((outcome) => {
      if (outcome.kind === 'refused') throw new ApiError('ValidationException', outcome.message, { status: 400 });
      return outcome.eventId;
    });
  } finally {
    body.release();
  }
}

async function requireSignature(door: RouteDoor, body: Uint8Array): Promise<void> {
  const principal = await door.authenticate(SIGNING_NAME, body);
  if (principal.kind !== 'root') throw unsigned();
}

function isPresigned({ url = '' }: IncomingMessage): boolean {
  return url.includes('X-Amz-Signature=');
}

function unsigned(): ApiError {
  return new ApiError('MissingAuthenticationTokenException', 'Sign the request for the service "events", or send the bearer key.', {
    status: 401,
  });
}

/** Compared by their hashes: the time that it takes says nothing of the key. */
function isBearer(authorization: string | undefined, key: string | undefined): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (given === undefined) return false;
  if (key !== undefined && timingSafeEqual(hashOf(given), hashOf(key))) return true;
  throw new ApiError('AccessDeniedException', 'The bearer key is not the one that the operator has set.', { status: 401 });
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function tooLarge(cause: BodyTooLarge): ApiError {
  return new ApiError('RequestTooLargeException', cause.message, { status: 413, cause });
}

function write(response: ServerResponse, status: number, page: object): void {
  const body = Buffer.from(`${JSON.stringify(page)}\n`);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, 'cache-control': 'no-store' });
  response.end(body);
}
