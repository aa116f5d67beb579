// https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html

import type { SfnHandler } from './operation.ts';
import { taggedBy } from './tagged.ts';

export const untagResource: SfnHandler<'UntagResource'> =
  (rooms) =>
  async ({ resourceArn, tagKeys }, { scope }) => {
    await taggedBy(rooms, scope, resourceArn).untag(tagKeys);
    return {};
  };
