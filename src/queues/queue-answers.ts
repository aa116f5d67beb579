// The errors that SQS answers with, in AWS's words where they are known.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html

import { ApiError } from '#kernel';

// Other services answer some of these codes with another status.
const CLIENT = { status: 400 } as const;

export function noSuchQueue(): ApiError {
  return new ApiError('QueueDoesNotExist', 'The specified queue does not exist.');
}

export function queueExists(attribute: string): ApiError {
  return new ApiError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
  );
}

export function invalid(message: string): ApiError {
  return new ApiError('InvalidParameterValueException', message, CLIENT);
}

/** The usual sentence; long values are cut. */
export function invalidValue(value: string | number, parameter: string, reason: string): ApiError {
  const text = String(value);
  return invalid(
    `Value ${text.length > 256 ? `${text.slice(0, 256)}…` : text} for parameter ${parameter} is invalid. Reason: ${reason}`,
  );
}

export function notForThisQueue(value: string | number, parameter: string): ApiError {
  return invalidValue(value, parameter, 'The request include parameter that is not valid for this queue type.');
}

export function missing(parameter: string): ApiError {
  return new ApiError('MissingParameter', `The request must contain the parameter ${parameter}.`);
}

export function unknownAttribute(name: string): ApiError {
  return new ApiError('InvalidAttributeName', `Unknown Attribute ${name}.`);
}

export function invalidAttribute(name: string, reason?: string): ApiError {
  const message = `Invalid value for the parameter ${name}.`;
  return new ApiError('InvalidAttributeValue', reason === undefined ? message : `${message} Reason: ${reason}`);
}

export function invalidReceiptHandle(handle: string): ApiError {
  return new ApiError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle.slice(0, 256)}" is not a valid receipt handle.`,
  );
}

export function expiredReceiptHandle(handle: string): ApiError {
  return invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.');
}

export function unsupported(message: string): ApiError {
  return new ApiError('UnsupportedOperation', message);
}

export function changedMeanwhile(): ApiError {
  return new ApiError('RequestThrottled', 'The queue is being changed by other requests at the same time. Send the request again.');
}
