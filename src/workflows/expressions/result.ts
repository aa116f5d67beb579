// Takes plain JSON out of what JSONata answered, which may hold functions, sequences with members of their own, and values that repeat.

import type { Json } from './json.ts';

/** Undefined stays undefined at the top; inside of an array or an object it is left out. */
export function jsonOfResult(value: unknown, nodesMax: number): Json | undefined {
  const budget = { nodes: nodesMax };
  return convert(value, budget);
}

function convert(value: unknown, budget: { nodes: number }): Json | undefined {
  budget.nodes--;
  if (budget.nodes < 0) throw new Error('The result of the expression is too large');
  if (value === undefined || value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'object') return convertObject(value, budget);
  if (typeof value !== 'number') throw notData();
  if (Number.isFinite(value)) return value;
  throw Object.assign(new Error('The result of the expression is not a JSON number'), { code: 'D1001' });
}

function convertObject(value: object, budget: { nodes: number }): Json {
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const converted = convert(item, budget);
      if (converted !== undefined) items.push(converted);
    }
    return items;
  }
  if ('_jsonata_lambda' in value || '_jsonata_function' in value) throw notData();
  const members: [string, Json][] = [];
  for (const [key, item] of Object.entries(value)) {
    const converted = convert(item, budget);
    if (converted !== undefined) members.push([key, converted]);
  }
  return Object.fromEntries(members);
}

function notData(): Error {
  return Object.assign(new Error('The result of the expression is a function'), { code: 'T1006' });
}
