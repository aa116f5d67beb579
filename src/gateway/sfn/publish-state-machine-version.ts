// https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html

import type { SfnHandler } from './operation.ts';

export const publishStateMachineVersion: SfnHandler<'PublishStateMachineVersion'> =
  ({ machines }) =>
  async ({ stateMachineArn, revisionId, description }, { scope }) => {
    const version = await machines.versions.publish(scope, stateMachineArn, { revisionId, description });
    return { stateMachineVersionArn: version.arn, creationDate: new Date(version.createdAtMs) };
  };
