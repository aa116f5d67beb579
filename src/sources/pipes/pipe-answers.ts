// The errors of EventBridge Pipes. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/CommonErrors.html

import { ApiError } from '#kernel';

export function invalid(message: string, cause?: unknown): ApiError {
  return new ApiError('ValidationException', message, { cause });
}

export function noSuchPipe(name: string): ApiError {
  return new ApiError('NotFoundException', `Pipe ${name} does not exist.`);
}

export function conflict(message: string): ApiError {
  return new ApiError('ConflictException', message);
}
