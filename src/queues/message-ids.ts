// Ids that clients choose: of message groups, of messages that may be sent twice, of receives that may be asked for again.

import { invalidValue } from './queue-answers.ts';

const ID = /^[A-Za-z0-9!-/:-@[-`{-~]{1,128}$/;

export function checkId(value: string, parameter: string): void {
  if (ID.test(value)) return;
  throw invalidValue(
    value,
    parameter,
    `${parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}
