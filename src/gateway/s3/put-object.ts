// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html

import { writeCondition } from '#buckets';
import { checksumMembers } from './checksum-members.ts';
import { contentOf, descriptionOf } from './object-members.ts';
import { actorOf, objectRef, quoted, type S3Handler } from './operation.ts';
import { refuseMembers } from './refused-members.ts';

export const putObject: S3Handler<'PutObject'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const written = await buckets.putObject({
    ...objectRef(input, context),
    content: contentOf(input, context),
    description: descriptionOf(input),
    condition: writeCondition(input.IfMatch, input.IfNoneMatch),
    actor: actorOf(context),
  });
  return { ETag: quoted(written.etag), ...checksumMembers(written.checksum) };
};
