// CloudEvents 1.0, in and out. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
//
//   CloudEvent                      event
//   type                            detail-type
//   source                          source
//   time                            time
//   id                              id, on the way out; on the way in the bus gives its own, and the sender's is `detail.cloudevent.id`
//   subject                         resources (one)
//   data                            detail; what is no JSON object goes into `detail.data`, other media types as `detail.data_base64`
//   dataschema, extensions          `detail.cloudevent`, with the sender's id; and the datacontenttype of what is no JSON

import type { BusEvent } from './bus-event.ts';
import { eventTime } from './bus-event.ts';

/** What a CloudEvent is on a bus. */
export interface CloudEventEntry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  readonly resources: readonly string[];
  readonly timeMs?: number | undefined;
}

export type ReadCloudEvent =
  | { readonly kind: 'event'; readonly entry: CloudEventEntry }
  | { readonly kind: 'malformed'; readonly reason: string };

const CONTEXT = new Set(['specversion', 'id', 'source', 'type', 'time', 'subject', 'data', 'data_base64']);

/** Of RFC 3339: the other dates that `Date.parse` takes depend on the machine's zone. */
const TIMESTAMP = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

const OPTIONAL = ['time', 'subject'];

/** `attributes` are those of structured mode; in binary mode, the headers without `ce-`, and `data` or `data_base64` from the body. */
export function readCloudEvent(attributes: Readonly<Record<string, unknown>>): ReadCloudEvent {
  const malformed = (reason: string): ReadCloudEvent => ({ kind: 'malformed', reason });
  if (attributes['specversion'] !== '1.0') return malformed('specversion must be 1.0.');
  for (const name of ['id', 'source', 'type', ...OPTIONAL.filter((each) => attributes[each] !== undefined)])
    if (typeof attributes[name] !== 'string' || attributes[name] === '')
      return malformed(`${name} must be a text that is not empty.`);
  const { id, source, type, time, subject } = attributes as Readonly<Record<string, string | undefined>>;
  const timeMs = time === undefined ? undefined : TIMESTAMP.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(timeMs)) return malformed('time must be a timestamp of RFC 3339.');
  if (attributes['data'] !== undefined && attributes['data_base64'] !== undefined)
    return malformed('data and data_base64 exclude each other.');
  const extensions = Object.fromEntries(
    Object.entries(attributes).filter(([name, value]) => !CONTEXT.has(name) && !(name === 'datacontenttype' && isJsonType(value))),
  );
  const detail = { ...dataOf(attributes), cloudevent: { id, ...extensions } };
  return {
    kind: 'event',
    entry: {
      source: source ?? '',
      detailType: type ?? '',
      detail: JSON.stringify(detail),
      resources: subject === undefined ? [] : [subject],
      timeMs,
    },
  };
}

/** What a detail is anyway. */
export function isJsonType(type: unknown): boolean {
  return typeof type === 'string' && /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type);
}

function dataOf({ data, data_base64: base64 }: Readonly<Record<string, unknown>>): object {
  if (base64 !== undefined) return { data_base64: base64 };
  if (data === undefined) return {};
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? data : { data };
}

export type CloudEventMode = 'structured' | 'binary';

/** A target asks for CloudEvents by the headers that it sets: their media type, or their version. Names are in lower case. */
export function cloudEventModeOf(headers: Readonly<Record<string, string>>): CloudEventMode | undefined {
  if (/^application\/cloudevents\+json\b/i.test(headers['content-type'] ?? '')) return 'structured';
  return headers['ce-specversion'] === '1.0' ? 'binary' : undefined;
}

/** `input` is the target's: the detail where it says nothing else. */
export function structuredCloudEvent(event: BusEvent, input: string): string {
  const envelope = JSON.stringify({ specversion: '1.0', ...attributesOf(event), datacontenttype: 'application/json' });
  return `${envelope.slice(0, -1)},"data":${input}}`;
}

export function binaryHeaders(event: BusEvent): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries({ specversion: '1.0', ...attributesOf(event) }).map(([name, value]) => [`ce-${name}`, headerValue(value)]),
  );
}

function attributesOf({ members }: BusEvent): Readonly<Record<string, string>> {
  const { id, source, detailType, timeMs, resources } = members;
  const [subject] = resources;
  return { id, source, type: detailType, time: eventTime(timeMs), ...(subject === undefined ? {} : { subject }) };
}

/** As the HTTP binding wants it: what is no printable ASCII, and the quote and the percent sign, percent-encoded. */
function headerValue(value: string): string {
  return value.replaceAll(/[^\u0021-\u007e]|["%]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}
