// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html

import { tagsOf } from '#topics';
import { invalidParameter, type SnsHandler } from './operation.ts';

export const createTopic: SnsHandler<'CreateTopic'> =
  ({ topics }) =>
  async ({ Name, Attributes, Tags = [], DataProtectionPolicy }, { scope }) => {
    if (DataProtectionPolicy !== undefined && DataProtectionPolicy !== '')
      throw invalidParameter('DataProtectionPolicy', 'Messages are not searched for sensitive data here. Leave it out.');
    const tags = tagsOf(Tags.map(({ Key, Value }) => ({ Key, Value })));
    return { TopicArn: await topics.administration.create(scope, Name, { attributes: Attributes, tags }) };
  };
