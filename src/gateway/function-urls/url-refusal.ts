// The platform's own answers on a function URL, in Lambda's form: a status, an error type, and a JSON document with a Message.

import { ERROR_CODES, LIMITS } from '#kernel';
import type { ApiError } from '#kernel';
import type { AttemptResult } from '#invocation';

export class UrlRefusal extends Error {
  readonly status: number;
  readonly errorType: string;

  constructor(status: number, errorType: string, message: string) {
    super(message);
    this.name = 'UrlRefusal';
    this.status = status;
    this.errorType = errorType;
  }
}

/** Every refusal is JSON, says its request, and when it is worth to come again; with a 503 whoever sends it ends the connection. */
export function refusalHeaders({ status, errorType }: UrlRefusal, requestId: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-amzn-requestid': requestId,
    'x-amzn-errortype': errorType,
  };
  if (status === 503) headers['retry-after'] = '1';
  return headers;
}

export function refusalBody({ message }: UrlRefusal): Buffer {
  return Buffer.from(JSON.stringify({ Message: message }));
}

const FORBIDDEN =
  'Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html';

export const forbidden = () => new UrlRefusal(403, 'AccessDeniedException', FORBIDDEN);

export const closing = () => new UrlRefusal(503, 'ServiceException', 'Service Unavailable');

export const badGateway = () => new UrlRefusal(502, 'InternalServerErrorException', 'Internal Server Error');

export const tooLarge = () =>
  new UrlRefusal(
    413,
    'RequestEntityTooLargeException',
    `Request must be smaller than ${LIMITS.responsePayloadBytes} bytes for the InvokeFunction operation`,
  );

export function refusalOfResult(result: Exclude<AttemptResult, { kind: 'answered' }>): UrlRefusal {
  switch (result.kind) {
    case 'throttled':
      return new UrlRefusal(429, 'TooManyRequestsException', 'Rate Exceeded.');
    case 'recursive':
      return new UrlRefusal(400, 'RecursiveInvocationException', 'The function was invoked in a recursive loop.');
    case 'failed':
      return badGateway();
    case 'closed':
      return closing();
    default:
      return result satisfies never;
  }
}

export function refusalOfApiError(error: ApiError): UrlRefusal {
  // The function is being changed, or was deleted while its URL was looked up: nothing that the caller did.
  if (error.code === 'ResourceConflictException') return new UrlRefusal(503, error.code, 'Service Unavailable');
  if (error.code === 'ResourceNotFoundException') return new UrlRefusal(404, error.code, 'No function has this URL.');
  return new UrlRefusal(error.status ?? ERROR_CODES[error.code].status, error.code, error.message);
}
