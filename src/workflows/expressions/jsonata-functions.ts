// AWS's own JSONata functions, and bounded forms of those of JSONata's that could run or grow without end in a single call.
// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#transforming-data-functions

import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import { LIMITS } from '#kernel';
import { chunks, HASHES, range } from './intrinsics.ts';
import { JavaRandom } from './java-random.ts';
import { canonical } from './json.ts';
import type { Json } from './json.ts';
import type { Draws } from './draws.ts';
import { jsonOfResult } from './result.ts';

type Focus = { readonly environment: { lookup(name: string): unknown } };
type Native = { readonly implementation: (this: unknown, ...given: readonly unknown[]) => unknown };

/** Those that need the time or chance of one evaluation; JSONata's own would ask the machine. */
export function hostFunctions(host: { readonly draws: Draws; readonly nowMs: number }): Record<string, unknown> {
  return {
    millis(...given: readonly unknown[]) {
      none(given);
      return host.nowMs;
    },
    random(seed?: unknown, ...others: readonly unknown[]) {
      if (others.length > 0) throw mismatch(2);
      if (seed === undefined) return host.draws.fraction();
      if (typeof seed !== 'number') throw mismatch(1);
      return new JavaRandom(seed).nextDouble();
    },
    uuid(...given: readonly unknown[]) {
      none(given);
      return host.draws.uuid();
    },
    [NOW]: host.nowMs,
  };
}

/** What is bound for one evaluation has no signature that JSONata would look at. */
function none(given: readonly unknown[]): void {
  if (given.length > 0) throw mismatch(1);
}

/** JSONata makes the message of it, with the function's name. */
function mismatch(index: number): Error {
  return Object.assign(failure('T0410', 'An argument does not match the function signature'), { index });
}

/** JSONata's own, asked for once: what stands before it finds only itself. */
const nativeToMillis = await native('$toMillis');

const NOW = '\u0000now';
/** A picture's parts without a sign between them share the digits that they match, in every way that there is. */
const PICTURE_NEIGHBOURS_MAX = 3;
const PARSED_TIMESTAMP_LENGTH = 64;

export function registerGuardedFunctions(expression: jsonata.Expression): void {
  expression.registerFunction('partition', (items: readonly Json[], size: number) => partition(items, size), '<an:a>');
  expression.registerFunction('range', (first: number, last: number, step: number) => rangeOf(first, last, step), '<nnn:a>');
  expression.registerFunction('hash', hash, '<xs?:s>');
  expression.registerFunction('parse', parse, '<s-:x>');
  expression.registerFunction('now', now, '<s?s?:s>');
  expression.registerFunction('pad', pad, '<s-ns?:s>');
  expression.registerFunction('distinct', distinct, '<x:x>');
  expression.registerFunction('shuffle', shuffle, '<a:a>');
  guardToMillis(expression);
}

function partition(items: readonly Json[] | undefined, size: number | undefined): unknown {
  if (items === undefined || size === undefined) return undefined;
  const whole = Math.floor(size);
  if (whole < 1) throw failure('D3137', 'The second argument of the $partition function must be a positive number');
  return chunks(items, whole);
}

function rangeOf(first: number | undefined, last: number | undefined, step: number | undefined): unknown {
  if (first === undefined || last === undefined || step === undefined) return undefined;
  const made = range(first, last, step, LIMITS.expressionSequence);
  if (made === undefined)
    throw failure('D3137', 'The step of the $range function must not be zero, and its result must not be too large');
  return made;
}

function hash(value: unknown, algorithm: string | undefined): unknown {
  if (value === undefined) return undefined;
  const name = HASHES[algorithm ?? 'SHA-256'];
  if (name === undefined)
    throw failure('D3137', `The algorithm of the $hash function must be one of ${Object.keys(HASHES).join(', ')}`);
  const text = typeof value === 'string' ? value : JSON.stringify(jsonOfResult(value, LIMITS.expressionNodes));
  return createHash(name).update(text, 'utf8').digest('hex');
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw failure(
      'D3137',
      `The argument of the $parse function is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
  }
}

function now(this: Focus, picture?: string, zone?: string): unknown {
  const millis = this.environment.lookup(NOW);
  const format = this.environment.lookup('fromMillis');
  return isNative(format) ? format.implementation.call(this, millis, picture, zone) : undefined;
}

function pad(text: string | undefined, width: number, fill = ' '): unknown {
  if (text === undefined) return undefined;
  if (Math.abs(width) > LIMITS.expressionTextLength) throw failure('D3137', 'The width of the $pad function is too large');
  const characters = Array.from(text);
  const missing = Math.abs(width) - characters.length;
  if (missing <= 0 || fill === '') return text;
  const padding = Array.from(fill.repeat(Math.ceil(missing / Array.from(fill).length)))
    .slice(0, missing)
    .join('');
  return width > 0 ? text + padding : padding + text;
}

/** JSONata compares every pair; by their text it is once for each. */
function distinct(items: unknown): unknown {
  if (!Array.isArray(items) || items.length <= 1) return items;
  const seen = new Set<string>();
  return items.filter((item: unknown) => {
    const key = canonical(jsonOfResult(item, LIMITS.expressionNodes) ?? null);
    return seen.has(key) ? false : Boolean(seen.add(key));
  });
}

function shuffle(this: Focus, items: readonly unknown[] | undefined): unknown {
  if (items === undefined) return undefined;
  const draw = this.environment.lookup('random');
  const shuffled = [...items];
  for (let index = shuffled.length - 1; index > 0; index--) {
    const other = Math.floor((typeof draw === 'function' ? Number(draw()) : 0) * (index + 1));
    [shuffled[index], shuffled[other]] = [shuffled[other], shuffled[index]];
  }
  return shuffled;
}

/** JSONata makes a backtracking regular expression of the picture. */
function guardToMillis(expression: jsonata.Expression): void {
  expression.registerFunction(
    'toMillis',
    function (this: Focus, text: string | undefined, picture?: string) {
      if (text !== undefined && picture !== undefined) {
        const neighbours = picture.match(/\](?=[\w\s]*\[)|\[[^\]]*w[^\]]*\]/g)?.length ?? 0;
        if (text.length > PARSED_TIMESTAMP_LENGTH || neighbours > PICTURE_NEIGHBOURS_MAX)
          throw failure('D3137', 'The timestamp or its picture is too long');
      }
      const timed = Object.assign(Object.create(this) as Focus, { environment: withTimestamp(this.environment) });
      return nativeToMillis.implementation.call(timed, text, picture);
    },
    '<s-s?:n>',
  );
}

/** Parts of a date that its text leaves out come from now, which is the evaluation's own. */
function withTimestamp(environment: Focus['environment']): unknown {
  return { timestamp: new Date(Number(environment.lookup(NOW))) };
}

function isNative(value: unknown): value is Native {
  return typeof value === 'object' && value !== null && 'implementation' in value && typeof value.implementation === 'function';
}

async function native(name: string): Promise<Native> {
  const found: unknown = await jsonata(name).evaluate(undefined);
  if (!isNative(found)) throw new Error(`JSONata has no function ${name}`);
  return found;
}

function failure(code: string, message: string): Error & { readonly code: string } {
  return Object.assign(new Error(message), { code });
}
