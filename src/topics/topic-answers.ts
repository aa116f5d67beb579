// The errors that SNS answers with, in AWS's words where they are known.
// https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html

import { ApiError } from '#kernel';

/** `Invalid parameter: TopicArn`, with the reason where there is one. */
export function invalid(what: string, reason?: string): ApiError {
  return new ApiError('InvalidParameter', `Invalid parameter: ${what}${reason === undefined ? '' : ` Reason: ${reason}`}`);
}

/** A setting that SNS has and Mayfly does not honour: `sentence` says what to do. */
export function notServed(what: string, sentence: string): ApiError {
  return invalid(what, sentence);
}

export function badAttribute(message: string): ApiError {
  return new ApiError('ParameterValueInvalid', message);
}

export function noSuchTopic(): ApiError {
  return new ApiError('NotFound', 'Topic does not exist');
}

export function noSuchSubscription(): ApiError {
  return new ApiError('NotFound', 'Subscription does not exist');
}

export function noSuchResource(): ApiError {
  return new ApiError('ResourceNotFound', 'Resource does not exist');
}

export function changedMeanwhile(): ApiError {
  return new ApiError('ConcurrentAccess', 'The topic was changed by other requests at the same time. Send the request again.');
}

export function subscriptionLimitExceeded(limit: number): ApiError {
  return new ApiError('SubscriptionLimitExceeded', `A topic of this kind may have no more than ${limit} subscriptions.`);
}

export function filterPolicyLimitExceeded(limit: number): ApiError {
  return new ApiError('FilterPolicyLimitExceeded', `A topic may have no more than ${limit} filter policies.`);
}

export function tooManyTags(limit: number): ApiError {
  return new ApiError('TagLimitExceeded', `Could not complete request: tag quota of per resource exceeded. It is ${limit}.`);
}
