// Makes thumbnails of every photo that is put into the bucket "photos": AWS's best-known serverless example.

import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';

export const config = {
  memory: 1024,
  timeout: 30,
  env: { THUMBNAILS: 'thumbnails', WIDTHS: '200,800' },
  on: [{ s3: 'photos', events: ['ObjectCreated:*'], suffix: '.jpg' }],
  buckets: ['thumbnails'],
};

const s3 = new S3Client();

export const handler = async (event) => {
  for (const record of event.Records) {
    const bucket = record.s3.bucket.name;
    // Keys arrive as in a URL: spaces are pluses.
    const key = decodeURIComponent(record.s3.object.key.replaceAll('+', ' '));

    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const photo = await Body.transformToByteArray();

    for (const width of process.env.WIDTHS.split(',').map(Number)) {
      const thumbnail = await sharp(photo).autoOrient().resize({ width }).webp().toBuffer({ resolveWithObject: true });
      const name = key.replace(/\.[^.]*$/, `-${width}.webp`);
      await s3.send(
        new PutObjectCommand({ Bucket: process.env.THUMBNAILS, Key: name, Body: thumbnail.data, ContentType: 'image/webp' }),
      );
      console.log(`${key} → ${name}, ${thumbnail.info.width} x ${thumbnail.info.height}, ${thumbnail.info.size} bytes`);
    }
  }
};
