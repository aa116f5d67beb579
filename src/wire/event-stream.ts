// Event streams out: AWS's binary framing of a handler's async generator. https://smithy.io/2.0/aws/amazon-eventstream.html

import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { formatJson, jsonCodec, restJsonCodec } from './json.ts';
import type { Member, ModelledError, Operation, Protocol, StructureShape } from './model.ts';
import { xmlMembersWriter } from './xml.ts';

export const EVENT_STREAM_TYPE = 'application/vnd.amazon.eventstream';

/** What an exception in the middle of a stream is told as. */
export interface StreamError {
  readonly code: string;
  readonly message: string;
  readonly modelled: ModelledError | undefined;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface EventStreamRequest {
  readonly operation: Operation;
  readonly protocol: Protocol;
  readonly events: AsyncIterable<unknown>;
  /** The output's other members: over RPC they open the stream as `initial-response`, which botocore insists on. */
  readonly initialResponse: Readonly<Record<string, unknown>>;
  /** Turns what the generator threw into words for the caller. */
  readonly describeError: (error: unknown) => StreamError;
}

export async function* eventStream(request: EventStreamRequest): AsyncGenerator<Uint8Array> {
  const { operation, protocol, events, initialResponse, describeError } = request;
  assert(operation.eventStream !== undefined, `${operation.name} has no event stream`);
  const union = operation.eventStream.shape as StructureShape;
  const contentType = protocol === 'restXml' ? 'text/xml' : 'application/json';
  if (protocol === 'awsJson1_0' || protocol === 'awsJson1_1') {
    const write = jsonCodec.structureWriter(operation.output, (member) => member !== operation.eventStream);
    yield frame(
      { ':message-type': 'event', ':event-type': 'initial-response', ':content-type': contentType },
      formatJson(write(initialResponse)),
    );
  }
  const writers = new Map(union.members.map((member) => [member.name, eventWriter(member, protocol)]));
  try {
    for await (const event of events) {
      const [name, value] = Object.entries(event as object).find(([, item]) => item !== undefined) ?? [];
      const write = writers.get(name ?? '');
      assert(name !== undefined && write !== undefined, `${name} is no event of ${union.name}`);
      yield write(value);
    }
  } catch (error) {
    yield errorFrame(describeError(error), union);
  }
}

function eventWriter(member: Member, protocol: Protocol): (value: unknown) => Uint8Array {
  const { name, shape } = member;
  assert(shape.kind === 'structure', `the event ${name} is no structure`);
  const headers = { ':message-type': 'event', ':event-type': name };
  const payload = shape.members.find(({ traits }) => traits.eventPayload);
  if (payload?.shape.kind === 'simple' && payload.shape.type === 'blob') {
    return (value) =>
      frame(
        { ...headers, ':content-type': 'application/octet-stream' },
        (value as Record<string, Uint8Array>)[payload.name] ?? EMPTY,
      );
  }
  const target = payload === undefined ? shape : (payload.shape as StructureShape);
  const pick = (value: unknown) => (payload === undefined ? value : (value as Record<string, unknown>)[payload.name]);
  if (protocol === 'restXml') {
    const write = xmlMembersWriter(target, () => true);
    const isEmpty = target.members.length === 0;
    return (value) =>
      isEmpty
        ? frame(headers, EMPTY)
        : frame(
            { ...headers, ':content-type': 'text/xml' },
            Buffer.from(`<${target.name}>${write(pick(value))}</${target.name}>`, 'utf8'),
          );
  }
  const codec = protocol === 'restJson1' ? restJsonCodec : jsonCodec;
  const write = codec.structureWriter(target, () => true);
  return (value) => frame({ ...headers, ':content-type': 'application/json' }, formatJson(write(pick(value))));
}

/** An error that the union names is one of its exceptions; any other ends the stream as an unmodelled error. */
function errorFrame({ code, message, modelled, fields }: StreamError, union: StructureShape): Uint8Array {
  const member = modelled && union.members.find(({ shape }) => shape === modelled.shape);
  if (member === undefined) return frame({ ':message-type': 'error', ':error-code': code, ':error-message': message }, EMPTY);
  const headers = { ':message-type': 'exception', ':exception-type': member.name, ':content-type': 'application/json' };
  return frame(headers, formatJson({ ...fields, message }));
}

const EMPTY = new Uint8Array(0);
const STRING = 7;

/** Prelude (total length, headers length, CRC), headers, payload, CRC of all. */
function frame(headers: Readonly<Record<string, string>>, payload: Uint8Array): Buffer {
  const encoded: Buffer[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const text = Buffer.from(value, 'utf8').subarray(0, 0x7fff);
    const head = Buffer.allocUnsafe(1 + name.length + 3);
    head[0] = name.length;
    head.write(name, 1, 'latin1');
    head[1 + name.length] = STRING;
    head.writeUInt16BE(text.length, 2 + name.length);
    encoded.push(head, text);
  }
  const headersLength = encoded.reduce((sum, part) => sum + part.length, 0);
  const message = Buffer.allocUnsafe(16 + headersLength + payload.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(headersLength, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  let at = 12;
  for (const part of encoded) at += part.copy(message, at);
  message.set(payload, at);
  message.writeUInt32BE(crc32(message.subarray(0, message.length - 4)), message.length - 4);
  return message;
}
