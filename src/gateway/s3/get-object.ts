// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

import { readRequest, shownChecksum } from './head-object.ts';
import { overriddenMembers, viewMembers } from './object-members.ts';
import type { S3Handler } from './operation.ts';

export const getObject: S3Handler<'GetObject'> = (buckets) => async (input, context) => {
  const opened = await buckets.openObject(readRequest(input, context));
  const { selection, bytes } = opened;
  const members = { ...viewMembers(opened), ...overriddenMembers(input), ...shownChecksum(input, opened), Body: opened.body };
  if (selection === undefined) return members;
  const { start, end } = selection.range;
  // A part without bytes has no first and last one to name: the whole object is empty then.
  return end > start ? { ...members, ContentRange: `bytes ${start}-${end - 1}/${bytes}`, $status: 206 } : members;
};
