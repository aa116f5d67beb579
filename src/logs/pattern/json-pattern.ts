// JSON filter patterns: `{ $.level = "ERROR" && $.latency > 500 }`.

import { readCondition, satisfies, selectorsOf, type Condition } from './condition.ts';
import type { FilterPattern } from './filter-pattern.ts';
import { invalidPattern } from './invalid-pattern.ts';
import type { PatternReader } from './pattern-reader.ts';
import { Regexes } from './pattern-value.ts';

type Step =
  | { readonly kind: 'property'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'each' };

interface Selector {
  /** As it is written, and as TestMetricFilter names what it found. */
  readonly text: string;
  readonly steps: readonly Step[];
}

/** Quotas of the syntax: one wildcard a selector, three a pattern. */
const WILDCARDS_PER_SELECTOR = 1;
const WILDCARDS_PER_PATTERN = 3;

export function readJsonPattern(reader: PatternReader): FilterPattern {
  reader.expect('{', 'at the beginning');
  const condition = readCondition<Selector>(reader, { readSelector, readTest, regexes: new Regexes() });
  reader.skipSpace();
  reader.expect('}', 'at the end of a JSON pattern');
  const selectors = selectorsOf(condition);
  const wildcards = selectors.reduce((sum, selector) => sum + wildcardsOf(selector), 0);
  if (wildcards > WILDCARDS_PER_PATTERN) throw invalidPattern(`it holds more than ${WILDCARDS_PER_PATTERN} wildcard selectors.`);
  return {
    matches: (message) => {
      const event = parseEvent(message);
      return event !== undefined && satisfies(condition, (selector) => nodesAt(event, selector.steps));
    },
    extract: (message) => extracted(parseEvent(message), selectors),
  };
}

function readTest(reader: PatternReader, selector: Selector): Condition<Selector> | undefined {
  if (reader.takeWords('IS', 'NULL')) return { kind: 'is', selector, literal: null };
  if (reader.takeWords('IS', 'TRUE')) return { kind: 'is', selector, literal: true };
  if (reader.takeWords('IS', 'FALSE')) return { kind: 'is', selector, literal: false };
  if (reader.takeWords('NOT', 'EXISTS')) return { kind: 'notExists', selector };
  if (reader.takeWords('IS', 'NOT') || reader.takeWords('EXISTS')) {
    throw invalidPattern('"IS NOT" and "EXISTS" are not supported; to ask for a field that is there, write $.field = *.');
  }
  return undefined;
}

/** `$.name`, `$.name[0].other`, `$.list[*]`, `$.*`, `$.['name.with.dots']`. */
function readSelector(reader: PatternReader): Selector {
  const start = reader.at;
  reader.expect('$', 'before a selector');
  const steps: Step[] = [];
  for (;;) {
    const step = readStep(reader);
    if (step === undefined) break;
    steps.push(step);
  }
  const selector = { text: reader.text.slice(start, reader.at), steps };
  if (steps.length === 0) throw invalidPattern('a selector names a field: $.field.');
  if (wildcardsOf(selector) > WILDCARDS_PER_SELECTOR)
    throw invalidPattern(`the selector ${selector.text} has more than one wildcard.`);
  return selector;
}

function readStep(reader: PatternReader): Step | undefined {
  const hasDot = reader.take('.');
  if (reader.take('[')) return readBracket(reader);
  if (!hasDot) return undefined;
  if (reader.take('*')) return { kind: 'each' };
  const name = reader.takeWhile((character) => /[A-Za-z0-9_-]/.test(character));
  if (name === '')
    throw invalidPattern(
      `a field's name is missing at character ${reader.at + 1}; a name with other characters is written $.['name'].`,
    );
  return { kind: 'property', name };
}

function readBracket(reader: PatternReader): Step {
  const step = readBracketContent(reader);
  reader.expect(']', 'in a selector');
  return step;
}

function readBracketContent(reader: PatternReader): Step {
  if (reader.take('*')) return { kind: 'each' };
  if (reader.take("'")) {
    const name = reader.takeWhile((character) => character !== "'");
    reader.expect("'", 'after a field name');
    return { kind: 'property', name };
  }
  const digits = reader.takeWhile((character) => /\d/.test(character));
  if (digits === '' || digits.length > 9) throw invalidPattern(`[0], [*] or ['name'] is expected at character ${reader.at + 1}.`);
  return { kind: 'element', index: Number(digits) };
}

function wildcardsOf(selector: Selector): number {
  return selector.steps.filter((step) => step.kind === 'each').length;
}

/** An event that is no JSON object matches no JSON pattern. */
function parseEvent(message: string): object | undefined {
  // Most lines of a log are no JSON: this is far cheaper than a thrown SyntaxError (measured: 20 ns against 3 µs).
  if (!/^\s*\{/.test(message)) return undefined;
  try {
    const event: unknown = JSON.parse(message);
    return typeof event === 'object' && event !== null ? event : undefined;
  } catch {
    // A line that only begins like JSON is text, not an error.
    return undefined;
  }
}

function nodesAt(event: object, steps: readonly Step[]): readonly unknown[] {
  let nodes: readonly unknown[] = [event];
  for (const step of steps) nodes = nodes.flatMap((node) => nodesBelow(node, step));
  return nodes;
}

function nodesBelow(node: unknown, step: Step): readonly unknown[] {
  if (typeof node !== 'object' || node === null) return [];
  switch (step.kind) {
    case 'each':
      // One level more, so that `flatMap` does not open an array that is an element.
      return Object.values(node);
    case 'element':
      return Array.isArray(node) && step.index < node.length ? [node[step.index] as unknown] : [];
    case 'property':
      // Own properties only: a field may be called `constructor`.
      return !Array.isArray(node) && Object.hasOwn(node, step.name) ? [(node as Record<string, unknown>)[step.name]] : [];
    default:
      return step satisfies never;
  }
}

function extracted(event: object | undefined, selectors: readonly Selector[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  if (event === undefined) return values;
  for (const selector of selectors) {
    const [node] = nodesAt(event, selector.steps);
    if (typeof node === 'string' || typeof node === 'number' || typeof node === 'boolean') values[selector.text] = String(node);
  }
  return values;
}
