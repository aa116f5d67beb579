// What callers send along with an invocation, checked as Lambda checks it. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html

import { isUtf8 } from 'node:buffer';
import { ApiError, LIMITS } from '#kernel';

const EMPTY_EVENT = Buffer.from('{}');

export type InvocationType = 'RequestResponse' | 'Event' | 'DryRun';

/** The payload as JSON text. Nothing at all is an empty event, as Node's runtime shows it on Lambda. */
export function jsonPayload(payload: Uint8Array | undefined, type: InvocationType): Uint8Array {
  if (payload === undefined || payload.byteLength === 0) return EMPTY_EVENT;
  const limit = type === 'Event' ? LIMITS.asyncPayloadBytes : LIMITS.invokePayloadBytes;
  if (payload.byteLength > limit)
    throw new ApiError(
      'RequestEntityTooLargeException',
      `${payload.byteLength} byte payload is too large for the ${type} invocation type (limit ${limit} bytes)`,
      { fields: { Type: 'User' } },
    );
  if (!isUtf8(payload)) throw notJson('Could not parse payload into json: Invalid UTF-8');
  try {
    JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString());
  } catch (cause) {
    throw notJson(`Could not parse payload into json: ${(cause as SyntaxError).message}`, cause);
  }
  return payload;
}

/** X-Amz-Client-Context is base64 of JSON; the function gets the JSON. */
export function clientContext(encoded: string | undefined, type: InvocationType): string | undefined {
  // Lambda has no client context for DryRun, where nothing runs.
  if (encoded === undefined || encoded === '' || type === 'DryRun') return undefined;
  if (encoded.length > LIMITS.clientContextBytes)
    throw new ApiError(
      'InvalidRequestContentException',
      `Client context must be no more than ${LIMITS.clientContextBytes} bytes.`,
      {
        fields: { Type: 'User' },
      },
    );
  const text = Buffer.from(encoded, 'base64').toString();
  try {
    JSON.parse(text);
  } catch (cause) {
    throw new ApiError('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.', {
      fields: { Type: 'User' },
      cause,
    });
  }
  return text;
}

function notJson(detail: string, cause?: unknown): ApiError {
  return new ApiError('InvalidRequestContentException', `Could not parse request body into json: ${detail}`, {
    fields: { Type: 'User' },
    cause,
  });
}
