// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { queueOf, type SqsHandler } from './operation.ts';

export const setQueueAttributes: SqsHandler<'SetQueueAttributes'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.setAttributes(queueOf(input, context), input.Attributes);
    return {};
  };
