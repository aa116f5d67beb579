// The two protocols that most services of events speak: one JSON document to `/` with the operation in a header, and forms with XML.

import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { call, jsonOf } from '../http/client.ts';
import { parseXml } from '../http/xml.ts';
import type { XmlElement } from '../http/xml.ts';

/** In the signature, in the header, and the version of the protocol. */
interface JsonService {
  readonly service: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

export const SQS: JsonService = { service: 'sqs', target: 'AmazonSQS', version: '1.0' };
export const EVENTS: JsonService = { service: 'events', target: 'AWSEvents', version: '1.1' };
export const STATES: JsonService = { service: 'states', target: 'AWSStepFunctions', version: '1.0' };

/** A long poll takes 20 s; a little more, so that its answer comes first. */
const TIMEOUT_MS = 30_000;

export async function jsonOperation(
  connection: Connection,
  { service, target, version }: JsonService,
  operation: string,
  input: object,
  timeoutMs = TIMEOUT_MS,
): Promise<unknown> {
  const answer = await call(connection, {
    service,
    method: 'POST',
    path: '/',
    headers: { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': `${target}.${operation}` },
    body: JSON.stringify(input),
    timeoutMs,
  });
  return answer.body.length === 0 ? {} : jsonOf(answer);
}

/** SNS: members of lists and maps are written out by the caller, as `Tags.member.1.Key`. */
export async function snsOperation(
  connection: Connection,
  operation: string,
  input: Readonly<Record<string, string>>,
): Promise<XmlElement> {
  const { body } = await call(connection, {
    service: 'sns',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Action: operation, Version: '2010-03-31', ...input }).toString(),
  });
  return parseXml(body.toString('utf8'));
}

/** What only some answers mean: undefined where the error has one of these names. */
export async function unless<Result>(codes: readonly string[], work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Failure && codes.some((code) => error.code?.endsWith(code) === true)) return undefined;
    throw error;
  }
}
