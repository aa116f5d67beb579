// Checks JSONata where it stands in a definition: that it can be read, and that it starts from `$states` or a variable, as there is no document to start from.

import { InvalidExpression } from '../expressions/failure.ts';
import { isJsonata, jsonataSource, jsonataTree } from '../expressions/jsonata.ts';
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
    const name = topLevelName(jsonataTree(source));
    if (name !== undefined)
      diagnostics.add('UNSUPPORTED_JSONATA_EXPRESSION', location, `Reference to '${name}' at the top level is not supported.`);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    diagnostics.add('INVALID_JSONATA_EXPRESSION', location, error.message);
  }
}

type Tree = ReturnType<typeof jsonataTree>;

/** The name that a path of the expression starts with, where no value is around it that it could be a member of. */
function topLevelName(tree: Tree): string | undefined {
  const first = tree.type === ('path' as Tree['type']) ? tree.steps?.[0] : tree;
  if (first?.type === 'name' && typeof first.value === 'string') return first.value;
  if (first !== undefined && first !== tree) return topLevelName(first);
  const sides = [tree.lhs, tree.rhs].filter((side): side is Tree => typeof side === 'object' && !Array.isArray(side));
  const inner =
    tree.type === 'binary'
      ? sides
      : tree.type === 'block' || tree.type === 'unary'
        ? (tree.expressions ?? [])
        : tree.type === 'function'
          ? (tree.arguments ?? [])
          : [];
  for (const side of inner) {
    const name = topLevelName(side);
    if (name !== undefined) return name;
  }
  return undefined;
}
