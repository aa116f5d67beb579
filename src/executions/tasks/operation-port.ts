// What tasks want of whoever serves the operations of AWS's APIs: any of them by name, with its parameters and its result as JSON.

import type { RequestId, Scope } from '#kernel';
import type { Json, JsonObject } from '#workflows';

/**
 * How members are called. Optimised integrations keep the API's own names but for the first letter (`MD5OfMessageBody`); those through `aws-sdk:` have
 * the names of AWS's SDK for Java (`Md5OfMessageBody`, `DbInstances`).
 */
export type MemberNames = 'api' | 'sdk';

export type OperationCall = {
  /** As a resource names it: `sqs`, `cloudwatchlogs`, `sfn`. */
  readonly service: string;
  /** In camel case: `sendMessage`. */
  readonly action: string;
  readonly parameters: Json;
  readonly names: MemberNames;
  readonly scope: Scope;
  /** The same for a task that is begun again. */
  readonly requestId: RequestId;
  readonly signal: AbortSignal;
};

/** An error as its service tells it. */
export type OperationError = {
  /** As AWS's SDK for Java calls its client: `Sqs`, `DynamoDb`, `CloudWatchLogs`. */
  readonly client: string;
  /** On the wire: `NoSuchKey`, `AWS.SimpleQueueService.NonExistentQueue`. */
  readonly code: string;
  /** The SDK's class, for errors that the service's model has: `NoSuchKeyException`. */
  readonly exception: string | undefined;
  readonly message: string;
  readonly status: number;
};

export type OperationEnd =
  | { readonly kind: 'answered'; readonly status: number; readonly output: JsonObject }
  | { readonly kind: 'failed'; readonly error: OperationError }
  /** Nobody waits for it any more: the signal has aborted. */
  | { readonly kind: 'interrupted' }
  /** The parameters are not those of the operation; each complaint is a sentence of Step Functions. */
  | { readonly kind: 'unfit'; readonly complaints: readonly string[] }
  /** The answer is larger than a state may have. */
  | { readonly kind: 'too-large' }
  /** No such service or operation, or one whose answer does not end. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface OperationPort {
  /** Never rejects but for a bug. */
  call(call: OperationCall): Promise<OperationEnd>;
  /** Why a task cannot name that operation; undefined where it can, whether or not it is served. */
  refusalOf(service: string, action: string): string | undefined;
}
