// Mayfly's own paths, beside AWS's: health for whoever watches the process; bill, usage, messages, doctor and the ends of executions for the root key.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, ERROR_CODES, LIMITS } from '#kernel';
import type { Route, RouteDoor } from '../gateway.ts';
import { EndStreams } from './end-stream.ts';
import type { FollowEnds } from './end-stream.ts';

/** Whether the platform can keep its promises now, and what stands in the way. */
export interface Health {
  readonly status: 'ok' | 'degraded';
  /** One sentence each. */
  readonly problems: readonly string[];
  /** What was accepted and is not handed on yet; targets that fail are their owners' business, and the platform is well with them. */
  readonly events: {
    readonly waiting: number;
    readonly failingTargets: number;
    readonly deadLettered: number;
    readonly dropped: number;
  };
}

export interface PlatformPages {
  health(): Promise<Health>;
  /** `month` is `2026-11`; undefined is the current one. */
  bill(month: string | undefined): Promise<object>;
  /** What the attempts of one request used. */
  usage(requestId: string): Promise<object>;
  doctor(): Promise<object>;
  /** What a receive would bring first, left as it is. */
  messages(queue: string, limit: number): Promise<object>;
  /** How an execution of a state machine stands when it has ended, when the time is over, or when nobody waits any more. */
  executionEnd(executionArn: string, waitSeconds: number, signal: AbortSignal): Promise<object>;
  readonly followEnds: FollowEnds;
}

/** Signed with SigV4 for this service name; AWS has no service of that name, so no signature for one serves for the other. */
const SIGNING_NAME = 'mayfly';
const PREFIX = '/_mayfly/';
const NOTHING = new Uint8Array(0);

/** Place it last of the routes: it answers everything below `/_mayfly/`. */
export function platformRoute(pages: PlatformPages): Route {
  const endStreams = new EndStreams(pages.followEnds);
  return (request, response, url, door) => {
    if (!url.pathname.startsWith(PREFIX)) return false;
    return answer({ pages, endStreams, request, response, url, door });
  };
}

interface PageRequest {
  readonly pages: PlatformPages;
  readonly endStreams: EndStreams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly door: RouteDoor;
}

async function answer({ pages, endStreams, request, response, url, door }: PageRequest): Promise<true> {
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new ApiError('MethodNotAllowed', `${PREFIX}* takes GET and HEAD only.`);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    if (url.pathname === `${PREFIX}executions/ends` && request.method === 'GET') {
      await requireRoot(door);
      endStreams.open(response, door.closing);
      return true;
    }
    const { status, page } = await find({ pages, url, door, signal: gone.signal });
    write(response, status, page);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    write(response, error.status ?? ERROR_CODES[error.code].status, { code: error.code, message: error.message });
  }
  return true;
}

interface Finding extends Pick<PageRequest, 'pages' | 'url' | 'door'> {
  /** Aborts when its client is gone. */
  readonly signal: AbortSignal;
}

const EXECUTION_END = /^executions\/(.+)\/end$/;

async function find({ pages, url, door, signal }: Finding): Promise<{ readonly status: number; readonly page: object }> {
  const name = url.pathname.slice(PREFIX.length);
  if (name === 'health') {
    const health = await pages.health();
    return { status: health.status === 'ok' ? 200 : 503, page: health };
  }
  await requireRoot(door);
  const execution = EXECUTION_END.exec(name)?.[1];
  if (execution !== undefined) {
    const waitSeconds = parseSeconds(url.searchParams.get('seconds'));
    return { status: 200, page: await pages.executionEnd(decodePart(execution), waitSeconds, signal) };
  }
  switch (name) {
    case 'bill':
      return { status: 200, page: await pages.bill(parseMonth(url.searchParams.get('month'))) };
    case 'usage':
      return { status: 200, page: await pages.usage(parseRequestId(url.searchParams.get('request'))) };
    case 'doctor':
      return { status: 200, page: await pages.doctor() };
    case 'messages':
      return {
        status: 200,
        page: await pages.messages(url.searchParams.get('queue') ?? '', parseLimit(url.searchParams.get('limit'))),
      };
    default:
      throw new ApiError(
        'ResourceNotFoundException',
        `There is no page ${url.pathname.slice(0, 128)}. There are health, bill, usage, messages, doctor, executions/ends and executions/<ARN>/end.`,
        { status: 404 },
      );
  }
}

async function requireRoot(door: RouteDoor): Promise<void> {
  const principal = await door.authenticate(SIGNING_NAME, NOTHING);
  if (principal.kind !== 'root')
    throw new ApiError(
      'AccessDeniedException',
      'Sign the request with the root key, for the service "mayfly" (the mayfly command does).',
      { status: 403 },
    );
}

function parseMonth(text: string | null): string | undefined {
  if (text === null) return undefined;
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text;
  throw new ApiError('ValidationException', 'month must look like 2026-11.', { status: 400 });
}

function parseRequestId(text: string | null): string {
  if (text !== null && /^[0-9a-f-]{36}$/.test(text)) return text;
  throw new ApiError('ValidationException', 'request must be the id of a request, as x-amzn-RequestId gives it.', { status: 400 });
}

function parseLimit(text: string | null): number {
  const limit = Number(text ?? 10);
  if (Number.isInteger(limit) && limit >= 1 && limit <= LIMITS.peekedMessages) return limit;
  throw new ApiError('ValidationException', `limit must be from 1 to ${LIMITS.peekedMessages}.`, { status: 400 });
}

function parseSeconds(text: string | null): number {
  const seconds = Number(text ?? LIMITS.executionEndSeconds);
  if (seconds >= 0 && seconds <= LIMITS.executionEndSeconds) return seconds;
  throw new ApiError('ValidationException', `seconds must be from 0 to ${LIMITS.executionEndSeconds}.`, { status: 400 });
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new ApiError('ValidationException', 'The path is not well encoded.', { status: 400, cause });
  }
}

/** Numbers that pass what a JSON number holds travel as text. */
function write(response: ServerResponse, status: number, page: object): void {
  const body = Buffer.from(
    `${JSON.stringify(page, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value))}\n`,
  );
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length, 'cache-control': 'no-store' });
  response.end(body);
}
