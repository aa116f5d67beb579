// The errors that EventBridge answers with, in AWS's words where they are known. All that is the caller's has status 400.

import { ApiError, type ErrorCode } from '#kernel';

function answer(code: ErrorCode, message: string): ApiError {
  return new ApiError(code, message, { status: 400 });
}

export function invalid(message: string): ApiError {
  return answer('ValidationException', message);
}

export function invalidParameter(name: string, reason?: string): ApiError {
  return invalid(`Parameter ${name} is not valid.${reason === undefined ? '' : ` Reason: ${reason}`}`);
}

export function invalidPattern(reason: string): ApiError {
  return answer('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}

export function notFound(message: string): ApiError {
  return answer('ResourceNotFoundException', message);
}

export function noSuchBus(name: string): ApiError {
  return notFound(`Event bus ${name} does not exist.`);
}

export function noSuchRule(rule: string, bus: string): ApiError {
  return notFound(`Rule ${rule} does not exist on EventBus ${bus}.`);
}

export function alreadyExists(message: string): ApiError {
  return answer('ResourceAlreadyExistsException', message);
}

export function tooMany(): ApiError {
  return answer('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
}

export function illegalStatus(message: string): ApiError {
  return answer('IllegalStatusException', message);
}

export function policyTooLong(): ApiError {
  return answer('PolicyLengthExceededException', 'The policy is longer than an event bus may have one.');
}

export function changedMeanwhile(what: string): ApiError {
  return answer('ConcurrentModificationException', `${what} was modified concurrently. Try again.`);
}
