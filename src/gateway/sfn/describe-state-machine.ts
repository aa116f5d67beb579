// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html

import { when, type SfnHandler } from './operation.ts';
import { configurationsOf, variableReferencesOf } from './state-machine.ts';

export const describeStateMachine: SfnHandler<'DescribeStateMachine'> =
  ({ machines }) =>
  async ({ stateMachineArn, includedData }, { scope }) => {
    const machine = await machines.book.describe(scope, stateMachineArn);
    const { revision } = machine;
    return {
      stateMachineArn: machine.arn,
      name: machine.name,
      status: machine.status,
      definition: includedData === 'METADATA_ONLY' ? '{}' : revision.definition,
      roleArn: revision.roleArn,
      type: revision.type,
      creationDate: new Date(machine.createdAtMs),
      ...configurationsOf(revision),
      ...when('label', machine.label),
      ...when('revisionId', machine.revisionId),
      ...when('description', machine.description),
      ...when('variableReferences', includedData === 'METADATA_ONLY' ? undefined : variableReferencesOf(revision)),
    };
  };
