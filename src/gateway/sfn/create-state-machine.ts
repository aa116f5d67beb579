// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html

import { tagMap, when, type SfnHandler } from './operation.ts';

export const createStateMachine: SfnHandler<'CreateStateMachine'> =
  ({ machines }) =>
  async (input, { scope }) => {
    const created = await machines.book.create(scope, {
      name: input.name,
      type: input.type ?? 'STANDARD',
      definition: input.definition,
      roleArn: input.roleArn,
      logging: input.loggingConfiguration,
      tracing: input.tracingConfiguration,
      encryption: input.encryptionConfiguration,
      publish: input.publish,
      versionDescription: input.versionDescription,
      tags: tagMap(input.tags ?? []),
    });
    return {
      stateMachineArn: created.arn,
      creationDate: new Date(created.createdAtMs),
      ...when('stateMachineVersionArn', created.versionArn),
    };
  };
