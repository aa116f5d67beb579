// The inventory: an object for each item, with how many are left and which orders have theirs. It is written under the condition that nobody
// else wrote it meanwhile, and an order that stands in it already is done: that is what makes a repeat harmless.

import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

const s3 = new S3Client({ forcePathStyle: true });
const Bucket = 'inventory';

export class OutOfStock extends Error {
  constructor(item) {
    super(`There is no ${item} left.`);
    this.name = 'OutOfStock';
  }
}

export async function reserve(order, item) {
  const Key = `${item}.json`;
  for (;;) {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const { left, orders } = JSON.parse(await Body.transformToString());
    if (orders.includes(order)) return { item, left };
    if (left === 0) throw new OutOfStock(item);
    try {
      const changed = JSON.stringify({ left: left - 1, orders: [...orders, order] });
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: changed, IfMatch: ETag }));
      return { item, left: left - 1 };
    } catch (error) {
      // Another order was quicker: look again.
      if (error.name !== 'PreconditionFailed' && error.name !== 'ConditionalRequestConflict') throw error;
    }
  }
}
