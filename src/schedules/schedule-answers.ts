// What EventBridge Scheduler answers when it does not do what it was asked.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/CommonErrors.html

import { ApiError } from '#kernel';

export function invalid(message: string, cause?: unknown): ApiError {
  return new ApiError('ValidationException', message, cause === undefined ? {} : { cause });
}

export function noSuchSchedule(name: string): ApiError {
  return new ApiError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
}

export function noSuchGroup(name: string): ApiError {
  return new ApiError('ResourceNotFoundException', `Schedule group ${name} does not exist.`);
}

export function scheduleExists(name: string): ApiError {
  return new ApiError('ConflictException', `Schedule ${name} already exists.`);
}

export function groupExists(name: string): ApiError {
  return new ApiError('ConflictException', `Schedule group ${name} already exists.`);
}

export function groupIsDeleted(name: string): ApiError {
  return new ApiError('ConflictException', `Schedule group ${name} is being deleted.`);
}

export function changedMeanwhile(what: string): ApiError {
  return new ApiError('ConflictException', `${what} was changed by another request at the same time. Try again.`);
}

export function quotaExceeded(message: string): ApiError {
  return new ApiError('ServiceQuotaExceededException', message);
}
