// Filter patterns, which choose log events: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

import { LIMITS } from '#kernel';
import { invalidPattern } from './invalid-pattern.ts';
import { readJsonPattern } from './json-pattern.ts';
import { PatternReader } from './pattern-reader.ts';
import { readSpacePattern } from './space-pattern.ts';
import { readTermPattern } from './term-pattern.ts';

export interface FilterPattern {
  matches(message: string): boolean;
  /** What the pattern names in a message, by name; empty for plain terms. Meaningful for messages that match. */
  extract(message: string): Readonly<Record<string, string>>;
}

/** An empty pattern matches every event. Throws `InvalidParameterException` for what cannot be read. */
export function parseFilterPattern(text: string): FilterPattern {
  if (text.length > LIMITS.logFilterPatternLength) {
    throw invalidPattern(`it has ${text.length} characters, and at most ${LIMITS.logFilterPatternLength} are read.`);
  }
  const reader = new PatternReader(text.trim());
  const pattern = readByKind(reader);
  reader.skipSpace();
  if (!reader.isAtEnd) throw invalidPattern(`nothing may follow its end, at character ${reader.at + 1}.`);
  return pattern;
}

function readByKind(reader: PatternReader): FilterPattern {
  switch (reader.peek()) {
    case '{':
      return readJsonPattern(reader);
    case '[':
      return readSpacePattern(reader);
    default:
      return readTermPattern(reader);
  }
}
