// The values of a leaf on their own, for those whose fields are not an event's: the filter policies of topics, whose keys may be the
// attributes of a message.

import { readJson } from './json-nodes.ts';
import { readLeaf } from './leaf-syntax.ts';
import { anyOf, type Test } from './operators.ts';
import { InvalidPattern, withPlace } from './pattern-syntax.ts';

export interface Leaf {
  /** Whether a value that is there fulfils it. */
  readonly test: Test;
  /** `{"exists": false}` is among its values: it is fulfilled where there is no value. */
  readonly mayBeAbsent: boolean;
  /** How many values it names: limits count them. */
  readonly size: number;
}

/** `json` is an array as a pattern has it, `["a", {"prefix": "b"}]`. Throws `InvalidPattern`. */
export function parseLeaf(json: string): Leaf {
  return withPlace(json, () => {
    const node = readJson(json);
    if (node.kind !== 'array') throw new InvalidPattern('Match value must be an array');
    const operators = readLeaf(node);
    return { test: anyOf(operators), mayBeAbsent: operators.some(({ kind }) => kind === 'absent'), size: operators.length };
  });
}
