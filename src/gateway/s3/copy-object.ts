// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html

import { tagsFromHeader, writeCondition } from '#buckets';
import { checksumAlgorithm, checksumMembers } from './checksum-members.ts';
import { copySourceOf } from './copy-source.ts';
import { wholeSecondsDate } from './dates.ts';
import { contentHeadersOf, metadataOf } from './object-members.ts';
import { actorOf, invalidArgument, objectRef, quoted, type S3Handler } from './operation.ts';
import { refuseMembers } from './refused-members.ts';

export const copyObject: S3Handler<'CopyObject'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const replacesMetadata = isReplaced('x-amz-metadata-directive', input.MetadataDirective);
  const replacesTags = isReplaced('x-amz-tagging-directive', input.TaggingDirective);
  const written = await buckets.copyObject({
    ...objectRef(input, context),
    source: copySourceOf(input, context),
    replacement: replacesMetadata ? { headers: contentHeadersOf(input), metadata: metadataOf(input) } : undefined,
    tags: replacesTags ? tagsFromHeader(input.Tagging) : undefined,
    checksumAlgorithm: checksumAlgorithm(input.ChecksumAlgorithm),
    condition: writeCondition(input.IfMatch, input.IfNoneMatch),
    actor: actorOf(context),
  });
  const { etag, lastModifiedMs, checksum } = written;
  return { CopyObjectResult: { ETag: quoted(etag), LastModified: wholeSecondsDate(lastModifiedMs), ...checksumMembers(checksum) } };
};

function isReplaced(header: string, directive: string | undefined): boolean {
  if (directive === undefined || directive === 'COPY') return false;
  if (directive === 'REPLACE') return true;
  throw invalidArgument(header, directive, 'Unknown directive: use COPY or REPLACE.');
}
