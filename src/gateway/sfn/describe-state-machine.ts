// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html

import type { RevisionRecord } from '#executions';
import { readDefinition, variableReferences } from '#workflows';
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
      ...(includedData === 'METADATA_ONLY' ? {} : when('variableReferences', referencesIn(revision))),
      ...when('variableReferences', includedData === 'METADATA_ONLY' ? undefined : variableReferencesOf(revision)),
    };
  };

/** Left out where no state refers to any. */
function referencesIn({ definition, type }: RevisionRecord): Record<string, string[]> | undefined {
  const read = readDefinition(definition, type);
  const references = read.kind === 'machine' ? Object.entries(variableReferences(read.machine)) : [];
  return references.length === 0 ? undefined : Object.fromEntries(references.map(([state, names]) => [state, [...names]]));
}
