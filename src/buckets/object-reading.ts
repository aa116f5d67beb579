// Reading: finds an object, checks what the caller requires of it, and opens the bytes that are asked for.

import { Readable } from 'node:stream';
import { ApiError } from '#kernel';
import type { BlobSpan, ObjectEntry } from '#store';
import { bucketRef, requireBucket } from './bucket-settings.ts';
import { resolveRange, type ByteRange } from './byte-range.ts';
import { ContentStream } from './content-stream.ts';
import { evaluateConditions, matchesEtag, preconditionFailed, wholeSeconds, type ReadConditions } from './conditions.ts';
import { attributesOf, partsOf, type ObjectAttributes, type StoredPart } from './object-attributes.ts';
import type { ObjectRef, Room } from './room.ts';
import { noSuchKey } from './visible-step.ts';

export interface ReadRequest extends ObjectRef {
  readonly conditions: ReadConditions;
  readonly range?: string | undefined;
  /** Range counts only if this entity tag or HTTP date is still the object's. */
  readonly ifRange?: string | undefined;
  readonly partNumber?: number | undefined;
}

export interface ObjectView {
  readonly etag: string;
  /** Of the whole object. */
  readonly bytes: number;
  readonly lastModifiedMs: number;
  readonly attributes: ObjectAttributes;
  /** Of an object that was uploaded in parts. */
  readonly partCount: number | undefined;
  parts(): readonly StoredPart[] | undefined;
  /** What the answer holds, when it is not everything. */
  readonly selection?: Selection | undefined;
}

export interface Selection {
  readonly range: ByteRange;
  readonly part?: StoredPart | undefined;
}

export interface OpenObject extends ObjectView {
  /** A small content at once, a large one as it is read. */
  readonly body: Uint8Array | Readable;
}

/**
 * Up to here a content is read into memory and its file closed before the answer begins. Measured at 1 KiB: a stream costs as much
 * as looking the object up and checking the signature together.
 */
const SMALL_BYTES = 64 * 1024;

export async function headObject(room: Room, request: ReadRequest): Promise<ObjectView> {
  const entry = await room.objects.get(bucketRef(request), request.key);
  return viewOf(request, entry ?? (await refuseMissing(room, request)));
}

/** The body holds on to its bytes, whatever happens to the object, until it is read or destroyed. */
export async function openObject(room: Room, request: ReadRequest): Promise<OpenObject> {
  const held = await room.lifetimes.hold(() => room.objects.get(bucketRef(request), request.key));
  if (held === undefined) return refuseMissing(room, request);
  try {
    const view = viewOf(request, held.entry);
    const range = view.selection?.range ?? { start: 0, end: view.bytes };
    const inline = inlineContent(held.entry, range);
    if (inline !== undefined) {
      held.release();
      return { ...view, body: inline };
    }
    const content = await openContent(room, held.entry, range);
    if (range.end - range.start <= SMALL_BYTES) {
      const body = await readWhole(content, range.end - range.start);
      held.release();
      return { ...view, body };
    }
    content.once('close', () => held.release());
    return { ...view, body: content };
  } catch (error) {
    held.release();
    throw error;
  }
}

export async function refuseMissing(room: Room, ref: ObjectRef): Promise<never> {
  await requireBucket(room.objects, ref);
  throw noSuchKey(ref.key);
}

function viewOf(request: ReadRequest, entry: ObjectEntry): ObjectView {
  const { etag, bytes, lastModifiedMs } = entry;
  const attributes = attributesOf(entry);
  const partCount = attributes.multipart === undefined ? undefined : entry.blobs.length;
  const view = { etag, bytes, lastModifiedMs, attributes, partCount, parts: () => partsOf(entry) };
  checkConditions(request.conditions, view);
  const selection = select(request, view);
  return selection === undefined ? view : { ...view, selection };
}

function checkConditions(conditions: ReadConditions, view: ObjectView): void {
  const answer = evaluateConditions(conditions, view);
  switch (answer.kind) {
    case 'met':
      return;
    case 'failed':
      throw preconditionFailed(answer.condition);
    case 'notModified':
      throw new ApiError('NotModified', 'Not Modified', {
        headers: { etag: `"${view.etag}"`, 'last-modified': new Date(view.lastModifiedMs).toUTCString() },
      });
    default:
      answer satisfies never;
  }
}

function select(request: ReadRequest, view: ObjectView): Selection | undefined {
  const { range, partNumber, ifRange } = request;
  if (partNumber !== undefined) {
    if (range !== undefined)
      throw new ApiError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
    return selectPart(partNumber, view);
  }
  const answer =
    ifRange === undefined || holdsIfRange(ifRange, view) ? resolveRange(range, view.bytes) : { kind: 'whole' as const };
  switch (answer.kind) {
    case 'whole':
      return undefined;
    case 'part':
      return { range: answer.range };
    case 'unsatisfiable':
      throw new ApiError('InvalidRange', 'The requested range is not satisfiable', {
        fields: { ActualObjectSize: view.bytes, RangeRequested: range },
        headers: { 'content-range': `bytes */${view.bytes}` },
      });
    default:
      return answer satisfies never;
  }
}

function holdsIfRange(ifRange: string, view: ObjectView): boolean {
  const dateMs = ifRange.includes('"') ? Number.NaN : Date.parse(ifRange);
  return Number.isNaN(dateMs) ? matchesEtag(ifRange, view.etag) : wholeSeconds(view.lastModifiedMs) === dateMs;
}

/** An object that was not uploaded in parts is its own part 1. */
function selectPart(number: number, view: ObjectView): Selection {
  const part = (view.parts() ?? [{ number: 1, bytes: view.bytes, start: 0 }]).find((part) => part.number === number);
  if (part === undefined)
    throw new ApiError('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
      fields: { ActualPartCount: view.partCount ?? 1, PartNumberRequested: number },
    });
  return { range: { start: part.start, end: part.start + part.bytes }, part };
}

/** The bytes of the range, from the row or from the blobs that hold them. */
export async function openContent(room: Pick<Room, 'blobs' | 'buffers'>, entry: ObjectEntry, range: ByteRange): Promise<Readable> {
  const inline = inlineContent(entry, range);
  if (inline !== undefined) return Readable.from([inline], { objectMode: false });
  const pieces = piecesOf(entry.blobs, range);
  const [only, ...others] = pieces;
  if (only === undefined) return Readable.from([], { objectMode: false });
  if (others.length === 0 && only.end - only.start <= SMALL_BYTES) return room.blobs.read(only.blob, only);
  const files = pieces.map(({ blob, start, end }) => ({ start, end, path: () => room.blobs.localPath(blob) }));
  return new ContentStream(files, room.buffers).prepare();
}

function inlineContent(entry: ObjectEntry, range: ByteRange): Buffer | undefined {
  const { content } = attributesOf(entry);
  return content === undefined ? undefined : Buffer.from(content, 'base64').subarray(range.start, range.end);
}

async function readWhole(content: Readable, bytes: number): Promise<Uint8Array> {
  // What the store has read already comes at once.
  const first = content.read() as Buffer | null;
  if (first?.length === bytes) {
    content.destroy();
    return first;
  }
  const chunks = first === null ? [] : [first];
  for await (const chunk of content as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Piece extends ByteRange {
  readonly blob: string;
}

function piecesOf(spans: readonly BlobSpan[], range: ByteRange): readonly Piece[] {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const { blob, bytes } of spans) {
    const start = Math.max(range.start - offset, 0);
    const end = Math.min(range.end - offset, bytes);
    if (start < end) pieces.push({ blob, start, end });
    offset += bytes;
  }
  return pieces;
}
