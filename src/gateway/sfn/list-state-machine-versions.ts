// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachineVersions.html

import { when, type SfnHandler } from './operation.ts';

export const listStateMachineVersions: SfnHandler<'ListStateMachineVersions'> =
  ({ machines }) =>
  async (input, { scope }) => {
    const { items, nextToken } = await machines.versions.list(scope, input.stateMachineArn, input);
    return {
      stateMachineVersions: items.map(({ arn, createdAtMs }) => ({
        stateMachineVersionArn: arn,
        creationDate: new Date(createdAtMs),
      })),
      ...when('nextToken', nextToken),
    };
  };
