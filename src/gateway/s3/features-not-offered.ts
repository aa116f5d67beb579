// Settings that would change something which is not done here: refused with a sentence, unless they only say what is true already.

import type { Buckets } from '#buckets';
import { ApiError } from '#kernel';
import type { CallContext } from '../operation.ts';
import { bucketRef, type NamesBucket, type S3Handlers } from './operation.ts';

/** The bucket is looked for first: that it does not exist is the better answer. */
function refuse<Input extends NamesBucket>(
  buckets: Buckets,
  message: string,
  isTrueAlready: (input: Input) => boolean = () => false,
) {
  return async (input: Input, context: CallContext): Promise<Record<string, never>> => {
    await buckets.getBucket(bucketRef(input, context));
    if (isTrueAlready(input)) return {};
    throw new ApiError('NotImplemented', message);
  };
}

export function featuresNotOffered(buckets: Buckets): S3Handlers {
  const no = (message: string) => refuse(buckets, message);
  return {
    PutBucketAccelerateConfiguration: refuse(
      buckets,
      'Transfer acceleration is not offered: there is one place to send to.',
      ({ AccelerateConfiguration }) => AccelerateConfiguration.Status === 'Suspended',
    ),
    PutBucketAnalyticsConfiguration: no('Storage class analysis is not offered: there is one storage class.'),
    PutBucketEncryption: no('Objects are not encrypted by the platform: put the data folder on an encrypted disk.'),
    PutBucketIntelligentTieringConfiguration: no('Intelligent tiering is not offered: there is one storage class.'),
    PutBucketInventoryConfiguration: no('Inventories are not written: list the bucket.'),
    PutBucketLifecycleConfiguration: no('Lifecycle rules are not carried out yet: delete what is old with a scheduled function.'),
    PutBucketLogging: refuse(
      buckets,
      'Access logs of buckets are not written.',
      ({ BucketLoggingStatus }) => BucketLoggingStatus.LoggingEnabled === undefined,
    ),
    PutBucketMetricsConfiguration: no('Request metrics of buckets are not collected.'),
    PutBucketPolicy: no('Bucket policies are not evaluated yet: a bucket is open to its account, and to others by presigned URLs.'),
    PutBucketReplication: no('Buckets are not replicated.'),
    PutBucketRequestPayment: refuse(
      buckets,
      'The bucket owner pays: requester pays is not offered.',
      ({ RequestPaymentConfiguration }) => RequestPaymentConfiguration.Payer === 'BucketOwner',
    ),
    PutBucketVersioning: no('Versions are not kept: an overwritten object is gone. Put versions into the keys.'),
    PutBucketWebsite: no('Static websites are not served from buckets: use a function URL.'),
    PutObjectLockConfiguration: no('Object Lock is not offered: objects can be overwritten and deleted.'),
  };
}
