// Space-delimited filter patterns: `[ip, user, ..., status_code = 4*, bytes]`.

import { readCondition, satisfies, selectorsOf, type Condition } from './condition.ts';
import type { FilterPattern } from './filter-pattern.ts';
import { invalidPattern } from './invalid-pattern.ts';
import type { PatternReader } from './pattern-reader.ts';
import { Regexes } from './pattern-value.ts';
import { splitFields } from './space-fields.ts';

interface Field {
  /** Undefined for a field that is left unnamed. */
  readonly name: string | undefined;
  readonly condition: Condition<string> | undefined;
}

interface Fields {
  readonly head: readonly Field[];
  /** What follows an ellipsis; undefined when there is none. */
  readonly tail: readonly Field[] | undefined;
}

export function readSpacePattern(reader: PatternReader): FilterPattern {
  const fields = readFields(reader);
  return {
    matches: (message) => {
      const paired = pair(fields, message);
      return (
        paired !== undefined &&
        paired.every(({ field, text }) => field.condition === undefined || satisfies(field.condition, () => [text]))
      );
    },
    extract: (message) => {
      const values: Record<string, string> = Object.create(null) as Record<string, string>;
      for (const { field, text, position } of pair(fields, message, { withEllipsis: true }) ?? [])
        values[`$${field.name ?? position}`] = text;
      return values;
    },
  };
}

function readFields(reader: PatternReader): Fields {
  reader.expect('[', 'at the beginning');
  const regexes = new Regexes();
  const head: Field[] = [];
  let tail: Field[] | undefined;
  do {
    reader.skipSpace();
    if (!reader.take('...')) {
      (tail ?? head).push(readField(reader, regexes));
    } else if (tail === undefined) {
      tail = [];
    } else {
      throw invalidPattern('a space-delimited pattern has more than one "...".');
    }
    reader.skipSpace();
  } while (reader.take(','));
  reader.expect(']', 'at the end of a space-delimited pattern');
  return { head, tail };
}

/** A name, a name with conditions on it, or nothing. */
function readField(reader: PatternReader, regexes: Regexes): Field {
  const rest = reader.text.slice(reader.at);
  const bare = /^([\w-]*)\s*(?=[,\]])/.exec(rest);
  if (bare !== null) {
    reader.take(bare[0]);
    return { name: bare[1] === '' ? undefined : bare[1], condition: undefined };
  }
  const condition = readCondition<string>(reader, { readSelector: readName, regexes });
  const names = new Set(selectorsOf(condition));
  if (names.size > 1) throw invalidPattern(`the conditions of one field name several: ${[...names].join(', ')}.`);
  return { name: [...names][0], condition };
}

function readName(reader: PatternReader): string {
  reader.skipSpace();
  const name = reader.takeWhile((character) => /[\w-]/.test(character));
  if (name === '') throw invalidPattern(`a field's name (letters, digits, "_" and "-") is missing at character ${reader.at + 1}.`);
  return name;
}

interface Pair {
  readonly field: Field;
  readonly text: string;
  /** Counted from 1. */
  readonly position: number;
}

const UNNAMED: Field = { name: undefined, condition: undefined };

/**
 * Lays the pattern's fields on the event's, or answers undefined when they do not fit. Without an ellipsis the last field takes
 * the rest of the line: the pattern that AWS itself offers for Lambda's logs, `[timestamp=*Z, request_id="*-*", event]`, and the
 * `[w1=ERROR, w2]` of its documentation both rely on it.
 */
function pair(
  { head, tail }: Fields,
  message: string,
  options: { readonly withEllipsis?: boolean } = {},
): readonly Pair[] | undefined {
  const needed = head.length + (tail?.length ?? 0);
  const tokens = splitFields(message, tail === undefined ? needed + 1 : undefined);
  if (tokens.length < needed) return undefined;
  const texts = tokens.map((token) => token.text);
  if (tail === undefined && tokens.length > needed) {
    const last = tokens[needed - 1];
    if (last !== undefined) texts[needed - 1] = message.slice(last.start).trimEnd();
  }
  const at = (field: Field, index: number): Pair => ({ field, text: texts[index] ?? '', position: index + 1 });
  const pairs = head.map(at);
  if (tail === undefined) return pairs;
  const tailStart = texts.length - tail.length;
  if (options.withEllipsis === true) {
    for (let index = head.length; index < tailStart; index += 1) pairs.push(at(UNNAMED, index));
  }
  return [...pairs, ...tail.map((field, index) => at(field, tailStart + index))];
}
