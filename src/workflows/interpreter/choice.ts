// Which choice of a Choice state holds. A value of another type makes a comparison false; it does not fail. https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html

import assert from 'node:assert/strict';
import type { Choice, Rule } from '../definition/state.ts';
import type { Json } from '../expressions/json.ts';
import type { Scope, Subject } from './scope.ts';
import { instantOf } from '../expressions/timestamps.ts';

export async function chosen(choices: readonly Choice[], scope: Scope, input: Json, subject: Subject): Promise<Choice | undefined> {
  for (const [index, choice] of choices.entries())
    if (await holds(choice.rule, `Choices[${index}]`, { scope, input, subject })) return choice;
  return undefined;
}

type Question = { readonly scope: Scope; readonly input: Json; readonly subject: Subject };

async function holds(rule: Rule, at: string, question: Question): Promise<boolean> {
  switch (rule.kind) {
    case 'and':
      for (const inner of rule.rules) if (!(await holds(inner, at, question))) return false;
      return true;
    case 'or':
      for (const inner of rule.rules) if (await holds(inner, at, question)) return true;
      return false;
    case 'not':
      return !(await holds(rule.rule, at, question));
    case 'condition': {
      const value = await question.scope.setting(
        { field: `${at}/Condition`, value: rule.condition, path: undefined },
        question.input,
        question.subject,
        'boolean',
      );
      return value === true;
    }
    case 'compare':
      return compares(rule, question);
    default:
      return rule satisfies never;
  }
}

function compares(rule: Extract<Rule, { kind: 'compare' }>, { scope, input }: Question): boolean {
  const value = scope.peek(rule.variable, input);
  if (rule.operator === 'IsPresent') return (value !== undefined) === rule.operand;
  if (value === undefined)
    throw scope.runtime(`Invalid path '${rule.variable}': The choice state's condition path references an invalid value.`);
  if (rule.operator.startsWith('Is')) return is(rule.operator, value) === rule.operand;
  if (!rule.operator.endsWith('Path')) return compare(rule.operator, value, rule.operand, scope);
  assert(typeof rule.operand === 'string', 'the operand of a …Path operator is a path');
  const other = scope.peek(rule.operand, input);
  if (other === undefined)
    throw scope.runtime(`Invalid path '${rule.operand}': The choice state's condition path references an invalid value.`);
  return compare(rule.operator.slice(0, -'Path'.length), value, other, scope);
}

function is(operator: string, value: Json): boolean {
  switch (operator) {
    case 'IsBoolean':
      return typeof value === 'boolean';
    case 'IsNull':
      return value === null;
    case 'IsNumeric':
      return typeof value === 'number';
    case 'IsString':
      return typeof value === 'string';
    default:
      return typeof value === 'string' && instantOf(value) !== undefined;
  }
}

function compare(operator: string, value: Json, operand: Json, scope: Scope): boolean {
  if (operator === 'BooleanEquals') return typeof value === 'boolean' && value === operand;
  if (operator === 'StringMatches') {
    if (typeof value !== 'string' || typeof operand !== 'string') return false;
    scope.spendOnSearch(value, operand);
    return matches(value, operand);
  }
  const [, kind = '', order = ''] = /^(Numeric|String|Timestamp)(.*)$/.exec(operator) ?? [];
  const difference = differenceOf(kind, value, operand);
  return difference !== undefined && inOrder(order, difference);
}

function differenceOf(kind: string, value: Json, operand: Json): number | undefined {
  if (kind === 'Numeric') return typeof value === 'number' && typeof operand === 'number' ? Math.sign(value - operand) : undefined;
  if (typeof value !== 'string' || typeof operand !== 'string') return undefined;
  if (kind === 'String') return value < operand ? -1 : value > operand ? 1 : 0;
  const left = instantOf(value);
  const right = instantOf(operand);
  return left === undefined || right === undefined ? undefined : left < right ? -1 : left > right ? 1 : 0;
}

function inOrder(order: string, difference: number): boolean {
  switch (order) {
    case 'Equals':
      return difference === 0;
    case 'LessThan':
      return difference < 0;
    case 'LessThanEquals':
      return difference <= 0;
    case 'GreaterThan':
      return difference > 0;
    default:
      return difference >= 0;
  }
}

/** `*` stands for any characters, `\*` for itself. Two marks that move forward: linear but for the star that they last passed. */
function matches(text: string, pattern: string): boolean {
  const parts: string[] = [''];
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index] ?? '';
    if (character === '*') parts.push('');
    else parts[parts.length - 1] += character === '\\' && index + 1 < pattern.length ? (pattern[++index] ?? '') : character;
  }
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (parts.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
