// How large a body each operation may have. What AWS bounds, and room for its encoding.

import { LIMITS } from '#kernel';
import type { Operation } from '#wire';

const MiB = 1024 * 1024;

/** Base64, in JSON, of the largest archive that Lambda takes in a request. */
const ARCHIVE_BYTES = Math.ceil((LIMITS.zipBytes * 4) / 3) + 1 * MiB;

const BY_OPERATION: Readonly<Record<string, number>> = {
  'lambda.CreateFunction': ARCHIVE_BYTES,
  'lambda.UpdateFunctionCode': ARCHIVE_BYTES,
  'lambda.PublishLayerVersion': ARCHIVE_BYTES,
  'lambda.Invoke': LIMITS.invokePayloadBytes,
  'lambda.InvokeAsync': LIMITS.asyncPayloadBytes,
  'lambda.InvokeWithResponseStream': LIMITS.invokePayloadBytes,
  // A result of 6 MiB that is JSON, in JSON.
  'lambda.CheckpointDurableExecution': 16 * MiB,
  // 16 MiB of items, and their encoding: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
  'dynamodb.BatchWriteItem': 32 * MiB,
  'dynamodb.TransactWriteItems': 8 * MiB,
  // A definition of 1 MiB whose every character may need six in JSON; data of 256 KiB each.
  'sfn.CreateStateMachine': 8 * MiB,
  'sfn.UpdateStateMachine': 8 * MiB,
  'sfn.ValidateStateMachineDefinition': 8 * MiB,
  'sfn.TestState': 16 * MiB,
  // Entries of 1 MiB together, whose details are JSON in JSON.
  'eventbridge.PutEvents': 8 * MiB,
  // A batch of 1 MiB whose every character may need six in JSON.
  'cloudwatch-logs.PutLogEvents': 8 * MiB,
  // A message of 1 MiB whose every character may need six in JSON, or three in a form, and its attributes.
  'sqs.SendMessage': 8 * MiB,
  'sqs.SendMessageBatch': 8 * MiB,
};

/** Enough for 1,000 keys to delete, 10,000 parts to complete, or a template. */
const OTHERS = 4 * MiB;

/** A form whose sender is not known yet. */
export const UNKNOWN_FORM_BYTES = 64 * 1024;

export function bodyBytesMax({ service, name }: Operation): number {
  return BY_OPERATION[`${service.name}.${name}`] ?? OTHERS;
}

/** Query forms name their operation inside. */
export const FORM_BYTES = OTHERS;
