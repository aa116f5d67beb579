// One signed request to a platform and its answer; AWS's errors, in whichever protocol they come, become a Failure.

import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { encodeQuery, sign } from './signer.ts';
import { childText, parseXml } from './xml.ts';

export interface Call {
  /** The service's name in the signature: lambda, s3, logs, sts. */
  readonly service: string;
  readonly method: string;
  /** Percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** No answer at all for so long is a failure; a function may run for 15 minutes. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An error that the platform answered with; `code` is AWS's name of it. */
export class ServiceFailure extends Failure {
  readonly status: number;

  constructor(status: number, code: string, message: string, mend?: string) {
    super(`${code}: ${message}`, { code, mend });
    this.status = status;
  }
}

/** @throws {ServiceFailure} for an answer of 300 and above. */
export async function call(connection: Connection, request: Call): Promise<Answer> {
  const answer = await send(connection, request);
  if (answer.status < 300) return answer;
  throw failureOf(connection, answer);
}

/** The same, with undefined where the platform says that the thing does not exist. */
export async function callIfExists(connection: Connection, request: Call): Promise<Answer | undefined> {
  const answer = await send(connection, request);
  if (answer.status === 404) {
    const failure = failureOf(connection, answer);
    // An unknown operation is 404 as well, and means something else: this platform cannot tell.
    if (failure.code === 'UnknownOperationException') throw failure;
    return undefined;
  }
  if (answer.status < 300) return answer;
  throw failureOf(connection, answer);
}

function send(
  connection: Connection,
  { service, method, path, query = {}, headers = {}, body, timeoutMs = 60_000 }: Call,
): Promise<Answer> {
  const { endpoint, credentials, region } = connection;
  const pairs = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length: Record<string, string> = bytes === undefined ? {} : { 'content-length': String(bytes.byteLength) };
  const toSign = { method, host: endpoint.host, path, query: pairs, headers: { ...headers, ...length }, body: bytes };
  const signed = sign(toSign, credentials, { service, region, now: new Date() });
  const target = pairs.length === 0 ? path : `${path}?${encodeQuery(pairs)}`;
  const request = endpoint.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: endpoint.hostname, port: endpoint.port, method, path: target, headers: signed },
      (response) => {
        buffer(response).then(
          (bodyBytes) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bodyBytes }),
          fail,
        );
      },
    );
    const fail = (cause: Error): void => reject(unreachable(endpoint, cause));
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    outgoing.on('error', fail);
    outgoing.end(bytes);
  });
}

function unreachable(endpoint: URL, cause: Error & { readonly code?: string }): Failure {
  const address = endpoint.origin;
  if (cause.code === 'ECONNREFUSED') {
    const mend = 'Start one with `mayfly up`, or name another with --endpoint or AWS_ENDPOINT_URL.';
    return new Failure(`No platform answers at ${address}.`, { mend, code: 'Unreachable', cause });
  }
  return new Failure(`The request to ${address} failed: ${cause.message || (cause.code ?? 'connection lost')}.`, {
    code: 'Unreachable',
    cause,
  });
}

function failureOf(connection: Connection, { status, headers, body }: Answer): ServiceFailure {
  const { code, message } = errorIn(headers, body.toString('utf8'));
  const refusedKey = /InvalidClientTokenId|UnrecognizedClient|InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSignature/.test(
    code ?? '',
  );
  const mend = refusedKey
    ? `The request was signed with the key ${connection.credentials.accessKeyId}, from ${connection.credentialsFrom}.`
    : undefined;
  return new ServiceFailure(
    status,
    code ?? `HTTP ${status}`,
    message ?? `${connection.endpoint.origin} answered with status ${status}.`,
    mend,
  );
}

interface WireError {
  readonly code?: string;
  readonly message?: string;
}

function errorIn(headers: IncomingHttpHeaders, text: string): WireError {
  const type = headers['x-amzn-errortype'];
  const header = typeof type === 'string' ? type.split(':')[0] : undefined;
  if (text.trimStart().startsWith('<')) {
    const error = parseXml(text);
    return { code: header ?? childText(error, 'Code'), message: childText(error, 'Message') };
  }
  const document = jsonObject(text);
  const name = document['__type'] ?? document['code'] ?? document['Code'];
  const message = document['message'] ?? document['Message'];
  return {
    code: header ?? (typeof name === 'string' ? name.split('#').at(-1) : undefined),
    message: typeof message === 'string' ? message : undefined,
  };
}

function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Whatever stands in front of the platform may answer in any form; the status says enough then.
    return {};
  }
}

export function jsonOf(answer: Answer): unknown {
  return JSON.parse(answer.body.toString('utf8'));
}
