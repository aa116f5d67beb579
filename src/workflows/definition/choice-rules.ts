// Reads the rules of a Choice state. https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html

import { LIMITS } from '#kernel';
import { isObject } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';
import { Fields } from './fields.ts';
import { readAssign, readTemplate } from './templates.ts';
import type { Choice, Rule } from './state.ts';

const ORDERED = ['Equals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'];
const COMPARED: readonly string[] = [
  'BooleanEquals',
  'StringMatches',
  ...['Numeric', 'String', 'Timestamp'].flatMap((kind) => ORDERED.map((order) => `${kind}${order}`)),
];
const TESTS = ['IsBoolean', 'IsNull', 'IsNumeric', 'IsPresent', 'IsString', 'IsTimestamp'];
const OPERATORS: readonly string[] = [
  ...COMPARED,
  ...COMPARED.filter((name) => name !== 'StringMatches').map((name) => `${name}Path`),
  ...TESTS,
];
const COMPOSITE = ['And', 'Or', 'Not'];
const KNOWN: ReadonlySet<string> = new Set([
  ...OPERATORS,
  ...COMPOSITE,
  'Variable',
  'Condition',
  'Next',
  'Assign',
  'Output',
  'Comment',
]);

export function readChoices(state: Fields): readonly Choice[] {
  state.required(['Choices']);
  const choices = state.array('Choices');
  if (choices?.length === 0) state.diagnostics.schema(state.place('Choices'), 'Value cannot be empty');
  return (choices ?? []).flatMap((item, index) => {
    const fields = fieldsOf(item, `${state.place('Choices')}[${index}]`, state);
    if (fields === undefined) return [];
    fields.required(['Next']);
    const rule = readRule(fields, 0);
    if (rule === undefined) return [];
    return [
      {
        rule,
        next: fields.text('Next') ?? '',
        assign: readAssign(fields),
        output: fields.language === 'JSONata' ? readTemplate(fields, 'Output') : undefined,
      },
    ];
  });
}

function fieldsOf(item: Json, at: string, parent: Fields): Fields | undefined {
  if (isObject(item)) return new Fields(item, at, parent.language, parent.diagnostics);
  return parent.diagnostics.schema(at, 'Expected value of type Object');
}

function readRule(fields: Fields, depth: number): Rule | undefined {
  fields.onlyKnown(KNOWN);
  if (depth > LIMITS.definitionDepth) return fields.diagnostics.schema(fields.at, 'Rules are nested too deep');
  if (depth > 0 && fields.has('Next')) fields.diagnostics.schema(fields.place('Next'), 'Field is not supported');
  if (fields.language === 'JSONata') return readCondition(fields);
  const composite = COMPOSITE.filter((name) => fields.has(name));
  const operators = OPERATORS.filter((name) => fields.has(name));
  if (composite.length + operators.length !== 1) {
    return fields.diagnostics.schema(
      fields.at,
      `Exactly one of these fields must be specified: [${[...COMPOSITE, ...OPERATORS].join(', ')}]`,
    );
  }
  const [name] = composite;
  return name === undefined ? readComparison(fields, operators[0] ?? '') : readComposite(fields, name, depth);
}

function readCondition(fields: Fields): Rule | undefined {
  fields.required(['Condition']);
  const condition = readTemplate(fields, 'Condition');
  return condition === undefined ? undefined : { kind: 'condition', condition };
}

function readComposite(fields: Fields, name: string, depth: number): Rule | undefined {
  if (name === 'Not') {
    const inner = fieldsOf(fields.get(name) ?? null, fields.place(name), fields);
    const rule = inner === undefined ? undefined : readRule(inner, depth + 1);
    return rule === undefined ? undefined : { kind: 'not', rule };
  }
  const items = fields.array(name) ?? [];
  if (items.length === 0) fields.diagnostics.schema(fields.place(name), 'Value cannot be empty');
  const rules = items.flatMap((item, index) => {
    const inner = fieldsOf(item, `${fields.place(name)}[${index}]`, fields);
    return (inner === undefined ? undefined : readRule(inner, depth + 1)) ?? [];
  });
  return { kind: name === 'And' ? 'and' : 'or', rules };
}

function readComparison(fields: Fields, operator: string): Rule {
  fields.required(['Variable']);
  fields.path('Variable');
  const operand = fields.get(operator) ?? null;
  const wrong = operandFault(operator, operand);
  if (wrong !== undefined) fields.diagnostics.schema(fields.place(operator), wrong);
  else if (operator.endsWith('Path')) fields.path(operator);
  else if (operator !== 'StringMatches') fields.warnOfPath(operator);
  return { kind: 'compare', variable: fields.text('Variable') ?? '$', operator, operand };
}

function operandFault(operator: string, operand: Json): string | undefined {
  const wanted =
    operator.endsWith('Path') || operator.startsWith('String') || operator.startsWith('Timestamp')
      ? 'string'
      : operator.startsWith('Numeric')
        ? 'number'
        : 'boolean';
  if (typeof operand === wanted) return undefined;
  return `Expected value of type ${wanted === 'string' ? 'String' : wanted === 'number' ? 'Number' : 'Boolean'}`;
}
