// Evaluates JSONPath with Jayway's meaning: a definite path answers its value or fails, an indefinite one answers a list, which may be empty.

import type { Budget } from './budget.ts';
import { EvaluationError, InvalidExpression } from './failure.ts';
import { canonical, isArray, isObject, jsonEquals, member } from './json.ts';
import type { Json } from './json.ts';
import { parsePath } from './json-path-syntax.ts';
import type { Comparison, Operand, Path, Segment, Test, Value } from './json-path-syntax.ts';
import { LinearRegex } from './linear-regex.ts';
import { remembered } from './memo.ts';

export type Documents = {
  readonly input: Json;
  readonly context: () => Json;
  /** A variable of the scope or of one around it. */
  readonly variable: (name: string) => Json | undefined;
  readonly budget: Budget;
};

/** Paths kept in parsed form; a definition of 1 MB has fewer. */
const PATHS_KEPT = 10_000;
const parsed = remembered(PATHS_KEPT, parsePath);

export function compilePath(text: string): Path {
  return parsed(text);
}

/** Variables that it starts from, and that its filters look at; none where it is a text that only looks like a path. */
export function variablesOfPath(text: string): readonly string[] {
  try {
    return variablesIn(parsed(text));
  } catch (error) {
    if (error instanceof InvalidExpression) return [];
    throw error;
  }
}

function variablesIn({ root, segments }: Path): readonly string[] {
  const own = root.kind === 'variable' ? [root.name] : [];
  return [...own, ...segments.flatMap((segment) => (segment.kind === 'filter' ? variablesOfTest(segment.test) : []))];
}

function variablesOfTest(test: Test): readonly string[] {
  switch (test.kind) {
    case 'and':
    case 'or':
      return test.tests.flatMap(variablesOfTest);
    case 'not':
      return variablesOfTest(test.test);
    case 'exists':
      return variablesIn(test.path);
    case 'compare':
      return [test.left, test.right].flatMap((operand) => (operand.kind === 'path' ? variablesIn(operand.path) : []));
    default:
      return test satisfies never;
  }
}

export function evaluatePath(text: string, documents: Documents): Json {
  const path = parsed(text);
  return select(path, rootOf(path, documents), documents, text);
}

function rootOf(path: Path, documents: Documents): Json {
  switch (path.root.kind) {
    case 'context':
      return documents.context();
    case 'variable': {
      const value = documents.variable(path.root.name);
      if (value !== undefined) return value;
      throw new EvaluationError(
        { kind: 'unknown-variable', variable: path.root.name },
        `Variable '$${path.root.name}' is not defined`,
      );
    }
    case 'document':
    case 'item':
      return documents.input;
    default:
      return path.root satisfies never;
  }
}

function select(path: Path, root: Json, documents: Documents, text: string): Json {
  let found: readonly Json[] = [root];
  let definite = true;
  for (const [index, segment] of path.segments.entries()) {
    if (segment.kind === 'call') {
      const subject: Json = definite ? (found[0] ?? null) : found;
      documents.budget.spend(isArray(subject) ? subject.length : 1);
      const value = call(segment.name, subject);
      if (value === undefined) throw notFound(text, path);
      found = [value];
      definite = true;
      continue;
    }
    const [before] = found;
    found = found.flatMap((value) => step(segment, value, documents));
    definite = definite && segment.kind !== 'all' && isOne(segment);
    // One step that can name several values makes the whole path answer a list, also where what is before it is missing.
    if (path.definite && found.length === 0) {
      const isMissing = segment.kind === 'names' && isObject(before ?? null) && index < path.segments.length - 1;
      throw isMissing ? missing(text, path, index) : notFound(text, path);
    }
  }
  return definite ? (found[0] ?? null) : found;
}

function isOne(segment: Segment): boolean {
  return (segment.kind === 'names' && segment.names.length === 1) || (segment.kind === 'indexes' && segment.indexes.length === 1);
}

function step(segment: Segment, value: Json, documents: Documents): readonly Json[] {
  documents.budget.spend(1);
  switch (segment.kind) {
    case 'names':
      return names(segment.names, value);
    case 'indexes':
      return isArray(value) ? segment.indexes.flatMap((index) => present(value.at(index))) : [];
    case 'slice':
      documents.budget.spend(isArray(value) ? value.length : 0);
      return isArray(value) ? value.slice(segment.from, segment.to) : [];
    case 'all':
      documents.budget.spend(children(value).length);
      return children(value);
    case 'deep':
      return descendants(value, documents.budget).flatMap((inner) => step(segment.inner, inner, documents));
    case 'filter': {
      const items = isArray(value) ? value : isObject(value) ? [value] : [];
      return items.filter((item) => passes(segment.test, item, documents));
    }
    case 'call':
      return present(call(segment.name, value));
    default:
      return segment satisfies never;
  }
}

function names(wanted: readonly string[], value: Json): readonly Json[] {
  if (!isObject(value)) return [];
  return wanted.flatMap((name) => present(member(value, name)));
}

function present(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : [value];
}

function children(value: Json): readonly Json[] {
  return isArray(value) ? value : isObject(value) ? Object.values(value) : [];
}

/** A value and everything below it, parents first. Iterative: documents may be nested as deep as their size allows. */
function descendants(value: Json, budget: Budget): Json[] {
  const found: Json[] = [];
  const pending: Json[] = [value];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    budget.spend(1 + children(next).length);
    found.push(next);
    for (const child of children(next).toReversed()) if (typeof child === 'object' && child !== null) pending.push(child);
  }
  return found;
}

function passes(test: Test, item: Json, documents: Documents): boolean {
  switch (test.kind) {
    case 'and':
      return test.tests.every((inner) => passes(inner, item, documents));
    case 'or':
      return test.tests.some((inner) => passes(inner, item, documents));
    case 'not':
      return !passes(test.test, item, documents);
    case 'exists':
      return operandOf({ kind: 'path', path: test.path }, item, documents) !== undefined;
    case 'compare':
      return compared(test, item, documents);
    default:
      return test satisfies never;
  }
}

type Pattern = Extract<Operand, { kind: 'regex' }>;

const PATTERNS_KEPT = 200;
/** As many steps as making one takes time. */
const PATTERN_STEPS = 100_000;
const patterns = new Map<string, LinearRegex>();

function matchesWhole({ pattern, flags }: Pattern, text: string, budget: Budget): boolean {
  budget.spendOnSearch(text, pattern);
  try {
    const name = `${flags}/${pattern}`;
    budget.spendOnce(name, PATTERN_STEPS);
    const regex = patterns.get(name) ?? new LinearRegex(pattern, flags);
    if (patterns.size >= PATTERNS_KEPT) patterns.clear();
    patterns.set(name, regex);
    regex.lastIndex = 0;
    return regex.test(text);
  } catch (error) {
    if (error instanceof EvaluationError) throw error;
    // The engine refuses what it could not match in linear time.
    throw new EvaluationError({ kind: 'limit' }, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function operandOf(operand: Value, item: Json, documents: Documents): Json | undefined {
  if (operand.kind === 'value') return operand.value;
  try {
    const root = operand.path.root.kind === 'item' ? item : rootOf(operand.path, documents);
    return select(operand.path, root, documents, '');
  } catch (error) {
    // A member that is not there makes the test false; it does not fail the path.
    if (error instanceof EvaluationError && error.reason.kind !== 'limit') return undefined;
    throw error;
  }
}

function compared({ left, operator, right }: Extract<Test, { kind: 'compare' }>, item: Json, documents: Documents): boolean {
  const one = operandOf(left, item, documents);
  if (right.kind === 'regex') return typeof one === 'string' && matchesWhole(right, one, documents.budget);
  const other = operandOf(right, item, documents);
  for (const value of [one, other]) if (typeof value === 'object') documents.budget.spendOn(value);
  return compare(one, operator, other);
}

function compare(left: Json | undefined, operator: Comparison, right: Json | undefined): boolean {
  if (operator === '!=') return left === undefined || right === undefined ? left !== right : !jsonEquals(left, right);
  if (left === undefined || right === undefined) return false;
  if (operator === '==') return jsonEquals(left, right);
  if (operator === 'in' || operator === 'nin') {
    const isIn = isArray(right) && right.some((item) => jsonEquals(item, left));
    return operator === 'in' ? isIn : !isIn;
  }
  if (operator === 'size')
    return sizeOf(left) !== undefined && sizeOf(left) === (typeof right === 'number' ? right : sizeOf(right));
  if (operator === 'empty') return sizeOf(left) !== undefined && (sizeOf(left) === 0) === right;
  if (operator === 'subsetof' || operator === 'anyof' || operator === 'noneof') return compareSets(left, operator, right);
  const order = orderOf(left, right);
  if (order === undefined) return false;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    case '=~':
      return false;
    default:
      return operator satisfies never;
  }
}

function sizeOf(value: Json): number | undefined {
  return isArray(value) || typeof value === 'string' ? value.length : undefined;
}

function compareSets(left: Json, operator: 'subsetof' | 'anyof' | 'noneof', right: Json): boolean {
  if (!isArray(left) || !isArray(right)) return false;
  const known = new Set(right.map(canonical));
  const isKnown = (item: Json): boolean => known.has(canonical(item));
  if (operator === 'subsetof') return left.every(isKnown);
  return left.some(isKnown) === (operator === 'anyof');
}

function orderOf(left: Json, right: Json): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return undefined;
}

function call(name: string, subject: Json): Json | undefined {
  if (name === 'length' || name === 'size')
    return isArray(subject) || typeof subject === 'string'
      ? subject.length
      : isObject(subject)
        ? Object.keys(subject).length
        : undefined;
  if (name === 'keys') return isObject(subject) ? Object.keys(subject) : undefined;
  if (!isArray(subject)) return undefined;
  if (name === 'first') return subject[0];
  if (name === 'last') return subject.at(-1);
  return statistic(
    name,
    subject.filter((item) => typeof item === 'number'),
  );
}

function statistic(name: string, numbers: readonly number[]): number | undefined {
  if (numbers.length === 0) return undefined;
  const sum = numbers.reduce((total, number) => total + number, 0);
  const mean = sum / numbers.length;
  switch (name) {
    case 'min':
      return numbers.reduce((least, number) => Math.min(least, number));
    case 'max':
      return numbers.reduce((most, number) => Math.max(most, number));
    case 'avg':
      return mean;
    case 'sum':
      return sum;
    default:
      return Math.sqrt(numbers.reduce((total, number) => total + (number - mean) ** 2, 0) / numbers.length);
  }
}

function notFound(text: string, path: Path): EvaluationError {
  return new EvaluationError({ kind: 'path-not-found', path: text }, `No results for path: ${normalised(path)}`);
}

/** Jayway says so where there are further steps. */
function missing(text: string, path: Path, index: number): EvaluationError {
  const reached = normalised({ segments: path.segments.slice(0, index + 1) });
  return new EvaluationError({ kind: 'path-not-found', path: text }, `Missing property in path ${reached}`);
}

/** The path as Jayway prints it in its errors: `$['a'][0]`. */
function normalised({ segments }: Pick<Path, 'segments'>): string {
  const steps = segments.map((segment) => {
    if (segment.kind === 'names') return `[${segment.names.map((name) => `'${name}'`).join(',')}]`;
    return segment.kind === 'indexes' ? `[${segment.indexes.join(',')}]` : segment.kind === 'call' ? `.${segment.name}()` : '[*]';
  });
  return `$${steps.join('')}`;
}
