// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html

import type { SfnHandler } from './operation.ts';
import { taggedBy } from './tagged.ts';

export const listTagsForResource: SfnHandler<'ListTagsForResource'> =
  (rooms) =>
  async ({ resourceArn }, { scope }) => {
    const tags = await taggedBy(rooms, scope, resourceArn).tags();
    return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
  };
