// The history of an execution as AWS shows it: types, details, and which event came before which.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html

import type { JsonObject } from '../expressions/json.ts';

export type HistoryEvent = {
  readonly id: number;
  readonly previousEventId: number;
  readonly timestampMs: number;
  readonly type: string;
  /** The name of the member of the event's shape, and what it holds; none for events without details. */
  readonly details?: { readonly member: string; readonly value: JsonObject };
};

export type Details = NonNullable<HistoryEvent['details']>;

const WHOLE: JsonObject = { truncated: false };

export function enteredDetails(name: string, input: string): Details {
  return { member: 'stateEnteredEventDetails', value: { name, input, inputDetails: WHOLE } };
}

export function exitedDetails(name: string, output: string, assigned: JsonObject | undefined): Details {
  const value = { name, output, outputDetails: WHOLE };
  if (assigned === undefined || Object.keys(assigned).length === 0) return { member: 'stateExitedEventDetails', value };
  const assignedVariables = Object.fromEntries(Object.entries(assigned).map(([key, item]) => [key, JSON.stringify(item)]));
  return { member: 'stateExitedEventDetails', value: { ...value, assignedVariables, assignedVariablesDetails: WHOLE } };
}

export function inputDetails(member: string, input: string, others: JsonObject = {}): Details {
  return { member, value: { ...others, input, inputDetails: WHOLE } };
}

export function outputDetails(member: string, output: string, others: JsonObject = {}): Details {
  return { member, value: { ...others, output, outputDetails: WHOLE } };
}

/** Error and cause where there are any; AWS leaves out what a Fail state did not say. */
export function errorDetails(
  member: string,
  failure: { readonly error?: string | undefined; readonly cause?: string | undefined },
  others: JsonObject = {},
): Details {
  return {
    member,
    value: {
      ...others,
      ...(failure.error === undefined ? {} : { error: failure.error }),
      ...(failure.cause === undefined ? {} : { cause: failure.cause }),
    },
  };
}
