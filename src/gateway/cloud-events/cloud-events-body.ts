// The CloudEvents of one request, whatever mode they come in.

import { isUtf8 } from 'node:buffer';
import { isJsonType, isTooDeep, readCloudEvent, type CloudEventEntry } from '#buses';
import { ApiError, LIMITS } from '#kernel';

type Headers = Readonly<Record<string, string | undefined>>;
type Attributes = Readonly<Record<string, unknown>>;

/** Throws ValidationException for the first that is malformed. */
export function entriesOf(headers: Headers, body: Uint8Array): readonly CloudEventEntry[] {
  const type = headers['content-type'] ?? '';
  if (/^application\/cloudevents-batch\+json\s*(;|$)/i.test(type)) return batch(body);
  if (/^application\/cloudevents\+json\s*(;|$)/i.test(type)) return [entryOf(objectOf(parse(body)))];
  if (/^application\/cloudevents/i.test(type))
    throw malformed(`The format ${type} is not known here: send application/cloudevents+json.`, 415);
  if (headers['ce-specversion'] === undefined)
    throw malformed(
      'Send a CloudEvent: application/cloudevents+json, application/cloudevents-batch+json, or ce- headers with any other content type.',
      415,
    );
  return [entryOf(binary(headers, body))];
}

function batch(body: Uint8Array): readonly CloudEventEntry[] {
  const events = parse(body);
  if (!Array.isArray(events)) throw malformed('A batch is an array of events.');
  if (events.length > LIMITS.cloudEventsPerBatch) throw malformed(`A batch has at most ${LIMITS.cloudEventsPerBatch} events.`);
  return events.map((event) => entryOf(objectOf(event)));
}

function entryOf(attributes: Attributes): CloudEventEntry {
  const read = readCloudEvent(attributes);
  if (read.kind === 'malformed') throw malformed(`The event is no CloudEvent 1.0: ${read.reason}`);
  return read.entry;
}

function binary(headers: Headers, body: Uint8Array): Attributes {
  const attributes = Object.entries(headers)
    .filter(([name]) => name.startsWith('ce-'))
    .map(([name, value = '']) => [name.slice('ce-'.length), decoded(value)]);
  return { ...Object.fromEntries(attributes), datacontenttype: headers['content-type'], ...dataOf(headers['content-type'], body) };
}

/** JSON becomes a value, text a text, and everything else base64. */
function dataOf(type: string | undefined, body: Uint8Array): Attributes {
  if (body.byteLength === 0) return {};
  if (type === undefined || isJsonType(type)) return { data: parse(body) };
  return /^text\//i.test(type) && isUtf8(body)
    ? { data: Buffer.from(body).toString() }
    : { data_base64: Buffer.from(body).toString('base64') };
}

/** Headers are percent-encoded where they are no printable ASCII. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    if (cause instanceof URIError)
      throw malformed(`The header value ${value.slice(0, 100)} is not percent-encoded as it should be.`);
    throw cause;
  }
}

function parse(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString();
  if (isTooDeep(text)) throw malformed('The body nests too deep.');
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) throw malformed(`The body is not JSON: ${cause.message}`);
    throw cause;
  }
}

function objectOf(value: unknown): Attributes {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Attributes;
  throw malformed('An event is an object.');
}

function malformed(message: string, status = 400): ApiError {
  return new ApiError('ValidationException', message, { status });
}
