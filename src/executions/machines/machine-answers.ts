// What Step Functions answers when it does not do with state machines and activities what it was asked.
// https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html

import { ApiError, LIMITS } from '#kernel';

export function invalid(message: string): ApiError {
  return new ApiError('ValidationException', message);
}

export function invalidArn(what: string): ApiError {
  return new ApiError('InvalidArn', `Invalid Arn: '${what}'`);
}

export function invalidName(name: string): ApiError {
  return new ApiError('InvalidName', `Invalid Name: '${name}'`);
}

export function invalidPageToken(): ApiError {
  return new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
}

export function noSuchMachine(arn: string): ApiError {
  return new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
}

export function machineExists(arn: string): ApiError {
  return new ApiError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
}

export function machineIsDeleting(arn: string): ApiError {
  return new ApiError('StateMachineDeleting', `State Machine is being deleted: '${arn}'`);
}

export function tooManyMachines(): ApiError {
  return new ApiError('StateMachineLimitExceeded', `An account has at most ${LIMITS.stateMachines} state machines.`);
}

export function noSuchActivity(arn: string): ApiError {
  return new ApiError('ActivityDoesNotExist', `Activity Does Not Exist: '${arn}'`);
}

/** Of what has tags, and of aliases. */
export function noSuchResource(arn: string): ApiError {
  return new ApiError('ResourceNotFound', `Resource not found: '${arn}'`, { fields: { resourceName: arn } });
}

export function conflict(message: string): ApiError {
  return new ApiError('ConflictException', message);
}

export function quotaExceeded(message: string): ApiError {
  return new ApiError('ServiceQuotaExceededException', message);
}

export function missingParameter(message: string): ApiError {
  return new ApiError('MissingRequiredParameter', message);
}

export function tooManyVersions(): ApiError {
  return quotaExceeded(`A state machine has at most ${LIMITS.stateMachineVersions} versions. Delete some that no alias leads to.`);
}
