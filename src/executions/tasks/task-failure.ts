// How a task fails, within the bounds that the API has for errors and causes.

import { LIMITS } from '#kernel';
import type { Json, JsonObject } from '#workflows';
import type { TaskEnd } from './task-port.ts';

export type Failed = Extract<TaskEnd, { kind: 'failed' }>;

export function failed(error: string, cause: string, stage?: Failed['stage']): Failed {
  return {
    kind: 'failed',
    error: error.slice(0, LIMITS.taskErrorLength),
    cause: cause.slice(0, LIMITS.taskCauseLength),
    ...(stage === undefined ? {} : { stage }),
  };
}

/** The failure of a task that could not begin for what it was given. */
export function unfit(parameters: Json, complaints: readonly string[]): Failed {
  const shown = JSON.stringify(parameters);
  return failed('States.Runtime', `The Parameters '${shown}' could not be used to start the Task: [${complaints.join(', ')}]`);
}

export function tooLarge(what: string): Failed {
  return failed(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  );
}

/** What a result of any depth would do to whoever walks through it. */
export function tooDeep(what: string): Failed {
  return failed('States.Runtime', `The state/task '${what}' returned a result that nests deeper than ${LIMITS.dataDepth} levels.`);
}

/** Step Functions' sentences about one parameter. */
export const COMPLAINTS = {
  missing: (field: string) => `The field '${field}' is required but was missing`,
  unknown: (field: string) => `The field '${field}' is not supported by Step Functions`,
  type: (field: string, type: string) => `The value for the field '${field}' must be ${type}`,
  format: (field: string) => `The value of the field '${field}' has an invalid format`,
} as const;

/** A text parameter; complains where it is something else, and where it is missing and must not be. */
export function textParameter(
  parameters: JsonObject,
  field: string,
  complaints: string[],
  options: { readonly isRequired?: boolean } = {},
): string | undefined {
  const value = parameters[field];
  if (typeof value === 'string') return value;
  if (value === undefined) {
    if (options.isRequired === true) complaints.push(COMPLAINTS.missing(field));
  } else complaints.push(COMPLAINTS.type(field, 'a STRING'));
  return undefined;
}

export function complainOfUnknown(parameters: JsonObject, known: ReadonlySet<string>, complaints: string[]): void {
  for (const field of Object.keys(parameters)) if (!known.has(field)) complaints.push(COMPLAINTS.unknown(field));
}
