// XML against shapes: readers of parsed elements, writers of text. S3 speaks it both ways, the query services in their answers.

import assert from 'node:assert/strict';
import { MalformedRequest } from './malformed.ts';
import type { ListShape, MapShape, Member, Shape, SimpleShape, StructureShape, TimestampFormat } from './model.ts';
import { formatTimestamp, parseBase64, parseBoolean, parseNumber, parseTimestamp, setOwn, toBase64 } from './scalar.ts';
import { parseXml } from './xml-parser.ts';
import type { XmlElement } from './xml-parser.ts';

export type XmlReader = (element: XmlElement) => unknown;
/** Text of the value as an element of that name, or as several where a list is flattened. */
export type XmlWriter = (value: unknown, elementName: string) => string;

/** Reads a structure from the members that pass `select`. */
export function xmlStructureReader(shape: StructureShape, select: (member: Member) => boolean): XmlReader {
  const byElement = new Map(shape.members.filter((member) => select(member) && !member.traits.xmlAttribute).map(elementReader));
  const attributes = shape.members.filter((member) => select(member) && member.traits.xmlAttribute);
  const isUnion = shape.kind === 'union';
  return (element) => {
    const result: Record<string, unknown> = {};
    for (const member of attributes) {
      const value = element.attributes.get(member.traits.xmlName ?? member.name);
      if (value !== undefined) result[member.name] = value;
    }
    for (const child of element.children) byElement.get(child.name)?.(child, result);
    if (isUnion && Object.keys(result).length !== 1) throw new MalformedRequest(`${shape.name} must have exactly one member`);
    return result;
  };
}

type ElementReader = (element: XmlElement, result: Record<string, unknown>) => void;

/** A structure's member by its element's name: flattened lists and maps gather elements, everything else may come once. */
function elementReader(member: Member): [string, ElementReader] {
  const { name, shape, traits } = member;
  const elementName = traits.xmlName ?? name;
  if (traits.xmlFlattened && shape.kind === 'list') {
    const read = xmlReader(shape.item);
    return [elementName, (element, result) => void ((result[name] ??= []) as unknown[]).push(read(element))];
  }
  if (traits.xmlFlattened && shape.kind === 'map') {
    const read = entryReader(shape);
    return [elementName, (element, result) => read(element, (result[name] ??= {}) as Record<string, unknown>)];
  }
  const read = xmlReader(member);
  return [
    elementName,
    (element, result) => {
      if (result[name] !== undefined) throw new MalformedRequest(`<${elementName}> stands twice where one is allowed`);
      result[name] = read(element);
    },
  ];
}

const readers = new WeakMap<Shape, XmlReader>();

function xmlReader({ name, shape }: Member): XmlReader {
  if (shape.kind === 'simple') return simpleReader(shape, name);
  let compiled: XmlReader | undefined;
  return (element) => (compiled ??= aggregateReader(shape))(element);
}

function aggregateReader(shape: Exclude<Shape, SimpleShape>): XmlReader {
  const known = readers.get(shape);
  if (known !== undefined) return known;
  const reader =
    shape.kind === 'list' ? listReader(shape) : shape.kind === 'map' ? mapReader(shape) : xmlStructureReader(shape, () => true);
  readers.set(shape, reader);
  return reader;
}

function listReader({ item }: ListShape): XmlReader {
  const read = xmlReader(item);
  const itemName = item.traits.xmlName ?? 'member';
  return (element) => element.children.filter((child) => child.name === itemName).map(read);
}

function mapReader(shape: MapShape): XmlReader {
  const read = entryReader(shape);
  return (element) => {
    const result: Record<string, unknown> = {};
    for (const child of element.children) if (child.name === 'entry') read(child, result);
    return result;
  };
}

function entryReader({ key, value }: MapShape): (element: XmlElement, result: Record<string, unknown>) => void {
  const read = xmlReader(value);
  const keyName = key.traits.xmlName ?? 'key';
  const valueName = value.traits.xmlName ?? 'value';
  return (element, result) => {
    const keyElement = element.children.find((child) => child.name === keyName);
    const valueElement = element.children.find((child) => child.name === valueName);
    if (keyElement === undefined || valueElement === undefined) throw new MalformedRequest(`A map's entry lacks its key or value`);
    setOwn(result, keyElement.text, read(valueElement));
  };
}

function simpleReader(shape: SimpleShape, name: string): XmlReader {
  const parse = textReader(shape, name);
  // White space around numbers is the writer's indentation; in a string it may be meant.
  return shape.type === 'string' ? (element) => element.text : (element) => parse(element.text.trim());
}

/** A simple value from text: XML elements and query parameters read alike. */
export function textReader({ type }: SimpleShape, name: string): (text: string) => unknown {
  const complain = (text: string, wanted: string): never => {
    throw new MalformedRequest(`'${text.slice(0, 256)}' is not ${wanted}, at ${name}`);
  };
  switch (type) {
    case 'string':
      return (text) => text;
    case 'boolean':
      return (text) => parseBoolean(text) ?? complain(text, 'true or false');
    case 'timestamp':
      return (text) => parseTimestamp(text) ?? complain(text, 'a timestamp');
    case 'blob':
      return (text) => parseBase64(text) ?? complain(text, 'base64');
    case 'integer':
    case 'long':
    case 'bigInteger':
      return (text) => parseNumber(text, type) ?? complain(text, 'an integer');
    case 'float':
    case 'double':
    case 'number':
    case 'bigDecimal':
      return (text) => parseNumber(text, type) ?? complain(text, 'a number');
    case 'document':
    case 'unit':
      return (text) => complain(text, 'readable in this protocol');
    default:
      return type satisfies never;
  }
}

const writers = new WeakMap<Shape, XmlWriter>();

/** The contents of a structure's element, without the element. */
export function xmlMembersWriter(shape: StructureShape, select: (member: Member) => boolean): (value: unknown) => string {
  const members = shape.members
    .filter((member) => select(member) && !member.traits.xmlAttribute)
    .map((member) => ({ name: member.name, elementName: member.traits.xmlName ?? member.name, write: memberWriter(member) }));
  return (value) => {
    assert(typeof value === 'object' && value !== null, `a handler gave no object for ${shape.name}`);
    let text = '';
    for (const member of members) {
      const item = (value as Record<string, unknown>)[member.name];
      if (item !== undefined && item !== null) text += member.write(item, member.elementName);
    }
    return text;
  };
}

function memberWriter(member: Member): XmlWriter {
  const { shape, traits } = member;
  if (shape.kind === 'simple') return simpleWriter(shape, member);
  if (traits.xmlFlattened && shape.kind === 'list') {
    const write = memberWriter(shape.item);
    return (value, elementName) => (value as readonly unknown[]).map((item) => write(item, elementName)).join('');
  }
  if (traits.xmlFlattened && shape.kind === 'map') {
    const write = entryWriter(shape);
    return (value, elementName) => write(value as object, elementName);
  }
  let compiled: XmlWriter | undefined;
  const namespace = traits.xmlNamespace === undefined ? '' : ` xmlns:${traits.xmlNamespace[0]}="${traits.xmlNamespace[1]}"`;
  return (value, elementName) => (compiled ??= aggregateWriter(shape))(value, `${elementName}${namespace}`);
}

/** Writers are given an element's name with its attributes; the closing tag takes the name alone. */
function wrap(opening: string, content: string): string {
  const space = opening.indexOf(' ');
  return `<${opening}>${content}</${space === -1 ? opening : opening.slice(0, space)}>`;
}

function aggregateWriter(shape: Exclude<Shape, SimpleShape>): XmlWriter {
  const known = writers.get(shape);
  if (known !== undefined) return known;
  const writer = newAggregateWriter(shape);
  writers.set(shape, writer);
  return writer;
}

function newAggregateWriter(shape: Exclude<Shape, SimpleShape>): XmlWriter {
  switch (shape.kind) {
    case 'structure':
    case 'union': {
      const writeMembers = xmlMembersWriter(shape, () => true);
      const attributes = shape.members.filter(({ traits }) => traits.xmlAttribute);
      return (value, opening) => wrap(opening + attributeText(attributes, value), writeMembers(value));
    }
    case 'list': {
      const write = memberWriter(shape.item);
      const itemName = shape.item.traits.xmlName ?? 'member';
      return (value, opening) => {
        assert(Array.isArray(value), `a handler gave no array for ${shape.name}`);
        return wrap(opening, value.map((item) => write(item, itemName)).join(''));
      };
    }
    case 'map': {
      const write = entryWriter(shape);
      return (value, opening) => wrap(opening, write(value as object, 'entry'));
    }
    default:
      return shape satisfies never;
  }
}

function attributeText(attributes: readonly Member[], value: unknown): string {
  let text = '';
  for (const { name, traits } of attributes) {
    const item = (value as Record<string, unknown>)[name];
    if (typeof item === 'string') text += ` ${traits.xmlName ?? name}="${escapeXml(item)}"`;
  }
  return text;
}

function entryWriter({ key, value: valueMember }: MapShape): (value: object, elementName: string) => string {
  const write = memberWriter(valueMember);
  const keyName = key.traits.xmlName ?? 'key';
  const valueName = valueMember.traits.xmlName ?? 'value';
  return (value, elementName) =>
    Object.entries(value)
      .filter(([, item]) => item !== undefined && item !== null)
      .map(
        ([name, item]) => `<${elementName}><${keyName}>${escapeXml(name)}</${keyName}>${write(item, valueName)}</${elementName}>`,
      )
      .join('');
}

function simpleWriter(shape: SimpleShape, member: Member): XmlWriter {
  const format = textWriter(shape, member, 'date-time');
  return (value, elementName) => wrap(elementName, escapeXml(format(value)));
}

/** A simple value as text; timestamps as the member says, or as the place has them. */
export function textWriter(
  { type }: SimpleShape,
  { name, traits }: Member,
  timestamps: TimestampFormat,
): (value: unknown) => string {
  if (type === 'timestamp') {
    const format = traits.timestampFormat ?? timestamps;
    return (value) => {
      assert(value instanceof Date, `a handler gave no Date for ${name}`);
      return formatTimestamp(value, format);
    };
  }
  if (type === 'blob') {
    return (value) => {
      assert(value instanceof Uint8Array, `a handler gave no bytes for ${name}`);
      return toBase64(value);
    };
  }
  return (value) => {
    const isText =
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
    assert(isText, `a handler gave no simple value for ${name}`);
    return String(value);
  };
}

/**
 * What a reader would take for markup, or lose: a carriage return would come back as a line feed. Characters that XML 1.0 cannot
 * hold at all are written as references, as S3 does with such keys.
 */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (!/[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/.test(text)) return text;
  // oxlint-disable-next-line no-control-regex -- as above
  return text.replace(/[&<>"\u0000-\u0008\u000b-\u001f\u0085\u2028]/g, (character) => {
    switch (character) {
      case '&':
        return '&amp;';
      case '<':
        return '&lt;';
      case '>':
        return '&gt;';
      case '"':
        return '&quot;';
      default:
        return `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`;
    }
  });
}

export function parseXmlBody(body: Uint8Array): XmlElement {
  return parseXml(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
}
