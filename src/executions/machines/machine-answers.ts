// What Step Functions answers when it does not do with state machines and activities what it was asked.
// https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html

import { ApiError, LIMITS } from '#kernel';

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html#API_CreateStateMachineAlias_Errors */
type InvalidReason = 'API_DOES_NOT_SUPPORT_LABELED_ARNS' | 'INVALID_ROUTING_CONFIGURATION' | 'MISSING_REQUIRED_PARAMETER';

export function invalid(message: string, reason?: InvalidReason): ApiError {
  return new ApiError('ValidationException', message, reason === undefined ? {} : { fields: { reason } });
}

/** Of a distributed map, which only lists of executions and descriptions know by itself. */
export function partOfMachine(arn: string): ApiError {
  return invalid(
    `${arn} names a distributed map of a state machine. Name the state machine itself, without the map.`,
    'API_DOES_NOT_SUPPORT_LABELED_ARNS',
  );
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
