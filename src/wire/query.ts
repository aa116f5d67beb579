// The query protocol's requests: a form of dotted names (`Tags.member.1.Key=x`) against shapes. Answers are XML.

import { checkDepth, MalformedRequest } from './malformed.ts';
import type { Member, Shape, SimpleShape, StructureShape } from './model.ts';
import { setOwn } from './scalar.ts';
import { textReader } from './xml.ts';

/** SNS's PublishBatch with all its attributes needs a few hundred. */
const PARAMETERS_MAX = 20_000;

interface FormNode {
  value: string | undefined;
  readonly children: Map<string, FormNode>;
}

export type QueryReader = (node: FormNode) => unknown;

/** The form as name → value pairs; the last of equals wins. */
export function parseForm(text: string): Map<string, string> {
  const form = new Map<string, string>();
  if (text === '') return form;
  for (const pair of text.split('&')) {
    if (form.size >= PARAMETERS_MAX) throw new MalformedRequest(`The form has more than ${PARAMETERS_MAX} parameters.`);
    const equals = pair.indexOf('=');
    const name = equals === -1 ? pair : pair.slice(0, equals);
    if (name !== '') form.set(decodeFormText(name), equals === -1 ? '' : decodeFormText(pair.slice(equals + 1)));
  }
  return form;
}

function decodeFormText(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch (error) {
    throw new MalformedRequest(`The form is not percent-encoded UTF-8: ${(error as Error).message}`);
  }
}

/** Names split at their dots. */
export function formTree(form: ReadonlyMap<string, string>): FormNode {
  const root: FormNode = { value: undefined, children: new Map() };
  for (const [name, value] of form) {
    let node = root;
    const parts = name.split('.');
    checkDepth(parts.length);
    for (const part of parts) {
      let child = node.children.get(part);
      if (child === undefined) node.children.set(part, (child = { value: undefined, children: new Map() }));
      node = child;
    }
    node.value = value;
  }
  return root;
}

export function queryStructureReader(shape: StructureShape): QueryReader {
  const members = shape.members.map((member) => ({
    name: member.name,
    wireName: member.traits.xmlName ?? member.name,
    read: memberReader(member),
  }));
  return (node) => {
    const result: Record<string, unknown> = {};
    for (const member of members) {
      const child = node.children.get(member.wireName);
      if (child !== undefined) result[member.name] = member.read(child);
    }
    if (shape.kind === 'union' && Object.keys(result).length !== 1)
      throw new MalformedRequest(`${shape.name} must have exactly one member`);
    return result;
  };
}

const readers = new WeakMap<StructureShape, QueryReader>();

function memberReader({ name, shape, traits }: Member): QueryReader {
  if (shape.kind === 'simple') {
    const read = textReader(shape, name);
    return (node) => read(node.value ?? '');
  }
  let compiled: QueryReader | undefined;
  return (node) => (compiled ??= aggregateReader(shape, traits.xmlFlattened === 1))(node);
}

function aggregateReader(shape: Exclude<Shape, SimpleShape>, isFlattened: boolean): QueryReader {
  switch (shape.kind) {
    case 'structure':
    case 'union': {
      const known = readers.get(shape);
      if (known !== undefined) return known;
      const reader = queryStructureReader(shape);
      readers.set(shape, reader);
      return reader;
    }
    case 'list': {
      const read = memberReader(shape.item);
      const itemName = shape.item.traits.xmlName ?? 'member';
      // `Names=` alone is how an empty list is said.
      return (node) => numbered(isFlattened ? node : node.children.get(itemName)).map(read);
    }
    case 'map': {
      const read = memberReader(shape.value);
      const keyName = shape.key.traits.xmlName ?? 'key';
      const valueName = shape.value.traits.xmlName ?? 'value';
      return (node) => {
        const result: Record<string, unknown> = {};
        for (const entry of numbered(isFlattened ? node : node.children.get('entry'))) {
          const key = entry.children.get(keyName)?.value;
          const value = entry.children.get(valueName);
          if (key === undefined || value === undefined)
            throw new MalformedRequest(`A map's entry lacks its ${keyName} or ${valueName}`);
          setOwn(result, key, read(value));
        }
        return result;
      };
    }
    default:
      return shape satisfies never;
  }
}

/** The children by their numbers; gaps are closed, as AWS closes them. */
function numbered(node: FormNode | undefined): FormNode[] {
  if (node === undefined) return [];
  return [...node.children]
    .map(([name, child]): [number, FormNode] => {
      if (!/^\d{1,9}$/.test(name)) throw new MalformedRequest(`'${name.slice(0, 64)}' is not the number of a list's member`);
      return [Number(name), child];
    })
    .sort(([a], [b]) => a - b)
    .map(([, child]) => child);
}
