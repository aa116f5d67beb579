// Which expressions the platform's own thread may evaluate: those whose work is bounded by their text and the weight of their data, and whose data is light.

import { isTree } from './jsonata-tree.ts';
import type { Tree } from './jsonata-tree.ts';
import type { Json } from './json.ts';

/** At most `parts` times the weight of the data to the power of `degree`. */
export type WorkBound = { readonly parts: number; readonly degree: number };

/** A part takes about two microseconds: some milliseconds in all. */
const WORK_MAX = 4000;
const PARTS_MAX = 400;
const DEPTH_MAX = 64;
const TEXT_SHIFT = 3;

export function isLight(bound: WorkBound, values: Iterable<Json>): boolean {
  if (bound.parts > PARTS_MAX) return false;
  const weightMax = (WORK_MAX / bound.parts) ** (1 / Math.max(1, bound.degree));
  return bound.degree === 0 || weighsAtMost(values, weightMax);
}

function weighsAtMost(values: Iterable<Json>, weightMax: number): boolean {
  let weight = 0;
  const pending: unknown[] = [...values];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    weight += typeof next === 'string' ? 1 + (next.length >> TEXT_SHIFT) : 1;
    if (weight > weightMax) return false;
    if (typeof next !== 'object' || next === null) continue;
    const children = Array.isArray(next) ? next : Object.values(next);
    if (children.length > weightMax) return false;
    pending.push(...children);
  }
  return true;
}

/** Functions that go once over what they are given, and give back no more than that. What calls functions, takes pictures or patterns is not among them. */
const LINEAR = new Set(
  `abs append average base64decode base64encode boolean ceil contains count decodeUrl decodeUrlComponent encodeUrl encodeUrlComponent error assert
  exists floor hash join keys length lookup lowercase max merge millis min not now number partition power random reverse round shuffle split spread
  sqrt string substring substringAfter substringBefore sum trim type uppercase uuid zip`.split(/\s+/),
);

/** Undefined where nothing bounds it but time: functions that are passed on, recursion, ranges, patterns, sorting, wildcards. */
export function workOf(tree: Tree): WorkBound | undefined {
  return bounded(tree, 0);
}

function bounded(tree: unknown, depth: number): WorkBound | undefined {
  if (!isTree(tree) || depth > DEPTH_MAX || hasMore(tree)) return undefined;
  switch (tree.type) {
    case 'string':
    case 'number':
    case 'value':
      return { parts: 1, degree: 0 };
    case 'variable':
      return { parts: 1, degree: 1 };
    case 'path':
      return path(tree['steps'], depth);
    case 'binary':
      return tree.value === '..' ? undefined : all([tree['lhs'], tree['rhs']], depth);
    case 'condition':
      return all([tree['condition'], tree['then'], ...(tree['else'] === undefined ? [] : [tree['else']])], depth);
    case 'block':
      return all(tree['expressions'], depth);
    case 'unary':
      return all(tree['expression'] === undefined ? (tree['expressions'] ?? pairs(tree['lhs'])) : [tree['expression']], depth);
    case 'function':
      return call(tree, depth);
    default:
      return undefined;
  }
}

/** Predicates and groupings on what is no path. */
function hasMore(tree: Tree): boolean {
  return 'predicate' in tree || 'group' in tree || 'focus' in tree || 'index' in tree || 'tuple' in tree || 'ancestor' in tree;
}

function pairs(lhs: unknown): unknown {
  return Array.isArray(lhs) ? lhs.flat() : undefined;
}

function all(trees: unknown, depth: number): WorkBound | undefined {
  if (!Array.isArray(trees)) return undefined;
  let parts = 1;
  let degree = 0;
  for (const tree of trees) {
    const inner = bounded(tree, depth + 1);
    if (inner === undefined) return undefined;
    parts += inner.parts;
    degree = Math.max(degree, inner.degree);
  }
  return { parts, degree };
}

/** Steps by name give no more than there is; a filter looks at each of it. */
function path(steps: unknown, depth: number): WorkBound | undefined {
  if (!Array.isArray(steps)) return undefined;
  let parts = 0;
  let degree = 1;
  for (const step of steps) {
    if (!isTree(step) || (step.type !== 'name' && step.type !== 'variable') || hasMore(step)) return undefined;
    parts++;
    for (const stage of Array.isArray(step['stages']) ? step['stages'] : []) {
      const filter = isTree(stage) && stage.type === 'filter' ? bounded(stage['expr'], depth + 1) : undefined;
      if (filter === undefined) return undefined;
      parts += filter.parts;
      degree = Math.max(degree, 1 + filter.degree);
    }
  }
  return { parts, degree };
}

function call(tree: Tree, depth: number): WorkBound | undefined {
  const { procedure } = tree;
  if (!isTree(procedure) || procedure.type !== 'variable' || !LINEAR.has(String(procedure.value))) return undefined;
  return all(tree['arguments'], depth);
}
