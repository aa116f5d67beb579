// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

import { callerArn } from '#identity';
import { ApiError } from '#kernel';
import type { StsHandlers } from './index.ts';

/** Every principal may ask who it is. `UserId` is the account for the root, and the access key with the session's name for a function. */
export const getCallerIdentity: NonNullable<StsHandlers['GetCallerIdentity']> = async (_input, { principal }) => {
  if (principal.kind === 'anonymous') throw new ApiError('MissingAuthenticationToken', 'Request is missing Authentication Token');
  const arn = callerArn(principal);
  const userId = principal.kind === 'root' ? principal.account : `${principal.accessKeyId}:${arn.slice(arn.lastIndexOf('/') + 1)}`;
  return { UserId: userId, Account: principal.account, Arn: arn };
};
