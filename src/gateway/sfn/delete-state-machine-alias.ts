// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineAlias.html

import type { SfnHandler } from './operation.ts';

export const deleteStateMachineAlias: SfnHandler<'DeleteStateMachineAlias'> =
  ({ machines }) =>
  async ({ stateMachineAliasArn }, { scope }) => {
    await machines.aliases.remove(scope, stateMachineAliasArn);
    return {};
  };
