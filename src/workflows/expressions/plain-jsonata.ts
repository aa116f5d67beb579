// JSONata that needs no evaluator: paths into `$states` and variables, literals, comparisons, arithmetic, concatenation, and objects and arrays of them.
//
// Most expressions of most machines are these. Each is made into a function once; it takes a time that its own text bounds, whatever its values.
// Where a value is not what the plain case is about (an array in the middle of a path, a number that is no number), it says so, and JSONata itself
// takes over, whose business all exceptions and errors are: so this part knows no error of its own, and none of JSONata's rules twice.

import { isArray, isObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { isTree } from './jsonata-tree.ts';
import type { Tree } from './jsonata-tree.ts';

export type Values = { readonly states: JsonObject; readonly variable: (name: string) => Json | undefined };

/** Not a plain case after all. */
export const BEYOND = Symbol('beyond');
type Answer = Json | undefined | typeof BEYOND;
export type Plain = (values: Values) => Answer;

/** Names that the platform binds for each evaluation: a variable of that name is not seen. */
const BOUND = new Set(['millis', 'random', 'uuid', 'eval', 'states']);
const DEPTH_MAX = 64;
const ITEMS_MAX = 1000;
const TEXT_MAX = 1_048_576;

export function plainOf(tree: Tree): Plain | undefined {
  return made(tree, 0);
}

function made(tree: unknown, depth: number): Plain | undefined {
  if (!isTree(tree) || depth > DEPTH_MAX) return undefined;
  switch (tree.type) {
    case 'string':
    case 'number':
    case 'value':
      return only(tree, ['value']) ? literal(tree.value) : undefined;
    case 'variable':
      return only(tree, ['value']) ? variable(tree.value) : undefined;
    case 'path':
      return only(tree, ['steps']) ? path(tree['steps']) : undefined;
    case 'binary':
      return only(tree, ['value', 'lhs', 'rhs']) ? binary(tree, depth) : undefined;
    case 'condition':
      return only(tree, ['condition', 'then', 'else']) ? condition(tree, depth) : undefined;
    case 'block':
      return only(tree, ['expressions']) ? block(tree['expressions'], depth) : undefined;
    case 'unary':
      return unary(tree, depth);
    default:
      return undefined;
  }
}

/** A predicate, a grouping or whatever else a node may carry makes it another thing. */
function only(tree: Tree, parts: readonly string[]): boolean {
  return Object.keys(tree).every((part) => part === 'type' || part === 'position' || parts.includes(part));
}

function literal(value: unknown): Plain | undefined {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? () => value
    : undefined;
}

function variable(name: unknown): Plain | undefined {
  if (name === 'states') return ({ states }) => states;
  if (typeof name !== 'string' || name === '' || name === '$' || BOUND.has(name)) return undefined;
  return (values) => {
    const value = values.variable(name);
    // A function of the language, or nothing.
    return value === undefined ? BEYOND : value;
  };
}

function path(steps: unknown): Plain | undefined {
  if (!Array.isArray(steps)) return undefined;
  const [first, ...others]: unknown[] = steps;
  const start = isTree(first) && first.type === 'variable' && only(first, ['value']) ? variable(first.value) : undefined;
  const names = others.flatMap((step) =>
    isTree(step) && step.type === 'name' && only(step, ['value']) && typeof step.value === 'string' ? [step.value] : [],
  );
  if (start === undefined || names.length < others.length) return undefined;
  return (values) => {
    let at = start(values);
    for (const name of names) {
      if (at === undefined || at === BEYOND) return at;
      if (isArray(at)) return BEYOND;
      at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    }
    return at;
  };
}

function binary(tree: Tree, depth: number): Plain | undefined {
  const left = made(tree['lhs'], depth + 1);
  const right = made(tree['rhs'], depth + 1);
  const combine = COMBINED[String(tree.value)];
  if (left === undefined || right === undefined) return undefined;
  if (tree.value === 'and' || tree.value === 'or') return lazily(tree.value, left, right);
  if (combine === undefined) return undefined;
  return (values) => {
    const one = left(values);
    const other = right(values);
    return one === BEYOND || other === BEYOND ? BEYOND : combine(one, other);
  };
}

function lazily(operator: 'and' | 'or', left: Plain, right: Plain): Plain {
  const decides = operator === 'or';
  return (values) => {
    const one = left(values);
    if (typeof one !== 'boolean') return BEYOND;
    if (one === decides) return one;
    const other = right(values);
    return typeof other === 'boolean' ? other : BEYOND;
  };
}

type Combine = (left: Json | undefined, right: Json | undefined) => Answer;

function numbers(combine: (left: number, right: number) => number): Combine {
  return (left, right) => {
    const made = typeof left === 'number' && typeof right === 'number' ? combine(left, right) : Number.NaN;
    return Number.isFinite(made) ? made : BEYOND;
  };
}

function ordered(holds: (order: number) => boolean): Combine {
  return (left, right) => {
    if (typeof left === 'number' && typeof right === 'number') return holds(left < right ? -1 : left > right ? 1 : 0);
    if (typeof left === 'string' && typeof right === 'string') return holds(left < right ? -1 : left > right ? 1 : 0);
    return BEYOND;
  };
}

function equality(isEqual: boolean): Combine {
  return (left, right) => {
    if (left === undefined || right === undefined) return false;
    if ((typeof left === 'object' && left !== null) || (typeof right === 'object' && right !== null)) return BEYOND;
    return (left === right) === isEqual;
  };
}

function concatenated(left: Json | undefined, right: Json | undefined): Answer {
  const one = textOf(left);
  const other = textOf(right);
  return one === undefined || other === undefined || one.length + other.length > TEXT_MAX ? BEYOND : one + other;
}

function textOf(value: Json | undefined): string | undefined {
  if (value === undefined) return '';
  return typeof value === 'string'
    ? value
    : (typeof value === 'number' && Number.isSafeInteger(value)) || typeof value === 'boolean'
      ? String(value)
      : undefined;
}

const COMBINED: Readonly<Record<string, Combine>> = {
  '+': numbers((left, right) => left + right),
  '-': numbers((left, right) => left - right),
  '*': numbers((left, right) => left * right),
  '/': numbers((left, right) => left / right),
  '%': numbers((left, right) => left % right),
  '<': ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  '>': ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  '=': equality(true),
  '!=': equality(false),
  '&': concatenated,
};

function condition(tree: Tree, depth: number): Plain | undefined {
  const test = made(tree['condition'], depth + 1);
  const holds = made(tree['then'], depth + 1);
  const otherwise = tree['else'] === undefined ? () => undefined : made(tree['else'], depth + 1);
  if (test === undefined || holds === undefined || otherwise === undefined) return undefined;
  return (values) => {
    const decided = test(values);
    return typeof decided === 'boolean' ? (decided ? holds(values) : otherwise(values)) : BEYOND;
  };
}

function block(expressions: unknown, depth: number): Plain | undefined {
  return Array.isArray(expressions) && expressions.length === 1 ? made(expressions[0], depth + 1) : undefined;
}

function unary(tree: Tree, depth: number): Plain | undefined {
  if (tree.value === '[' && only(tree, ['value', 'expressions'])) return array(tree['expressions'], depth);
  if (tree.value === '{' && only(tree, ['value', 'lhs'])) return object(tree['lhs'], depth);
  return undefined;
}

/** An array within a constructor of arrays is joined to it, unless it is one that was constructed itself. */
function array(expressions: unknown, depth: number): Plain | undefined {
  if (!Array.isArray(expressions)) return undefined;
  const items: { readonly value: Plain; readonly isNested: boolean }[] = [];
  for (const item of expressions) {
    const value = made(item, depth + 1);
    if (value === undefined || !isTree(item)) return undefined;
    items.push({ value, isNested: item.value === '[' });
  }
  return (values) => {
    const all: Json[] = [];
    for (const { value, isNested } of items) {
      const item = value(values);
      if (item === BEYOND) return BEYOND;
      if (item === undefined) continue;
      if (isNested || !isArray(item)) all.push(item);
      else if (all.length + item.length > ITEMS_MAX) return BEYOND;
      else all.push(...item);
    }
    return all;
  };
}

function object(pairs: unknown, depth: number): Plain | undefined {
  if (!Array.isArray(pairs)) return undefined;
  const members: { readonly key: string; readonly value: Plain }[] = [];
  for (const pair of pairs) {
    const [key, inner]: unknown[] = Array.isArray(pair) ? pair : [];
    const value = made(inner, depth + 1);
    if (!isTree(key) || key.type !== 'string' || !only(key, ['value']) || typeof key.value !== 'string') return undefined;
    // What JSONata keeps for itself, refuses twice, or would take for a prototype.
    if (value === undefined || key.value.startsWith('_') || members.some((member) => member.key === key.value)) return undefined;
    members.push({ key: key.value, value });
  }
  return (values) => {
    const all: Record<string, Json> = {};
    for (const { key, value } of members) {
      const item = value(values);
      if (item === BEYOND) return BEYOND;
      if (item !== undefined) all[key] = item;
    }
    return all;
  };
}
