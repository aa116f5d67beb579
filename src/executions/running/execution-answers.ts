// What Step Functions answers when it does not do with executions and tasks what it was asked.
// https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html

import { ApiError } from '#kernel';

export function noSuchExecution(arn: string): ApiError {
  return new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

export function executionExists(arn: string): ApiError {
  return new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
}

export function invalidInput(why: string): ApiError {
  return new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
}

export function invalidOutput(why: string): ApiError {
  return new ApiError('InvalidOutput', `Invalid Output: '${why}'`);
}

export function invalidTaskToken(): ApiError {
  return new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
}

export function taskIsOver(): ApiError {
  return new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
}

export function noSuchTask(): ApiError {
  return new ApiError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'");
}

export function notRedrivable(arn: string, reason: string): ApiError {
  return new ApiError('ExecutionNotRedrivable', `Execution is not redrivable: '${arn}'. ${reason}`);
}

export function wrongMachineType(): ApiError {
  return new ApiError('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');
}
