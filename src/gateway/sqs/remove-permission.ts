// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html

import { queueOf, type SqsHandler } from './operation.ts';

export const removePermission: SqsHandler<'RemovePermission'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.removePermission(queueOf(input, context), input.Label);
    return {};
  };
