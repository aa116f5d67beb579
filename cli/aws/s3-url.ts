// Names of buckets and objects as the AWS CLI writes them.

import { usageFailure } from '../failure.ts';

/** `s3://bucket/a/b` → bucket and `a/b`. */
export function parseS3Url(url: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(url) ?? [];
  if (bucket === undefined) throw usageFailure(`"${url}" names no bucket.`, 'It looks like s3://bucket/key.');
  return { bucket, key };
}
