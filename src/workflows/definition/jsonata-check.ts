// Checks JSONata where it stands in a definition: that it can be read, and that it starts from `$states` or a variable, as there is no document to start from.

import { InvalidExpression } from '../expressions/failure.ts';
import { readExpression } from '../expressions/expression.ts';
import { isJsonata, jsonataSource } from '../expressions/jsonata.ts';
import { isTree } from '../expressions/jsonata-tree.ts';
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
    const name = topLevelName(readExpression(source).tree);
    if (name !== undefined)
      diagnostics.add('UNSUPPORTED_JSONATA_EXPRESSION', location, `Reference to '${name}' at the top level is not supported.`);
  } catch (error) {
    if (!(error instanceof InvalidExpression)) throw error;
    diagnostics.add('INVALID_JSONATA_EXPRESSION', location, error.message);
  }
}

/** The name that a path of the expression starts with, where no value is around it that it could be a member of. */
function topLevelName(tree: Tree): string | undefined {
  const steps = tree['steps'];
  const first: unknown = tree.type === 'path' && Array.isArray(steps) ? steps[0] : tree;
  if (!isTree(first)) return undefined;
  if (first.type === 'name' && typeof first.value === 'string') return first.value;
  if (first !== tree) return topLevelName(first);
  for (const inner of besides(tree)) {
    const name = isTree(inner) ? topLevelName(inner) : undefined;
    if (name !== undefined) return name;
  }
  return undefined;
}

/** Parts of a node that see what it sees itself. */
function besides(tree: Tree): readonly unknown[] {
  const parts: unknown =
    tree.type === 'binary'
      ? [tree['lhs'], tree['rhs']]
      : tree.type === 'block' || tree.type === 'unary'
        ? tree['expressions']
        : tree.type === 'function'
          ? tree['arguments']
          : [];
  return Array.isArray(parts) ? parts : [];
}
