// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html

import { ApiError } from '#kernel';
import { machineArn } from '#executions';
import { when, type SfnHandler } from './operation.ts';
import { configurationsOf, variableReferencesOf } from './state-machine.ts';

export const describeStateMachineForExecution: SfnHandler<'DescribeStateMachineForExecution'> =
  ({ executions, machines }) =>
  async ({ executionArn, includedData }, { scope }) => {
    const { machine, mapRunArn, label } = await executions.machineOf({ scope, executionArn });
    const arn = machineArn({ scope, name: machine.machine.name });
    const revision = await machines.settingsOf(scope, arn, machine.revisionId);
    if (revision === undefined) throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`);
    const isWhole = includedData !== 'METADATA_ONLY';
    return {
      // A map run's child has a machine of its own: the part of the definition that its label names.
      stateMachineArn: label === undefined ? arn : `${arn}/${label}`,
      name: label === undefined ? machine.machine.name : `${machine.machine.name}/${label}`,
      definition: isWhole ? revision.definition : '{}',
      roleArn: machine.roleArn,
      updateDate: new Date(revision.createdAtMs),
      ...configurationsOf(revision),
      ...when('mapRunArn', mapRunArn),
      ...when('label', label),
      ...when('revisionId', revision.isFirst ? undefined : machine.revisionId),
      ...when('variableReferences', isWhole ? variableReferencesOf(revision) : undefined),
    };
  };
