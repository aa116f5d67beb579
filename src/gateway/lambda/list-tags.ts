// https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html

import type { LambdaHandler } from './operation.ts';
import { tagged } from './tagged.ts';

export const listTags: LambdaHandler<'ListTags'> =
  (rooms) =>
  async (input, { scope }) => ({ Tags: { ...(await tagged(rooms, scope, input.Resource).list()) } });
