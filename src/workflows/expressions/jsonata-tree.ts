// The syntax tree of a JSONata expression, as far as others than its evaluator look at it: what it mentions, and how far its work can grow.

import type jsonata from 'jsonata';

/** Each kind of node has some of these; the library's own declarations know fewer. */
export type Tree = {
  readonly type: string;
  readonly value?: unknown;
  readonly position?: number;
  readonly [part: string]: unknown;
};

export function treeOf(expression: jsonata.Expression): Tree {
  return expression.ast() as unknown as Tree;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Everything below a node that is a node, however it is held. Iterative: an expression may be as deep as its text is long. */
export function nodesOf(tree: Tree): readonly Tree[] {
  const found: Tree[] = [];
  const pending: unknown[] = [tree];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next !== 'object' || next === null || next instanceof RegExp) continue;
    if (isTree(next)) found.push(next);
    for (const part of Object.values(next).toReversed()) if (typeof part === 'object' && part !== null) pending.push(part);
  }
  return found;
}

/** Names of the variables that it mentions, its own among them; `states` is the platform's. */
export function variablesIn(nodes: readonly Tree[]): ReadonlySet<string> {
  return new Set(
    nodes.flatMap(({ type, value }) => (type === 'variable' && typeof value === 'string' && value !== '' ? [value] : [])),
  );
}

/** Names that it binds itself: parameters of its functions, and what it assigns. */
export function boundIn(nodes: readonly Tree[]): ReadonlySet<string> {
  const bound = new Set<string>();
  for (const node of nodes) {
    const names = node.type === 'lambda' ? node['arguments'] : node.type === 'bind' ? [node['lhs']] : [];
    for (const name of Array.isArray(names) ? names : []) if (isTree(name) && typeof name.value === 'string') bound.add(name.value);
    for (const place of ['focus', 'index']) if (typeof node[place] === 'string') bound.add(node[place]);
  }
  return bound;
}
