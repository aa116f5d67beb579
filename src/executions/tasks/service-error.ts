// A service's error as Step Functions tells it: the name that Retry and Catch look for, and the sentence that AWS's SDK for Java makes of it.
// Integrations through `aws-sdk:` use its second version (`Sqs.QueueDoesNotExistException`), the optimised ones, which are older, its first
// (`SQS.QueueDoesNotExistException`), with another sentence.

import type { OperationError } from './operation-port.ts';

export type ErrorText = { readonly error: string; readonly cause: string };

/** `Sqs.SqsException` is what the SDK throws for an error that the model does not have. */
export function sdkError({ client, exception, message, status }: OperationError, requestId: string): ErrorText {
  return {
    error: `${client}.${exception ?? `${client}Exception`}`,
    cause: `${message} (Service: ${client}, Status Code: ${status}, Request ID: ${requestId})`,
  };
}

/** How the first version of the SDK calls a service. */
export type ClientName = {
  /** What its errors begin with: `SQS`. */
  readonly prefix: string;
  /** In its sentences: `AmazonSQS`. */
  readonly service: string;
  /** Of an error that the model does not have: `AmazonSQSException`. */
  readonly exception: string;
};

export function optimisedError(error: OperationError, name: ClientName, requestId: string): ErrorText {
  return {
    error: `${name.prefix}.${error.exception ?? name.exception}`,
    cause: optimisedCause(error, name, requestId),
  };
}

export function optimisedCause(
  { message, status, code }: Pick<OperationError, 'message' | 'status' | 'code'>,
  { service }: ClientName,
  requestId: string,
): string {
  return `${message} (Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${requestId}; Proxy: null)`;
}
