// Reads Retry and Catch. https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html

import { isObject } from '../expressions/json.ts';
import type { Json } from '../expressions/json.ts';
import { Fields } from './fields.ts';
import { readAssign, readTemplate } from './templates.ts';
import type { Catcher, Retrier } from './state.ts';

/** Attempts and delays of a retrier: the greatest that AWS takes. */
const ATTEMPTS_MAX = 99_999_999;
const DELAY_SECONDS_MAX = 31_622_400;
const RETRIER: ReadonlySet<string> = new Set([
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
]);
const CATCHER: ReadonlySet<string> = new Set(['ErrorEquals', 'Next', 'ResultPath', 'Assign', 'Output', 'Comment']);

export function readRetry(state: Fields): readonly Retrier[] {
  return each(state, 'Retry', (fields, isLast) => {
    fields.onlyKnown(RETRIER);
    const maxDelaySeconds = fields.number('MaxDelaySeconds', { min: 1, max: DELAY_SECONDS_MAX, whole: true });
    return {
      errorEquals: errorEquals(fields, isLast),
      intervalSeconds: fields.number('IntervalSeconds', { min: 1, max: ATTEMPTS_MAX, whole: true }) ?? 1,
      maxAttempts: fields.number('MaxAttempts', { min: 0, max: ATTEMPTS_MAX, whole: true }) ?? 3,
      backoffRate: fields.number('BackoffRate', { min: 1 }) ?? 2,
      maxDelaySeconds,
      jitter: fields.oneOf('JitterStrategy', ['NONE', 'FULL']) === 'FULL',
    };
  });
}

export function readCatch(state: Fields): readonly Catcher[] {
  return each(state, 'Catch', (fields, isLast) => {
    fields.onlyKnown(CATCHER);
    fields.required(['Next']);
    return {
      errorEquals: errorEquals(fields, isLast),
      next: fields.text('Next') ?? '',
      resultPath: fields.language === 'JSONPath' ? fields.referencePath('ResultPath') : undefined,
      assign: readAssign(fields),
      output: fields.language === 'JSONata' ? readTemplate(fields, 'Output') : undefined,
    };
  });
}

function each<Read>(state: Fields, name: string, read: (fields: Fields, isLast: boolean) => Read): readonly Read[] {
  const items = state.array(name) ?? [];
  return items.flatMap((item: Json, index) => {
    const at = `${state.place(name)}[${index}]`;
    if (isObject(item)) return [read(new Fields(item, at, state.language, state.diagnostics), index === items.length - 1)];
    state.diagnostics.schema(at, 'Expected value of type Object');
    return [];
  });
}

function errorEquals(fields: Fields, isLast: boolean): readonly string[] {
  fields.required(['ErrorEquals']);
  const named = fields.array('ErrorEquals') ?? [];
  const names = named.filter((name) => typeof name === 'string');
  if (names.length < named.length) fields.diagnostics.schema(fields.place('ErrorEquals'), 'Expected value of type String');
  if (fields.has('ErrorEquals') && named.length === 0)
    fields.diagnostics.schema(fields.place('ErrorEquals'), 'Value cannot be empty');
  if (names.includes('States.ALL') && (names.length > 1 || !isLast))
    fields.diagnostics.schema(fields.place('ErrorEquals'), "'States.ALL' can only appear alone, and in the last element");
  return names;
}
