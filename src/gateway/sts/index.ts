// STS: who am I? The one operation that every tool asks first. https://docs.aws.amazon.com/STS/latest/APIReference/

import type { ServiceHandlers } from '../operation.ts';
import { getCallerIdentity } from './get-caller-identity.ts';

export type StsHandlers = ServiceHandlers<typeof import('@aws-sdk/client-sts')>;

export const stsHandlers: StsHandlers = {
  GetCallerIdentity: getCallerIdentity,
};
