// The protocols behind one face: a request becomes an operation's input, an output becomes an answer.

import assert from 'node:assert/strict';
import { cborCodec, formatCbor, parseCbor } from './cbor.ts';
import { EVENT_STREAM_TYPE, eventStream } from './event-stream.ts';
import type { StreamError } from './event-stream.ts';
import type { WireAnswer, WireBody, WireRequest } from './http.ts';
import { formatJson, jsonCodec, parseJson } from './json.ts';
import type { Operation, Protocol } from './model.ts';
import { formTree, parseForm, queryStructureReader } from './query.ts';
import { restCodec } from './rest.ts';
import { escapeXml, xmlMembersWriter } from './xml.ts';

export interface InputRequest {
  readonly operation: Operation;
  readonly protocol: Protocol;
  readonly request: WireRequest;
  /** What the route found in the path; empty outside REST. */
  readonly labels: Readonly<Record<string, string>>;
  readonly body: WireBody | undefined;
}

/** Throws MalformedRequest. What it returns has only members of the model, each of its type; constraints are validate.ts's. */
export function readInput({ operation, protocol, request, labels, body }: InputRequest): Record<string, unknown> {
  if (protocol === 'restJson1' || protocol === 'restXml') return restCodec(operation).read(request, labels, body);
  assert(body === undefined || body instanceof Uint8Array, 'RPC bodies are received whole');
  return rpcCodec(operation, protocol).read(body ?? new Uint8Array(0), request);
}

export interface OutputRequest {
  readonly operation: Operation;
  readonly protocol: Protocol;
  readonly output: Readonly<Record<string, unknown>>;
  readonly requestId: string;
  /** For what a generator of events throws. */
  readonly describeError: (error: unknown) => StreamError;
}

export function writeOutput({ operation, protocol, output, requestId, describeError }: OutputRequest): WireAnswer {
  const isRest = protocol === 'restJson1' || protocol === 'restXml';
  if (operation.eventStream === undefined) {
    return isRest ? restCodec(operation).write(output) : rpcCodec(operation, protocol).write(output, requestId);
  }
  const { [operation.eventStream.name]: events, ...initialResponse } = output;
  assert(
    typeof events === 'object' && events !== null && Symbol.asyncIterator in events,
    `a handler gave no events for ${operation.name}`,
  );
  const head = isRest ? restCodec(operation).write(initialResponse) : { status: 200, headers: {} };
  return {
    status: head.status,
    headers: { ...head.headers, 'content-type': EVENT_STREAM_TYPE },
    body: eventStream({ operation, protocol, events: events as AsyncIterable<unknown>, initialResponse, describeError }),
  };
}

interface RpcCodec {
  read(body: Uint8Array, request: WireRequest): Record<string, unknown>;
  write(output: Readonly<Record<string, unknown>>, requestId: string): WireAnswer;
}

type RpcProtocol = Exclude<Protocol, 'restJson1' | 'restXml'>;

const compiled = new WeakMap<Operation, Partial<Record<RpcProtocol, RpcCodec>>>();

function rpcCodec(operation: Operation, protocol: RpcProtocol): RpcCodec {
  let codecs = compiled.get(operation);
  if (codecs === undefined) compiled.set(operation, (codecs = {}));
  return (codecs[protocol] ??= newRpcCodec(operation, protocol));
}

function newRpcCodec(operation: Operation, protocol: RpcProtocol): RpcCodec {
  switch (protocol) {
    case 'awsJson1_0':
    case 'awsJson1_1':
      return newJsonCodec(operation, protocol === 'awsJson1_0' ? 'application/x-amz-json-1.0' : 'application/x-amz-json-1.1');
    case 'rpcv2Cbor':
      return newCborCodec(operation);
    case 'awsQuery':
      return newQueryCodec(operation);
    default:
      return protocol satisfies never;
  }
}

const all = () => true;

function newJsonCodec({ input, output }: Operation, contentType: string): RpcCodec {
  const read = jsonCodec.structureReader(input, all);
  const write = jsonCodec.structureWriter(output, all);
  const isUnit = output.name === 'Unit';
  return {
    read: (body) => read(parseJson(body), 0) as Record<string, unknown>,
    // An operation without output answers an empty body, one with an empty output `{}`.
    write: (value) => ({
      status: 200,
      headers: { 'content-type': contentType },
      body: isUnit ? new Uint8Array(0) : formatJson(write(value)),
    }),
  };
}

function newCborCodec({ input, output }: Operation): RpcCodec {
  const read = cborCodec.structureReader(input, all);
  const write = cborCodec.structureWriter(output, all);
  const headers = { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' };
  return {
    read: (body) => read(parseCbor(body), 0) as Record<string, unknown>,
    write: (value) => ({ status: 200, headers, body: formatCbor(write(value)) }),
  };
}

function newQueryCodec({ name, input, output, service }: Operation): RpcCodec {
  const read = queryStructureReader(input);
  const write = xmlMembersWriter(output, all);
  const namespace = service.xmlNamespace ?? `http://${service.signingName}.amazonaws.com/doc/${service.version}/`;
  const hasResult = output.name !== 'Unit';
  return {
    read(body, request) {
      const form = parseForm(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
      // A GET carries the same names in its query.
      for (const [key, value] of request.query) if (!form.has(key)) form.set(key, value);
      return read(formTree(form)) as Record<string, unknown>;
    },
    write(value, requestId) {
      const result = hasResult ? `<${name}Result>${write(value)}</${name}Result>` : '';
      const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`;
      const text = `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`;
      return { status: 200, headers: { 'content-type': 'text/xml' }, body: Buffer.from(text, 'utf8') };
    },
  };
}
