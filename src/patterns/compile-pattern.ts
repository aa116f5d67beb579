// One pattern as a function of events.

import { alternativeMatches, compileAlternative } from './compiled-alternative.ts';
import { flatten } from './flat-event.ts';
import { PathTree } from './path-tree.ts';
import { parsePattern, type Pattern } from './pattern-syntax.ts';

/** Given an event as `JSON.parse` makes it. */
export type EventTest = (event: unknown) => boolean;

/** Throws `InvalidPattern`. */
export function compilePattern(text: string): EventTest {
  return eventTest(parsePattern(text));
}

export function eventTest({ alternatives }: Pattern): EventTest {
  const paths = new PathTree();
  const compiled = alternatives.map((alternative) => compileAlternative(alternative, paths));
  return (event) => {
    const flat = flatten(event, paths.root);
    return compiled.some((fields) => alternativeMatches(fields, flat));
  };
}
