// The errors that CloudWatch Logs answers with, in AWS's words where they are known.

import { ApiError } from '#kernel';

// Other services answer some of these codes with 404; Logs has 400 for all that is the caller's.
const CLIENT = { status: 400 } as const;

export function invalid(message: string): ApiError {
  return new ApiError('InvalidParameterException', message, CLIENT);
}

/** The wording of a model constraint that does not hold. */
export function invalidMember(value: string, member: string, constraint: string): ApiError {
  const shown = value.length > 600 ? `${value.slice(0, 600)}…` : value;
  return invalid(
    `1 validation error detected: Value '${shown}' at '${member}' failed to satisfy constraint: Member must ${constraint}`,
  );
}

export function noSuchGroup(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log group does not exist.', CLIENT);
}

export function noSuchStream(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified log stream does not exist.', CLIENT);
}

export function groupExists(): ApiError {
  return new ApiError('ResourceAlreadyExistsException', 'The specified log group already exists', CLIENT);
}

export function streamExists(): ApiError {
  return new ApiError('ResourceAlreadyExistsException', 'The specified log stream already exists', CLIENT);
}

export function invalidToken(): ApiError {
  return invalid('The specified nextToken is invalid.');
}

export function changedMeanwhile(): ApiError {
  return new ApiError(
    'OperationAbortedException',
    'Multiple concurrent requests to update the same resource were in conflict.',
    CLIENT,
  );
}

/** The events were not saved; SDKs try again. */
export function cannotSave(cause: unknown): ApiError {
  return new ApiError(
    'ServiceUnavailableException',
    'The log events could not be saved, most likely because the disk of the platform is full. Its operator finds the reason with "mayfly doctor".',
    { status: 503, cause },
  );
}

export function tooManyTags(resourceName: string, limit: number): ApiError {
  return new ApiError('TooManyTagsException', `A log group can have no more than ${limit} tags.`, {
    ...CLIENT,
    fields: { resourceName },
  });
}

export function groupIsProtected(): ApiError {
  return new ApiError(
    'ValidationException',
    'The specified log group has deletion protection enabled. Disable it with PutLogGroupDeletionProtection before you delete the log group.',
    CLIENT,
  );
}
