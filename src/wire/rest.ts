// The HTTP bindings of RESTful services: which member is in the path, the query, a header or the body; both ways.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { headerText, headerValue } from './http.ts';
import type { WireAnswer, WireBody, WireRequest } from './http.ts';
import { formatJson, parseJson, restJsonCodec } from './json.ts';
import type { Member, Operation, Shape, StructureShape } from './model.ts';
import { setOwn } from './scalar.ts';
import { escapeXml, parseXmlBody, textReader, textWriter, xmlMembersWriter, xmlStructureReader } from './xml.ts';

type Input = Record<string, unknown>;
type Values = Readonly<Record<string, unknown>>;
type Labels = Readonly<Record<string, string>>;

interface RequestParts {
  readonly request: WireRequest;
  readonly labels: Labels;
  readonly body: WireBody | undefined;
}

type MemberReader = (parts: RequestParts, input: Input) => void;

export interface RestCodec {
  read(request: WireRequest, labels: Labels, body: WireBody | undefined): Input;
  write(output: Values): WireAnswer;
}

const compiled = new WeakMap<Operation, RestCodec>();

export function restCodec(operation: Operation): RestCodec {
  const known = compiled.get(operation);
  if (known !== undefined) return known;
  const codec = { read: requestReader(operation), write: answerWriter(operation) };
  compiled.set(operation, codec);
  return codec;
}

/** Whether the operation's body goes to its handler as it comes: streaming blobs of S3. */
export function isStreamingInput(operation: Operation): boolean {
  const payload = operation.input.members.find(({ traits }) => traits.httpPayload);
  // Lambda's InvokeAsync is modelled as a stream too; outside S3 the body's hash must be known before the handler runs.
  return payload?.traits.streaming === 1 && operation.service.name === 's3';
}

const isXml = ({ service }: Operation) => service.protocols.includes('restXml');

/** What the traits of a response say binds no request, and the other way round: API Gateway's lists have members that are both. */
const isInRequestBody = ({ traits }: Member) =>
  !traits.httpLabel &&
  traits.httpQuery === undefined &&
  !traits.httpQueryParams &&
  traits.httpHeader === undefined &&
  traits.httpPrefixHeaders === undefined &&
  !traits.httpPayload;

const isInAnswerBody = ({ traits }: Member) =>
  traits.httpHeader === undefined && traits.httpPrefixHeaders === undefined && !traits.httpPayload && !traits.httpResponseCode;

function requestReader(operation: Operation): RestCodec['read'] {
  const bound = operation.input.members.flatMap((member) => memberReader(operation, member) ?? []);
  const readBody = operation.input.members.some(isInRequestBody) ? bodyReader(operation) : undefined;
  return (request, labels, body) => {
    const parts = { request, labels, body };
    const input: Input = readBody?.(wholeBody(body)) ?? {};
    for (const read of bound) read(parts, input);
    return input;
  };
}

function wholeBody(body: WireBody | undefined): Uint8Array {
  assert(body === undefined || body instanceof Uint8Array, 'only streaming operations are read from a stream');
  return body ?? new Uint8Array(0);
}

function bodyReader(operation: Operation): (body: Uint8Array) => Input {
  if (isXml(operation)) {
    const read = xmlStructureReader(operation.input, isInRequestBody);
    return (body) => (body.length === 0 ? {} : (read(parseXmlBody(body)) as Input));
  }
  const read = restJsonCodec.structureReader(operation.input, isInRequestBody);
  return (body) => read(parseJson(body), 0) as Input;
}

function memberReader(operation: Operation, member: Member): MemberReader | undefined {
  const { name, traits } = member;
  if (traits.httpLabel) return fromText(member, ({ labels }) => labels[name]);
  if (traits.httpQuery !== undefined) return queryReader(member, traits.httpQuery);
  if (traits.httpQueryParams) return otherQueriesReader(operation, member);
  if (traits.httpHeader !== undefined) return headerReader(member, traits.httpHeader.toLowerCase());
  if (traits.httpPrefixHeaders !== undefined) return prefixHeadersReader(name, traits.httpPrefixHeaders.toLowerCase());
  return traits.httpPayload ? payloadReader(operation, member) : undefined;
}

function fromText(member: Member, find: (parts: RequestParts) => string | undefined): MemberReader {
  assert(member.shape.kind === 'simple', `${member.name} cannot be bound to text`);
  const read = textReader(member.shape, member.name);
  return (parts, input) => {
    const text = find(parts);
    if (text !== undefined) input[member.name] = read(text);
  };
}

function queryReader(member: Member, parameter: string): MemberReader {
  const { name, shape } = member;
  if (shape.kind !== 'list') return fromText(member, ({ request }) => request.query.find(([known]) => known === parameter)?.[1]);
  assert(shape.item.shape.kind === 'simple', `${name} cannot be bound to a query`);
  const read = textReader(shape.item.shape, name);
  return ({ request }, input) => {
    const values = request.query.filter(([known]) => known === parameter).map(([, value]) => read(value));
    if (values.length > 0) input[name] = values;
  };
}

/** Every parameter that no other member has taken. */
function otherQueriesReader(operation: Operation, { name, shape }: Member): MemberReader {
  const taken = new Set(operation.input.members.flatMap(({ traits }) => traits.httpQuery ?? []));
  for (const pair of operation.http?.uri.split('?')[1]?.split('&') ?? []) taken.add(pair.split('=')[0] ?? '');
  const isMultiple = shape.kind === 'map' && shape.value.shape.kind === 'list';
  return ({ request }, input) => {
    const found: Record<string, unknown> = {};
    for (const [parameter, value] of request.query) {
      if (taken.has(parameter)) continue;
      const before = Object.hasOwn(found, parameter) ? found[parameter] : undefined;
      setOwn(found, parameter, isMultiple ? [...((before as string[] | undefined) ?? []), value] : (before ?? value));
    }
    if (Object.keys(found).length > 0) input[name] = found;
  };
}

function headerReader(member: Member, header: string): MemberReader {
  const { name, shape } = member;
  if (shape.kind === 'list') {
    assert(shape.item.shape.kind === 'simple', `${name} cannot be bound to a header`);
    const read = textReader(shape.item.shape, name);
    return ({ request }, input) => {
      const text = request.headers[header];
      if (text !== undefined) input[name] = splitHeader(headerText(text)).map(read);
    };
  }
  return fromText(member, ({ request }) => {
    const text = request.headers[header];
    return text === undefined ? undefined : headerText(text);
  });
}

/** A list in a header, divided by commas; an item may be quoted. */
function splitHeader(text: string): string[] {
  const items = text.match(/\s*(?:"(?:[^"\\]|\\.)*"|[^",\s][^,]*)/g) ?? [];
  return items.map((item) => item.trim()).map((item) => (item.startsWith('"') ? item.slice(1, -1).replace(/\\(.)/g, '$1') : item));
}

function prefixHeadersReader(name: string, prefix: string): MemberReader {
  return ({ request }, input) => {
    let found: Record<string, unknown> | undefined;
    for (const header of Object.keys(request.headers)) {
      const value = request.headers[header];
      if (header.startsWith(prefix) && value !== undefined) setOwn((found ??= {}), header.slice(prefix.length), headerText(value));
    }
    if (found !== undefined) input[name] = found;
  };
}

function payloadReader(operation: Operation, { name, shape, traits }: Member): MemberReader {
  if (traits.streaming) {
    return ({ body }, input) => {
      if (body !== undefined) input[name] = body instanceof Uint8Array ? Readable.from([body]) : body;
    };
  }
  const read = wholePayloadReader(operation, shape);
  return ({ body }, input) => {
    const bytes = wholeBody(body);
    if (bytes.length > 0) input[name] = read(bytes);
  };
}

function wholePayloadReader(operation: Operation, shape: Shape): (bytes: Uint8Array) => unknown {
  if (shape.kind === 'structure' || shape.kind === 'union') {
    if (isXml(operation)) {
      const read = xmlStructureReader(shape, () => true);
      return (bytes) => read(parseXmlBody(bytes));
    }
    const read = restJsonCodec.structureReader(shape, () => true);
    return (bytes) => read(parseJson(bytes), 0);
  }
  assert(shape.kind === 'simple', 'lists and maps cannot be payloads');
  return shape.type === 'blob'
    ? (bytes) => bytes
    : (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

type HeaderWriter = (output: Values, headers: Record<string, string>) => void;

interface WrittenBody {
  readonly contentType: string;
  readonly body: WireAnswer['body'];
}

function answerWriter(operation: Operation): RestCodec['write'] {
  const headerWriters = operation.output.members.flatMap((member) => headerWriter(member) ?? []);
  const codeMember = operation.output.members.find(({ traits }) => traits.httpResponseCode)?.name;
  const writeBody = answerBodyWriter(operation);
  const modelledStatus = operation.http?.status ?? 200;
  return (output) => {
    const status = (output['$status'] ?? (codeMember === undefined ? undefined : output[codeMember]) ?? modelledStatus) as number;
    const headers: Record<string, string> = {};
    for (const write of headerWriters) write(output, headers);
    const written = writeBody(output, status);
    if (written !== undefined) headers['content-type'] ??= written.contentType;
    return { status, headers, body: written?.body };
  };
}

function headerWriter(member: Member): HeaderWriter | undefined {
  const { name, shape, traits } = member;
  if (traits.httpPrefixHeaders !== undefined) {
    const prefix = traits.httpPrefixHeaders;
    return (output, headers) => {
      for (const [key, value] of Object.entries((output[name] as Record<string, string> | undefined) ?? {}))
        headers[prefix + key] = headerValue(value);
    };
  }
  if (traits.httpHeader === undefined) return undefined;
  const header = traits.httpHeader.toLowerCase();
  const simple = shape.kind === 'list' ? shape.item.shape : shape;
  assert(simple.kind === 'simple', `${name} cannot be bound to a header`);
  const write = textWriter(simple, member, 'http-date');
  return (output, headers) => {
    const value = output[name];
    if (value !== undefined && value !== null)
      headers[header] = headerValue(Array.isArray(value) ? value.map(write).join(', ') : write(value));
  };
}

function answerBodyWriter(operation: Operation): (output: Values, status: number) => WrittenBody | undefined {
  const payload = operation.output.members.find(({ traits }) => traits.httpPayload);
  if (payload !== undefined) return payloadWriter(operation, payload);
  if (isXml(operation)) return xmlBodyWriter(operation);
  const hasMembers = operation.output.members.some(isInAnswerBody);
  const write = restJsonCodec.structureWriter(operation.output, isInAnswerBody);
  // A service answers an output without members with `{}`, unless the status forbids a body or the output says all in its headers.
  return (output, status) => {
    if (status === 204 || (!hasMembers && operation.output.members.length > 0) || operation.output.name === 'Unit')
      return undefined;
    return { contentType: 'application/json', body: formatJson(write(output)) };
  };
}

function xmlBodyWriter(operation: Operation): (output: Values) => WrittenBody | undefined {
  const { output: shape } = operation;
  if (!shape.members.some(isInAnswerBody)) return () => undefined;
  const root = shape.xmlName ?? shape.name;
  const writeMembers = operation.isUnwrapped ? unwrappedWriter(operation) : xmlMembersWriter(shape, isInAnswerBody);
  return (output) => ({ contentType: 'application/xml', body: xmlDocument(operation, root, writeMembers(output)) });
}

/** The one member's text stands in the root itself: `<LocationConstraint>eu-west-1</LocationConstraint>`. */
function unwrappedWriter({ output }: Operation): (value: Values) => string {
  const [member] = output.members;
  assert(member !== undefined && member.shape.kind === 'simple', `${output.name} cannot be unwrapped`);
  const write = textWriter(member.shape, member, 'date-time');
  return (value) => {
    const item = value[member.name];
    return item === undefined || item === null ? '' : escapeXml(write(item));
  };
}

function payloadWriter(operation: Operation, member: Member): (output: Values) => WrittenBody | undefined {
  const { name, shape } = member;
  if (shape.kind === 'structure' || shape.kind === 'union') return structurePayloadWriter(operation, member, shape);
  assert(shape.kind === 'simple', 'lists and maps cannot be payloads');
  if (shape.type === 'blob') {
    // Lambda's payloads are JSON, API Gateway's exports name their own type.
    const contentType = isXml(operation) ? 'application/octet-stream' : 'application/json';
    return (output) => present(output[name], contentType, bytesOrStream);
  }
  const write = textWriter(shape, member, 'date-time');
  return (output) => present(output[name], 'text/plain', (value) => Buffer.from(write(value), 'utf8'));
}

function structurePayloadWriter(
  operation: Operation,
  { name, traits }: Member,
  shape: StructureShape,
): (output: Values) => WrittenBody | undefined {
  if (!isXml(operation)) {
    const write = restJsonCodec.structureWriter(shape, () => true);
    return (output) => present(output[name], 'application/json', (value) => formatJson(write(value)));
  }
  const root = traits.xmlName ?? shape.xmlName ?? shape.name;
  const writeMembers = xmlMembersWriter(shape, () => true);
  const write = (value: unknown) => xmlDocument(operation, root, writeMembers(value));
  return (output) => present(output[name], 'application/xml', write);
}

function xmlDocument({ service }: Operation, root: string, content: string): Buffer {
  const namespace = service.xmlNamespace === undefined ? '' : ` xmlns="${service.xmlNamespace}"`;
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${content}</${root}>`, 'utf8');
}

function present(value: unknown, contentType: string, write: (value: unknown) => WireAnswer['body']): WrittenBody | undefined {
  return value === undefined || value === null ? undefined : { contentType, body: write(value) };
}

function bytesOrStream(value: unknown): WireAnswer['body'] {
  assert(value instanceof Uint8Array || value instanceof Readable, 'a handler gave neither bytes nor a stream as payload');
  return value;
}
