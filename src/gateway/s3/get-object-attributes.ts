// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html

import type { ObjectView } from '#buckets';
import { LIMITS } from '#kernel';
import { checksumMembers, partChecksumMembers } from './checksum-members.ts';
import { wholeSecondsDate } from './dates.ts';
import { invalidArgument, objectRef, type S3Handler, type S3Input } from './operation.ts';
import { pageLimit } from './paging.ts';
import { refuseMembers } from './refused-members.ts';

const ATTRIBUTES: ReadonlySet<string> = new Set(['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize']);

export const getObjectAttributes: S3Handler<'GetObjectAttributes'> = (buckets) => async (input, context) => {
  refuseMembers(input);
  const unknown = input.ObjectAttributes.find((name) => !ATTRIBUTES.has(name));
  if (unknown !== undefined) throw invalidArgument('x-amz-object-attributes', unknown, 'Invalid attribute name specified.');
  const asksFor = (name: (typeof input.ObjectAttributes)[number]) => input.ObjectAttributes.includes(name);
  const view = await buckets.headObject({ ...objectRef(input, context), conditions: {} });
  const { checksum } = view.attributes;
  return {
    LastModified: wholeSecondsDate(view.lastModifiedMs),
    ...(asksFor('ETag') ? { ETag: view.etag } : {}),
    ...(asksFor('Checksum') && checksum !== undefined ? { Checksum: checksumMembers(checksum, view.partCount) } : {}),
    ...(asksFor('ObjectParts') && view.partCount !== undefined ? { ObjectParts: partsMembers(input, view) } : {}),
    ...(asksFor('StorageClass') ? { StorageClass: 'STANDARD' as const } : {}),
    ...(asksFor('ObjectSize') ? { ObjectSize: view.bytes } : {}),
  };
};

function partsMembers(input: S3Input<'GetObjectAttributes'>, view: ObjectView) {
  const limit = pageLimit('max-parts', input.MaxParts, LIMITS.objectsPerPage);
  const marker = Number(input.PartNumberMarker ?? 0);
  if (!Number.isInteger(marker) || marker < 0)
    throw invalidArgument('part-number-marker', marker, 'Provide a whole number that is not negative.');
  const rest = (view.parts() ?? []).filter((part) => part.number > marker);
  const page = rest.slice(0, limit);
  const isTruncated = limit > 0 && rest.length > page.length;
  return {
    TotalPartsCount: view.partCount,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(page.at(-1)?.number ?? marker),
    MaxParts: limit,
    IsTruncated: isTruncated,
    Parts: page.map((part) => ({
      PartNumber: part.number,
      Size: part.bytes,
      ...partChecksumMembers({ algorithm: part.checksum?.algorithm, checksum: part.checksum?.value }),
    })),
  };
}
