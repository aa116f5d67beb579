// InvokeWithResponseStream: refused until responses are streamed, instead of buffering in secret what a caller expects to flow.

import type * as Lambda from '@aws-sdk/client-lambda';
import { ApiError } from '#kernel';
import type { Handler } from '../operation.ts';

export const invokeWithResponseStream: Handler<typeof Lambda, 'InvokeWithResponseStream'> = async () => {
  throw new ApiError('InvalidParameterValueException', 'Response streaming is not served yet: use Invoke.', {
    fields: { Type: 'User' },
  });
};
