// Checks JSONata where it stands in a definition: that it can be read, and that it starts from `$states` or a variable, as there is no document to start from.

import { InvalidExpression } from '../expressions/failure.ts';
import { readExpression } from '../expressions/expression.ts';
import { isJsonata, jsonataSource } from '../expressions/jsonata.ts';
import { isTree, nodesOf } from '../expressions/jsonata-tree.ts';
import type { Tree } from '../expressions/jsonata-tree.ts';
import { isArray, isObject } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';
import type { Diagnostics } from './diagnostics.ts';

export function checkJsonataIn(template: Json, location: string, diagnostics: Diagnostics): void {
  if (typeof template === 'string') {
    if (isJsonata(template)) checkJsonata(template, location, diagnostics);
  } else if (isArray(template)) {
    for (const [index, item] of template.entries()) checkJsonataIn(item, `${location}[${index}]`, diagnostics);
  } else if (isObject(template)) {
    for (const [key, value] of Object.entries(template)) checkJsonataIn(value, `${location}/${key}`, diagnostics);
  }
}

export function checkJsonata(template: string, location: string, diagnostics: Diagnostics): void {
  const source = jsonataSource(template);
  if (source === '') return diagnostics.add('INVALID_JSONATA_EXPRESSION', location, 'The JSONata expression is empty');
  try {
    const { tree } = readExpression(source);
    const nodes = nodesOf(tree);
    if (nodes.some(({ type, value }) => type === 'variable' && value === '$'))
      diagnostics.add('INVALID_JSONATA_EXPRESSION', location, "Reference to '$$' is not supported.");
    for (const name of topLevelNames(tree))
      diagnostics.add('UNSUPPORTED_JSONATA_EXPRESSION', location, `Reference to '${name}' at the top level is not supported.`);
    if (!CATCHER.test(location) && nodes.some(isErrorOutput))
      diagnostics.add(
        'UNSUPPORTED_JSONATA_EXPRESSION',
        location,
        "Reference to '$states.errorOutput' is only supported in a Catch.",
      );
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    diagnostics.add('INVALID_JSONATA_EXPRESSION', location, error.message);
  }
}

/** A catcher's Assign and Output. */
const CATCHER = /\/Catch\[\d+\]\//;

function isErrorOutput({ type, ...parts }: Tree): boolean {
  const steps = type === 'path' ? parts['steps'] : undefined;
  const [first, second]: unknown[] = Array.isArray(steps) ? steps : [];
  return isTree(first) && first.type === 'variable' && first.value === 'states' && isTree(second) && second.value === 'errorOutput';
}

/** Names that paths of the expression start with, where no value is around them that they could be members of. */
function topLevelNames(tree: Tree): ReadonlySet<string> {
  const names = new Set<string>();
  const pending: unknown[] = [tree];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (Array.isArray(next)) pending.push(...next);
    if (!isTree(next)) continue;
    if (next.type === 'name') names.add(String(next.value));
    const steps = next['steps'];
    // Steps after the first, predicates, groupings and terms of a sort are about what is before them.
    if (next.type === 'path') pending.push(Array.isArray(steps) ? steps[0] : undefined);
    else if (next.type !== 'transform' && next.type !== 'regex')
      for (const part of SEEN) if (typeof next[part] === 'object') pending.push(next[part] ?? undefined);
  }
  return names;
}

/** Parts of a node that see what it sees itself. */
const SEEN = ['lhs', 'rhs', 'expression', 'expressions', 'arguments', 'procedure', 'condition', 'then', 'else', 'body'];
