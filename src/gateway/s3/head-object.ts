// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html

import type { ObjectView, ReadRequest } from '#buckets';
import type { CallContext } from '../operation.ts';
import { checksumMembers, partChecksumMembers, type ChecksumMembers } from './checksum-members.ts';
import { overriddenMembers, readConditionsOf, viewMembers, type ConditionMembers } from './object-members.ts';
import { objectRef, type NamesObject, type S3Handler } from './operation.ts';
import { refuseMembers, type RefusableMembers } from './refused-members.ts';

export const headObject: S3Handler<'HeadObject'> = (buckets) => async (input, context) => {
  const view = await buckets.headObject(readRequest(input, context));
  const { selection, bytes } = view;
  const members = { ...viewMembers(view), ...overriddenMembers(input), ...shownChecksum(input, view) };
  if (selection === undefined || selection.range.end === selection.range.start) return members;
  return { ...members, ContentRange: `bytes ${selection.range.start}-${selection.range.end - 1}/${bytes}`, $status: 206 };
};

interface ReadMembers extends NamesObject, ConditionMembers, RefusableMembers {
  readonly Range?: string | undefined;
  readonly PartNumber?: number | undefined;
}

export function readRequest(input: ReadMembers, context: CallContext): ReadRequest {
  refuseMembers(input);
  return {
    ...objectRef(input, context),
    conditions: readConditionsOf(input),
    range: input.Range,
    ifRange: context.headers['if-range'],
    partNumber: input.PartNumber,
  };
}

/** Of a part its own; of a range none, since the checksum is over more than what is sent and clients would compare. */
export function shownChecksum(input: { readonly ChecksumMode?: string | undefined }, view: ObjectView): ChecksumMembers {
  if (input.ChecksumMode !== 'ENABLED') return {};
  const { selection, attributes, partCount } = view;
  if (selection === undefined) return checksumMembers(attributes.checksum, partCount);
  const checksum = selection.part?.checksum;
  return checksum === undefined ? {} : partChecksumMembers({ algorithm: checksum.algorithm, checksum: checksum.value });
}
