// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html

import { when, type SfnHandler } from './operation.ts';

export const updateStateMachine: SfnHandler<'UpdateStateMachine'> =
  ({ machines }) =>
  async (input, { scope }) => {
    const updated = await machines.book.update(scope, input.stateMachineArn, {
      definition: input.definition,
      roleArn: input.roleArn,
      logging: input.loggingConfiguration,
      tracing: input.tracingConfiguration,
      encryption: input.encryptionConfiguration,
      publish: input.publish,
      versionDescription: input.versionDescription,
    });
    return {
      updateDate: new Date(updated.updatedAtMs),
      ...when('revisionId', updated.revisionId),
      ...when('stateMachineVersionArn', updated.versionArn),
    };
  };
