// https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html

import { parseTopicArn } from '#topics';
import type { SnsHandler } from './operation.ts';

export const addPermission: SnsHandler<'AddPermission'> =
  ({ topics }) =>
  async ({ TopicArn, Label, AWSAccountId, ActionName }, { scope }) => {
    const permission = { label: Label, accounts: AWSAccountId, actions: ActionName };
    await topics.administration.addPermission(scope, parseTopicArn(scope, TopicArn), permission);
    return {};
  };
