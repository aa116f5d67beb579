// Every night at three: adds up the orders of the day before, and writes a report.

import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

export const config = {
  timeout: 300,
  on: [{ schedule: 'cron(0 3 * * ? *)', timeZone: 'Europe/Berlin' }],
  buckets: ['orders', 'reports'],
};

const s3 = new S3Client({});

/** `{ "day": "2026-11-20" }` reports on that day; the schedule leaves it out. */
export const handler = async (event) => {
  const day = event.day ?? new Date(Date.now() - 24 * 3_600_000).toISOString().slice(0, 10);
  const report = { day, orders: 0, cents: 0 };
  let ContinuationToken;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: 'orders', Prefix: `${day}/`, ContinuationToken }));
    for (const { Key } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'orders', Key }));
      report.orders += 1;
      report.cents += JSON.parse(await Body.transformToString()).cents;
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  // The same day again overwrites its report: a schedule may fire twice.
  const Body = JSON.stringify(report);
  await s3.send(new PutObjectCommand({ Bucket: 'reports', Key: `${day}.json`, Body, ContentType: 'application/json' }));
  console.log(`${report.orders} orders on ${day}`);
  return report;
};
