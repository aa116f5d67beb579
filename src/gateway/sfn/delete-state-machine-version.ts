// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachineVersion.html

import type { SfnHandler } from './operation.ts';

export const deleteStateMachineVersion: SfnHandler<'DeleteStateMachineVersion'> =
  ({ machines }) =>
  async ({ stateMachineVersionArn }, { scope }) => {
    await machines.versions.remove(scope, stateMachineVersionArn);
    return {};
  };
