// The eighteen intrinsic functions of JSONPath states, with AWS's rounding, splitting and printing.
// https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html

import { createHash } from 'node:crypto';
import type { Random } from '#kernel';
import { EvaluationError, InvalidExpression } from './failure.ts';
import { parseCall } from './intrinsic-syntax.ts';
import type { Argument } from './intrinsic-syntax.ts';
import { JavaRandom } from './java-random.ts';
import { canonical, isArray, isObject, javaText, jsonEquals } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { evaluatePath } from './json-path.ts';
import type { Documents } from './json-path.ts';
import { remembered } from './memo.ts';

type Context = { readonly random: Random; readonly expression: string };
type Intrinsic = (given: readonly Json[], context: Context) => Json;

/** "up to 1000 elements" for ArrayRange; 10,000 characters for Base64 and Hash. */
const RANGE_MAX = 1000;
const TEXT_MAX = 10_000;
const CALLS_KEPT = 10_000;

export const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const parsed = remembered(CALLS_KEPT, parseCall);

export function isIntrinsic(text: string): boolean {
  return text.startsWith('States.');
}

export function checkIntrinsic(text: string): void {
  checkNames(parsed(text), text);
}

/** The paths among its arguments, however deep; none where it is no call after all. */
export function intrinsicPaths(text: string): readonly string[] {
  try {
    return pathsIn(parsed(text));
  } catch (error) {
    if (error instanceof InvalidExpression) return [];
    throw error;
  }
}

function pathsIn(argument: Argument): readonly string[] {
  if (argument.kind === 'path') return [argument.text];
  return argument.kind === 'call' ? argument.arguments.flatMap(pathsIn) : [];
}

export function evaluateIntrinsic(text: string, documents: Documents, random: Random): Json {
  return evaluate(parsed(text), documents, { random, expression: text });
}

function evaluate(argument: Argument, documents: Documents, context: Context): Json {
  switch (argument.kind) {
    case 'value':
      return argument.value;
    case 'path':
      return evaluatePath(argument.text, documents);
    case 'call': {
      const run = INTRINSICS.get(argument.name);
      if (run === undefined) throw failed(context, `'${argument.name}' is not an intrinsic function`);
      const most = ARGUMENTS_MAX[argument.name] ?? Number.POSITIVE_INFINITY;
      if (argument.arguments.length > most) throw failed(context, `${argument.name} takes at most ${most} arguments`);
      const given = argument.arguments.map((inner) => evaluate(inner, documents, context));
      for (const value of given) documents.budget.spendOn(value);
      return run(given, context);
    }
    default:
      return argument satisfies never;
  }
}

function checkNames(argument: Argument, text: string): void {
  if (argument.kind !== 'call') return;
  if (!INTRINSICS.has(argument.name))
    throw new EvaluationError({ kind: 'intrinsic', expression: text }, `'${argument.name}' is not an intrinsic function`);
  for (const inner of argument.arguments) checkNames(inner, text);
}

const INTRINSICS: ReadonlyMap<string, Intrinsic> = new Map<string, Intrinsic>([
  ['States.Array', (given) => given],
  ['States.ArrayPartition', arrayPartition],
  ['States.ArrayContains', (given, context) => arrayAt(given, 0, context).some((item) => jsonEquals(item, at(given, 1, context)))],
  ['States.ArrayRange', arrayRange],
  ['States.ArrayGetItem', arrayGetItem],
  ['States.ArrayLength', (given, context) => arrayAt(given, 0, context).length],
  ['States.ArrayUnique', (given, context) => unique(arrayAt(given, 0, context))],
  ['States.Base64Encode', (given, context) => Buffer.from(textAt(given, 0, context), 'utf8').toString('base64')],
  ['States.Base64Decode', base64Decode],
  ['States.Hash', hash],
  ['States.JsonMerge', jsonMerge],
  ['States.StringToJson', stringToJson],
  ['States.JsonToString', (given, context) => JSON.stringify(at(given, 0, context))],
  ['States.MathRandom', mathRandom],
  ['States.MathAdd', (given, context) => rounded(numberAt(given, 0, context)) + rounded(numberAt(given, 1, context))],
  ['States.StringSplit', stringSplit],
  ['States.UUID', (_given, context) => context.random.uuid()],
  ['States.Format', format],
]);

/** Of all but Array and Format. */
const ARGUMENTS_MAX: Readonly<Record<string, number>> = {
  'States.ArrayPartition': 2,
  'States.ArrayContains': 2,
  'States.ArrayRange': 3,
  'States.ArrayGetItem': 2,
  'States.ArrayLength': 1,
  'States.ArrayUnique': 1,
  'States.Base64Encode': 1,
  'States.Base64Decode': 1,
  'States.Hash': 2,
  'States.JsonMerge': 3,
  'States.StringToJson': 1,
  'States.JsonToString': 1,
  'States.MathRandom': 3,
  'States.MathAdd': 2,
  'States.StringSplit': 2,
  'States.UUID': 0,
};

function arrayPartition(given: readonly Json[], context: Context): Json {
  const items = arrayAt(given, 0, context);
  const size = rounded(numberAt(given, 1, context));
  if (size < 1) throw failed(context, 'the chunk size must be positive');
  return chunks(items, size);
}

export function chunks(items: readonly Json[], size: number): Json[] {
  const made: Json[] = [];
  for (let from = 0; from < items.length; from += size) made.push(items.slice(from, from + size));
  return made;
}

function arrayRange(given: readonly Json[], context: Context): Json {
  const [first, last, step] = [0, 1, 2].map((index) => rounded(numberAt(given, index, context)));
  const made = range(first ?? 0, last ?? 0, step ?? 0, RANGE_MAX);
  if (made === undefined) throw failed(context, `the step must not be zero, and the range must have at most ${RANGE_MAX} items`);
  return made;
}

/** Inclusive at both ends; undefined for a step of zero, or more items than the bound. */
export function range(first: number, last: number, step: number, itemsMax: number): number[] | undefined {
  const count = Math.floor((last - first) / step) + 1;
  if (!Number.isFinite(count) || count > itemsMax) return undefined;
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step);
}

function arrayGetItem(given: readonly Json[], context: Context): Json {
  const items = arrayAt(given, 0, context);
  const item = items[rounded(numberAt(given, 1, context))];
  if (item === undefined) throw failed(context, 'the index is outside of the array');
  return item;
}

function unique(items: readonly Json[]): Json {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = canonical(item);
    return seen.has(key) ? false : Boolean(seen.add(key));
  });
}

function base64Decode(given: readonly Json[], context: Context): Json {
  const text = textAt(given, 0, context);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw failed(context, 'the text is not Base64');
  return Buffer.from(text, 'base64').toString('utf8');
}

function hash(given: readonly Json[], context: Context): Json {
  const value = at(given, 0, context);
  const algorithm = HASHES[textAt(given, 1, context)];
  if (algorithm === undefined) throw failed(context, `the algorithm must be one of ${Object.keys(HASHES).join(', ')}`);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length > TEXT_MAX) throw failed(context, `the data must have at most ${TEXT_MAX} characters`);
  return createHash(algorithm).update(text, 'utf8').digest('hex');
}

function jsonMerge(given: readonly Json[], context: Context): Json {
  const left = objectAt(given, 0, context);
  const right = objectAt(given, 1, context);
  if (at(given, 2, context) !== false) throw failed(context, 'only shallow merging is supported: the third argument must be false');
  return Object.fromEntries([...Object.entries(left), ...Object.entries(right)]);
}

function stringToJson(given: readonly Json[], context: Context): Json {
  const text = at(given, 0, context);
  if (typeof text !== 'string') throw failed(context, 'the argument must be a string');
  if (text.trim() === '') return null;
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch (cause) {
    throw failed(context, 'the argument is not JSON', cause);
  }
}

function mathRandom(given: readonly Json[], context: Context): Json {
  const first = rounded(numberAt(given, 0, context));
  const last = rounded(numberAt(given, 1, context));
  if (last <= first) throw failed(context, 'the end must be greater than the start');
  const share = given.length > 2 ? new JavaRandom(rounded(numberAt(given, 2, context))).nextDouble() : context.random.fraction();
  return first + Math.floor(share * (last - first));
}

/** Each character of the delimiter separates, and empty parts are left out. */
function stringSplit(given: readonly Json[], context: Context): Json {
  const text = at(given, 0, context);
  const delimiter = at(given, 1, context);
  if (typeof text !== 'string' || typeof delimiter !== 'string') throw failed(context, 'both arguments must be strings');
  if (delimiter === '') return text === '' ? [] : [text];
  const separators = new Set(delimiter);
  const parts: string[] = [];
  let part = '';
  for (const character of text) {
    if (!separators.has(character)) part += character;
    else {
      if (part !== '') parts.push(part);
      part = '';
    }
  }
  if (part !== '') parts.push(part);
  return parts;
}

function format(given: readonly Json[], context: Context): Json {
  const template = at(given, 0, context);
  if (typeof template !== 'string') throw failed(context, 'the first argument must be a string');
  let used = 0;
  const text = template.replaceAll(/\\([{}])|\{\}/g, (found, brace: string | undefined) => {
    if (brace !== undefined) return brace;
    used++;
    const value = given[used];
    if (value === undefined) throw failed(context, `there is no argument for '${found}' number ${used}`);
    return javaText(value);
  });
  if (used !== given.length - 1) throw failed(context, `${given.length - 1} arguments were given for ${used} places`);
  return text;
}

/** Java's Math.round: halves go up, also below zero. */
function rounded(value: number): number {
  return Math.floor(value + 0.5);
}

function at(given: readonly Json[], index: number, context: Context): Json {
  const value = given[index];
  if (value === undefined) throw failed(context, `argument ${index + 1} is missing`);
  return value;
}

function arrayAt(given: readonly Json[], index: number, context: Context): readonly Json[] {
  const value = at(given, index, context);
  if (!isArray(value)) throw failed(context, `argument ${index + 1} must be an array`);
  return value;
}

function objectAt(given: readonly Json[], index: number, context: Context): JsonObject {
  const value = at(given, index, context);
  if (!isObject(value)) throw failed(context, `argument ${index + 1} must be an object`);
  return value;
}

function numberAt(given: readonly Json[], index: number, context: Context): number {
  const value = at(given, index, context);
  if (typeof value !== 'number') throw failed(context, `argument ${index + 1} must be a number`);
  return value;
}

function textAt(given: readonly Json[], index: number, context: Context): string {
  const value = at(given, index, context);
  if (typeof value !== 'string') throw failed(context, `argument ${index + 1} must be a string`);
  if (value.length > TEXT_MAX) throw failed(context, `argument ${index + 1} must have at most ${TEXT_MAX} characters`);
  return value;
}

function failed(context: Context, why: string, cause?: unknown): EvaluationError {
  return new EvaluationError(
    { kind: 'intrinsic', expression: context.expression },
    `Invalid arguments in ${context.expression}: ${why}`,
    { cause },
  );
}
