// Answers of batches: each entry succeeded or failed, by its id.

import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { ApiError, ERROR_CODES } from '#kernel';

export interface BatchAnswer<Entry> {
  readonly Successful: Entry[];
  readonly Failed: BatchResultErrorEntry[];
}

/** `answer` says what became of an entry: what its success looks like, or its error. */
export function batchAnswer<Asked extends { readonly Id: string }, Entry>(
  entries: readonly Asked[],
  answer: (entry: Asked, index: number) => Entry | ApiError,
): BatchAnswer<Entry> {
  const answered: BatchAnswer<Entry> = { Successful: [], Failed: [] };
  for (const [index, asked] of entries.entries()) {
    const result = answer(asked, index);
    if (result instanceof ApiError) answered.Failed.push(failureOf(asked.Id, result));
    else answered.Successful.push(result);
  }
  return answered;
}

/** Codes are those of the query protocol, also in JSON. */
function failureOf(id: string, { code, message }: ApiError): BatchResultErrorEntry {
  return {
    Id: id,
    SenderFault: ERROR_CODES[code].fault === 'client',
    Code: code === 'InvalidParameterValueException' ? 'InvalidParameterValue' : code,
    Message: message,
  };
}
