// The configurations that no bucket has here: reading one answers as S3 does for a bucket that was never given it, removing one finds
// nothing to remove, and giving one is refused in features-not-offered.ts. Terraform reads nearly all of them for every bucket.

import { ApiError, type ErrorCode } from '#kernel';
import type { Buckets } from '#buckets';
import type { CallContext } from '../operation.ts';
import { bucketRef, type NamesBucket, objectRef, type NamesObject, type S3Handlers } from './operation.ts';

/** Answers with the code that S3 has for a configuration that is not there. */
function absent(buckets: Buckets, code: ErrorCode, message: string) {
  return async (input: NamesBucket, context: CallContext): Promise<never> => {
    await buckets.getBucket(bucketRef(input, context));
    throw new ApiError(code, message, { fields: { BucketName: input.Bucket } });
  };
}

/** Answers with what S3 says of a bucket that is as it was made. */
function always<Answer>(buckets: Buckets, answer: Answer) {
  return async (input: NamesBucket, context: CallContext): Promise<Answer> => {
    await buckets.getBucket(bucketRef(input, context));
    return answer;
  };
}

export function freshBucketHandlers(buckets: Buckets): S3Handlers {
  const noConfiguration = absent(buckets, 'NoSuchConfiguration', 'The specified configuration does not exist.');
  const noPolicy = absent(buckets, 'NoSuchBucketPolicy', 'The bucket policy does not exist');
  const nothingToRemove = always(buckets, {});
  return {
    GetBucketAccelerateConfiguration: always(buckets, {}),
    GetBucketAnalyticsConfiguration: noConfiguration,
    // Contents are not encrypted by the platform, so this is not the AES256 that S3 answers for every bucket since 2023.
    GetBucketEncryption: absent(
      buckets,
      'ServerSideEncryptionConfigurationNotFoundError',
      'The server side encryption configuration was not found',
    ),
    GetBucketIntelligentTieringConfiguration: noConfiguration,
    GetBucketInventoryConfiguration: noConfiguration,
    GetBucketLifecycleConfiguration: absent(buckets, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
    GetBucketLogging: always(buckets, {}),
    GetBucketMetricsConfiguration: noConfiguration,
    GetBucketPolicy: noPolicy,
    GetBucketPolicyStatus: noPolicy,
    GetBucketReplication: absent(buckets, 'ReplicationConfigurationNotFoundError', 'The replication configuration was not found'),
    GetBucketRequestPayment: always(buckets, { Payer: 'BucketOwner' as const }),
    GetBucketVersioning: always(buckets, {}),
    GetBucketWebsite: absent(buckets, 'NoSuchWebsiteConfiguration', 'The specified bucket does not have a website configuration'),
    GetObjectLockConfiguration: absent(
      buckets,
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    ),
    ListBucketAnalyticsConfigurations: always(buckets, { IsTruncated: false }),
    ListBucketIntelligentTieringConfigurations: always(buckets, { IsTruncated: false }),
    ListBucketInventoryConfigurations: always(buckets, { IsTruncated: false }),
    ListBucketMetricsConfigurations: always(buckets, { IsTruncated: false }),

    DeleteBucketAnalyticsConfiguration: noConfiguration,
    DeleteBucketEncryption: nothingToRemove,
    DeleteBucketIntelligentTieringConfiguration: noConfiguration,
    DeleteBucketInventoryConfiguration: noConfiguration,
    DeleteBucketLifecycle: nothingToRemove,
    DeleteBucketMetricsConfiguration: noConfiguration,
    DeleteBucketPolicy: nothingToRemove,
    DeleteBucketReplication: nothingToRemove,
    DeleteBucketWebsite: nothingToRemove,

    GetObjectLegalHold: notLocked(buckets),
    GetObjectRetention: notLocked(buckets),
    PutObjectLegalHold: notLocked(buckets),
    PutObjectRetention: notLocked(buckets),
    RestoreObject: async (input, context) => {
      await buckets.headObject({ ...objectRef(input, context), conditions: {} });
      throw new ApiError('InvalidObjectState', "Restore is not allowed for the object's current storage class", {
        fields: { StorageClass: 'STANDARD' },
      });
    },
  };
}

function notLocked(buckets: Buckets) {
  return async (input: NamesObject, context: CallContext): Promise<never> => {
    await buckets.headObject({ ...objectRef(input, context), conditions: {} });
    throw new ApiError('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  };
}
