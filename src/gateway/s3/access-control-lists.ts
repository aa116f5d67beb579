// ACLs are switched off, as in every new bucket of S3: the owner has everything, and nothing else can be said.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html

import type { Scope } from '#kernel';
import { bucketRef, objectRef, type S3Handler, type S3Input } from './operation.ts';
import { ownerOf } from './owner.ts';
import { aclNotSupported, refuseAcl } from './refused-members.ts';

export const getBucketAcl: S3Handler<'GetBucketAcl'> = (buckets) => async (input, context) => {
  await buckets.getBucket(bucketRef(input, context));
  return ownersOwn(context.scope);
};

export const putBucketAcl: S3Handler<'PutBucketAcl'> = (buckets) => async (input, context) => {
  await buckets.getBucket(bucketRef(input, context));
  refuseOtherAcl(input, context.scope);
  return {};
};

export const getObjectAcl: S3Handler<'GetObjectAcl'> = (buckets) => async (input, context) => {
  await buckets.headObject({ ...objectRef(input, context), conditions: {} });
  return ownersOwn(context.scope);
};

export const putObjectAcl: S3Handler<'PutObjectAcl'> = (buckets) => async (input, context) => {
  await buckets.headObject({ ...objectRef(input, context), conditions: {} });
  refuseOtherAcl(input, context.scope);
  return {};
};

function ownersOwn(scope: Scope) {
  const owner = ownerOf(scope);
  return { Owner: owner, Grants: [{ Grantee: { Type: 'CanonicalUser' as const, ...owner }, Permission: 'FULL_CONTROL' as const }] };
}

/** What says only that the owner has everything is true already. */
function refuseOtherAcl(input: S3Input<'PutBucketAcl'> | S3Input<'PutObjectAcl'>, scope: Scope): void {
  refuseAcl(input);
  const owner = ownerOf(scope).ID;
  const grants = input.AccessControlPolicy?.Grants ?? [];
  if (grants.some(({ Grantee, Permission }) => Grantee?.ID !== owner || Permission !== 'FULL_CONTROL')) throw aclNotSupported();
}
