// The values of a leaf: `["a", 5, null, {"prefix": "b"}]`. SNS's filter policies are written in the same words.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

import { addressRange, parseBlock } from './addresses.ts';
import { JsonFault, type ArrayNode, type JsonNode, type ObjectNode, type ScalarNode } from './json-nodes.ts';
import { comparableNumber } from './numbers.ts';
import type { NumericRange, Operator } from './operators.ts';
import { parseWildcard } from './wildcard.ts';

/** Throws `JsonFault`. */
export function readLeaf(array: ArrayNode): readonly Operator[] {
  if (array.items.length === 0) throw new JsonFault('Empty arrays are not allowed', array.endsAt);
  return array.items.map(readValue);
}

function readValue(node: JsonNode): Operator {
  switch (node.kind) {
    case 'object':
      return readMatch(node);
    case 'array':
      throw new JsonFault('Match value must be String, number, true, false, or null', node.openedAt);
    case 'string': {
      const range = addressRange(node.text);
      return range === undefined ? { kind: 'equals', value: node.text } : { kind: 'address', range };
    }
    case 'number':
      return { kind: 'equals', value: Number(node.text) };
    case 'null':
      return { kind: 'equals', value: null };
    case 'true':
    case 'false':
      return { kind: 'equals', value: node.kind === 'true' };
    default:
      return node satisfies never;
  }
}

function readMatch(node: ObjectNode): Operator {
  const [first, second] = node.members;
  if (first === undefined) throw new JsonFault('Match expression name not found', node.endsAt);
  const operator = readOperator(first.name, first.value);
  if (second !== undefined) throw new JsonFault('Only one key allowed in match expression', second.value.openedAt);
  return operator;
}

function readOperator(name: string, value: JsonNode): Operator {
  switch (name) {
    case 'exactly':
      return { kind: 'equals', value: textOf(value, 'exact match pattern must be a string') };
    case 'prefix':
    case 'suffix':
      return readAffix(name, value);
    case 'equals-ignore-case':
      return { kind: 'equalsIgnoreCase', folded: foldedText(value) };
    case 'wildcard':
      return readWildcard(value);
    case 'numeric':
      if (value.kind !== 'array') throw new JsonFault('Value of numeric must be an array.', value.openedAt);
      return { kind: 'numeric', range: readNumeric(value) };
    case 'cidr': {
      // AWS's words: it calls a block a prefix.
      const text = textOf(value, 'prefix match pattern must be a string');
      return { kind: 'address', range: inWords(() => parseBlock(text)) };
    }
    case 'exists':
      if (value.kind !== 'true' && value.kind !== 'false')
        throw new JsonFault('exists match pattern must be either true or false.', value.openedAt);
      return { kind: value.kind === 'true' ? 'exists' : 'absent' };
    case 'anything-but':
      return { kind: 'anythingBut', operators: readAnythingBut(value) };
    default:
      throw new JsonFault(`Unrecognized match type ${name}`, value.openedAt);
  }
}

function readAffix(name: 'prefix' | 'suffix', value: JsonNode): Operator {
  if (value.kind !== 'object') {
    const text = textOf(value, `${name} match pattern must be a string`);
    return { kind: name, text };
  }
  const [first, second] = value.members;
  const title = name === 'prefix' ? 'Prefix' : 'Suffix';
  if (first === undefined) throw new JsonFault(`${title} expression name not found`, value.endsAt);
  if (first.name !== 'equals-ignore-case') throw new JsonFault(`Unsupported ${name} pattern: ${first.name}`, first.value.openedAt);
  const folded = foldedText(first.value);
  if (second !== undefined) throw new JsonFault('Only one key allowed in match expression', second.value.openedAt);
  return { kind: name === 'prefix' ? 'prefixIgnoreCase' : 'suffixIgnoreCase', folded };
}

function readWildcard(value: JsonNode): Operator {
  const text = textOf(value, 'wildcard match pattern must be a string');
  return { kind: 'wildcard', wildcard: inWords(() => parseWildcard(text), value.endsAt) };
}

function readAnythingBut(value: JsonNode): readonly Operator[] {
  if (value.kind !== 'object') return readPlainAnythingBut(value);
  const [first, second] = value.members;
  if (first === undefined) throw new JsonFault('Anything-But expression name not found', value.endsAt);
  const read = NEGATED[first.name];
  if (read === undefined) throw new JsonFault(`Unsupported anything-but pattern: ${first.name}`, first.value.openedAt);
  const operators = listOf(first.value).map(read);
  if (second !== undefined) throw new JsonFault('Too many elements in numeric expression', second.value.openedAt);
  return operators;
}

/** What `anything-but` can be said of, besides plain values. */
const NEGATED: Readonly<Record<string, ((value: JsonNode) => Operator) | undefined>> = {
  __proto__: null as never,
  'equals-ignore-case': (value) => ({
    kind: 'equalsIgnoreCase',
    folded: textOf(value, 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.').toLowerCase(),
  }),
  prefix: (value) => ({ kind: 'prefix', text: affixOf(value) }),
  suffix: (value) => ({ kind: 'suffix', text: affixOf(value) }),
  wildcard: readWildcard,
};

function affixOf(value: JsonNode): string {
  const text = textOf(value, 'prefix/suffix match pattern must be a string');
  if (text === '') throw new JsonFault('Null prefix/suffix not allowed', value.endsAt);
  return text;
}

function readPlainAnythingBut(value: JsonNode): readonly Operator[] {
  const values = listOf(value);
  const operators = values.map((item): Operator => {
    if (item.kind === 'string') return { kind: 'equals', value: item.text };
    if (item.kind === 'number') return { kind: 'equals', value: numberOf(item) };
    throw new JsonFault('Inside anything but list, start|null|boolean is not supported.', item.openedAt);
  });
  if (new Set(values.map(({ kind }) => kind)).size !== 1)
    throw new JsonFault(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
      value.endsAt,
    );
  return operators;
}

/** One value, or a list of them. */
function listOf(value: JsonNode): readonly JsonNode[] {
  if (value.kind === 'array') return value.items;
  if (value.kind === 'string' || value.kind === 'number') return [value];
  throw new JsonFault('Value of anything-but must be an array or single string/number value.', value.openedAt);
}

/** `["=", 5]`, `[">", 0, "<=", 5]` */
function readNumeric({ items, endsAt }: ArrayNode): NumericRange {
  const [operator, bound, second, secondBound, ...more] = items;
  if (operator?.kind !== 'string')
    throw new JsonFault(`Invalid member in numeric match: ${shown(operator)}`, operator?.endsAt ?? endsAt);
  const sign = operator.text;
  if (!['=', '<', '<=', '>', '>='].includes(sign))
    throw new JsonFault(`Unrecognized numeric range operator: ${sign}`, bound?.openedAt ?? endsAt);
  if (bound?.kind !== 'number')
    throw new JsonFault(`Value of ${sign === '=' ? 'equals' : sign} must be numeric`, bound?.openedAt ?? endsAt);
  const value = numberOf(bound);
  const above = { from: value, isFromOpen: sign === '>', to: Infinity, isToOpen: false };
  if (second === undefined) {
    if (sign === '=') return { from: value, isFromOpen: false, to: value, isToOpen: false };
    if (sign === '>' || sign === '>=') return above;
    return { from: -Infinity, isFromOpen: false, to: value, isToOpen: sign === '<' };
  }
  if (sign !== '>' && sign !== '>=') throw new JsonFault('Too many elements in numeric expression', second.openedAt);
  if (second.kind !== 'string') throw new JsonFault(`Bad value in numeric range: ${shown(second)}`, second.endsAt);
  if (second.text !== '<' && second.text !== '<=') throw new JsonFault(`Bad numeric range operator: ${second.text}`, second.endsAt);
  if (secondBound?.kind !== 'number')
    throw new JsonFault(`Value of ${second.text} must be numeric`, secondBound?.openedAt ?? endsAt);
  if (more[0] !== undefined) throw new JsonFault('Too many terms in numeric range expression', more[0].openedAt);
  const to = numberOf(secondBound);
  if (value >= to) throw new JsonFault('Bottom must be less than top', endsAt);
  return { ...above, to, isToOpen: second.text === '<' };
}

function numberOf(node: ScalarNode): number {
  const number = comparableNumber(node.text);
  if (number === undefined) throw new JsonFault(`Cannot compare number : ${node.text}`, node.endsAt);
  return number;
}

function textOf(node: JsonNode, otherwise: string): string {
  if (node.kind !== 'string') throw new JsonFault(otherwise, node.openedAt);
  return node.text;
}

function foldedText(node: JsonNode): string {
  return textOf(node, 'equals-ignore-case match pattern must be a string').toLowerCase();
}

function shown(node: JsonNode | undefined): string {
  return node === undefined ? ']' : node.kind === 'object' ? '{' : node.kind === 'array' ? '[' : node.text;
}

/** What a value says against itself, at the place where it stands; AWS names none for addresses. */
function inWords<Value>(parse: () => Value, offset = -1): Value {
  try {
    return parse();
  } catch (error) {
    throw new JsonFault(error instanceof Error ? error.message : String(error), offset);
  }
}
