// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html

import { queueOf, type SqsHandler } from './operation.ts';

export const addPermission: SqsHandler<'AddPermission'> =
  ({ queues }) =>
  async (input, context) => {
    await queues.administration.addPermission(queueOf(input, context), {
      label: input.Label,
      accounts: input.AWSAccountIds,
      actions: input.Actions,
    });
    return {};
  };
