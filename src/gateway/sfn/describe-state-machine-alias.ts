// https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html

import { describeRouting } from './alias.ts';
import { when, type SfnHandler } from './operation.ts';

export const describeStateMachineAlias: SfnHandler<'DescribeStateMachineAlias'> =
  ({ machines }) =>
  async ({ stateMachineAliasArn }, { scope }) => {
    const alias = await machines.aliases.describe(scope, stateMachineAliasArn);
    return {
      stateMachineAliasArn: alias.arn,
      name: alias.name,
      ...when('description', alias.description),
      routingConfiguration: describeRouting(alias.routing),
      creationDate: new Date(alias.createdAtMs),
      updateDate: new Date(alias.updatedAtMs),
    };
  };
