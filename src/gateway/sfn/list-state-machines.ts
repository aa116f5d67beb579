// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html

import { when, type SfnHandler } from './operation.ts';

export const listStateMachines: SfnHandler<'ListStateMachines'> =
  ({ machines }) =>
  async (input, { scope }) => {
    const { items, nextToken } = await machines.book.list(scope, input);
    return {
      stateMachines: items.map(({ arn, name, type, createdAtMs }) => ({
        stateMachineArn: arn,
        name,
        type,
        creationDate: new Date(createdAtMs),
      })),
      ...when('nextToken', nextToken),
    };
  };
