// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html

import type { SfnHandler } from './operation.ts';

export const deleteStateMachine: SfnHandler<'DeleteStateMachine'> =
  ({ machines }) =>
  async ({ stateMachineArn }, { scope }) => {
    await machines.book.remove(scope, stateMachineArn);
    return {};
  };
