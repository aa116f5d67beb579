// Items out of one object's text: JSON, JSON Lines, and delimited text. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html

import { LIMITS } from '#kernel';
import { isArray, isObject } from '#workflows';
import type { Json } from '#workflows';
import { isTooDeep } from '../../running/json-data.ts';
import { CsvRecords } from './csv-records.ts';
import type { CsvDelimiter } from './csv-records.ts';
import type { ItemList } from './item-list.ts';
import { JsonElements } from './json-elements.ts';
import { textOf, uriOf } from './object-text.ts';
import type { ObjectPlace, Readers } from './object-text.ts';
import { ReaderFailure } from './reader-failure.ts';

export type Format =
  | { readonly kind: 'JSON'; readonly pointer: string | undefined }
  | { readonly kind: 'JSONL' }
  | { readonly kind: 'CSV'; readonly delimiter: CsvDelimiter; readonly headers: readonly string[] | undefined };

export async function readFormat(readers: Readers, place: ObjectPlace, format: Format, into: ItemList): Promise<void> {
  into.from(uriOf(place));
  const text = textOf(readers, place);
  try {
    switch (format.kind) {
      case 'JSON':
        return await (format.pointer === undefined ? readJson(text, into) : readPointed(text, format.pointer, into));
      case 'JSONL':
        return await readLines(text, into);
      case 'CSV':
        return await readCsv(text, format, into);
      default:
        return format satisfies never;
    }
  } catch (error) {
    // Of a text that is not what it should be.
    if (error instanceof SyntaxError)
      throw new ReaderFailure(`${uriOf(place)} is not valid ${format.kind}: ${error.message}`, { cause: error });
    if (error instanceof RangeError)
      throw new ReaderFailure(`${uriOf(place)}: ${error.message}: the maximum is ${LIMITS.mapRecordBytes} characters.`, {
        cause: error,
      });
    throw error;
  }
}

function parse(text: string): Json {
  if (isTooDeep(text)) throw new SyntaxError(`it is nested deeper than ${LIMITS.dataDepth} levels`);
  const value: Json = JSON.parse(text);
  return value;
}

/** An array is read element by element, anything else as a whole. */
async function readJson(text: AsyncIterable<string>, into: ItemList): Promise<void> {
  let elements: JsonElements | undefined;
  const held: string[] = [];
  let length = 0;
  for await (const piece of text) {
    if (elements === undefined) {
      const first = /\S/.exec(piece)?.[0];
      if (first === '[' && held.length === 0) elements = new JsonElements(LIMITS.mapRecordBytes);
      else if (first !== undefined || held.length > 0) {
        held.push(piece);
        length = within(length + piece.length);
      }
    }
    for (const element of elements?.push(piece) ?? []) {
      into.add(parse(element), element.length);
      if (into.isFull) return;
    }
  }
  if (elements === undefined) addAll(parse(held.join('')), into);
  else elements.end();
}

async function readPointed(text: AsyncIterable<string>, pointer: string, into: ItemList): Promise<void> {
  const document = parse(await wholeOf(text));
  let found: Json | undefined = document;
  for (const token of pointer.split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (isArray(found)) found = /^(0|[1-9]\d*)$/.test(name) ? found[Number(name)] : undefined;
    else found = isObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  if (found === undefined) throw new ReaderFailure(`The ItemsPointer '${pointer}' points to nothing in the document.`);
  addAll(found, into);
}

export async function wholeOf(text: AsyncIterable<string>): Promise<string> {
  const pieces: string[] = [];
  let length = 0;
  for await (const piece of text) {
    length = within(length + piece.length);
    pieces.push(piece);
  }
  return pieces.join('');
}

function within(length: number): number {
  if (length <= LIMITS.mapDocumentBytes) return length;
  throw new ReaderFailure(
    `A document that is no array may have ${LIMITS.mapDocumentBytes} characters at most. Write its items as an array, or as JSON Lines.`,
  );
}

/** The members of an object are items too; each is known by its key. */
function addAll(value: Json, into: ItemList): void {
  if (isArray(value)) for (const item of value) into.add(item, JSON.stringify(item).length);
  else if (isObject(value)) for (const [key, item] of Object.entries(value)) into.add(item, JSON.stringify(item).length, key);
  else throw new ReaderFailure('Attempting to map over non-iterable node.');
}

async function readLines(text: AsyncIterable<string>, into: ItemList): Promise<void> {
  /** Pieces of the line that has not ended yet: put together once, however many they are. */
  let open: string[] = [];
  let length = 0;
  let number = 0;
  const add = (line: string): void => {
    number += 1;
    if (line.trim() === '') return;
    try {
      into.add(parse(line), line.length);
    } catch (error) {
      throw error instanceof SyntaxError ? new SyntaxError(`line ${number}: ${error.message}`, { cause: error }) : error;
    }
  };
  for await (const piece of text) {
    const [more = '', ...lines] = piece.split('\n');
    open.push(more);
    length += more.length;
    for (const line of lines) {
      add(open.join(''));
      open = [line];
      length = line.length;
    }
    if (into.isFull) return;
    if (length > LIMITS.mapRecordBytes) throw new RangeError(`line ${number + 1} is too long`);
  }
  add(open.join(''));
}

async function readCsv(text: AsyncIterable<string>, format: Extract<Format, { kind: 'CSV' }>, into: ItemList): Promise<void> {
  const records = new CsvRecords(format.delimiter, LIMITS.mapRecordBytes);
  let { headers } = format;
  const add = (record: readonly string[]): void => {
    if (headers !== undefined) return into.add(...row(headers, record));
    headers = record;
    if (Buffer.byteLength(record.join(',')) > LIMITS.csvHeaderBytes)
      throw new ReaderFailure(`The header of a text delimited file may have ${LIMITS.csvHeaderBytes} bytes at most.`);
  };
  for await (const piece of text) {
    for (const record of records.push(piece)) add(record);
    if (into.isFull) return;
  }
  for (const record of records.end()) add(record);
}

/** Fields that a record does not have are empty; those that have no header are passed over. */
function row(headers: readonly string[], record: readonly string[]): [Json, number] {
  let length = 2;
  const members = headers.map((header, index) => {
    const value = record[index] ?? '';
    length += header.length + value.length + 6;
    return [header, value] as const;
  });
  return [Object.fromEntries(members), length];
}
