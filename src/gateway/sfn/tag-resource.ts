// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html

import { tagMap, type SfnHandler } from './operation.ts';
import { taggedBy } from './tagged.ts';

export const tagResource: SfnHandler<'TagResource'> =
  (rooms) =>
  async ({ resourceArn, tags }, { scope }) => {
    await taggedBy(rooms, scope, resourceArn).tag(tagMap(tags));
    return {};
  };
