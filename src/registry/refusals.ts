// The errors of Lambda's control plane, in the words in which Lambda says them.

import type { ErrorCode } from '#kernel';
import { ApiError } from '#kernel';

/** Lambda's error shapes carry `Type`: whose fault it was. */
export function refusal(code: ErrorCode, message: string, cause?: unknown): ApiError {
  return new ApiError(code, message, { fields: { Type: 'User' }, cause });
}

export const invalidParameter = (message: string, cause?: unknown) => refusal('InvalidParameterValueException', message, cause);

/** One failed constraint, as the wire words those that the model knows. */
export const constraintViolated = (member: string, value: string, constraint: string) =>
  refusal(
    'ValidationException',
    `1 validation error detected: Value '${value.slice(0, 256)}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );

export const functionNotFound = (arn: string) => refusal('ResourceNotFoundException', `Function not found: ${arn}`);

export const aliasNotFound = (arn: string) => refusal('ResourceNotFoundException', `Cannot find alias arn: ${arn}`);

export const resourceNotFound = () => refusal('ResourceNotFoundException', 'The resource you requested does not exist.');

export const conflict = (message: string) => refusal('ResourceConflictException', message);

export const updateInProgress = (arn: string) =>
  conflict(`The operation cannot be performed at this time. An update is in progress for resource: ${arn}`);

export const notReady = (state: string) =>
  conflict(`The operation cannot be performed at this time. The function is currently in the following state: ${state}`);

/** What the function asks for was given once, and cannot be given here now. */
export const networkNotEnforceable = (message: string) =>
  new ApiError('ResourceNotReadyException', message, { fields: { Type: 'Service' } });

export const revisionMismatch = (call: 'GetFunction/GetAlias' | 'GetPolicy' | 'GetLayerPolicy') =>
  refusal(
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${call} API to retrieve the latest Revision Id`,
  );
