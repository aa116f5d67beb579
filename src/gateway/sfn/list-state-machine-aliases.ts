// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineAliases.html

import { when, type SfnHandler } from './operation.ts';

export const listStateMachineAliases: SfnHandler<'ListStateMachineAliases'> =
  ({ machines }) =>
  async (input, { scope }) => {
    const { items, nextToken } = await machines.aliases.list(scope, input.stateMachineArn, input);
    return {
      stateMachineAliases: items.map(({ arn, createdAtMs }) => ({
        stateMachineAliasArn: arn,
        creationDate: new Date(createdAtMs),
      })),
      ...when('nextToken', nextToken),
    };
  };
