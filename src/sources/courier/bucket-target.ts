// Buckets: the payload is an object.

import { DELIVERED } from './outcome.ts';
import type { Carrier } from './carrier.ts';
import type { BucketPort } from './ports.ts';

export function bucketCarrier(buckets: BucketPort): Carrier<'bucket'> {
  return async ({ id, scope, payload, sender, traceHeader }, { arn, key, contentType }) => {
    await buckets.put({ id, scope, bucket: arn.split(':')[5] ?? '', key, contentType, content: payload, sender, traceHeader });
    return DELIVERED;
  };
}
