// What the chapters of S3's tests share: a house for the file, a bucket for each test, and errors by name and status.

import { after, before } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { openS3House, type S3House } from '../../support/s3-house.ts';

export interface Opened {
  readonly house: S3House;
  readonly s3: S3Client;
  /** A new bucket. */
  bucket(): Promise<string>;
  put(Bucket: string, Key: string, Body?: PutObjectCommandInput['Body'], more?: Partial<PutObjectCommandInput>): Promise<string>;
  text(Bucket: string, Key: string): Promise<string>;
}

/** One house for a file of tests. Read its members inside of tests only. */
export function houseOfThisFile(): Opened {
  let house: S3House | undefined;
  let s3: S3Client | undefined;
  let made = 0;
  let opening: Promise<void> | undefined;
  // Hooks of a file begin together: whoever needs the house first opens it for all.
  const open = () =>
    (opening ??= openS3House().then((opened) => {
      house = opened;
      s3 = opened.client();
    }));
  before(open);
  after(() => house?.close());
  const opened: Opened = {
    get house() {
      return house ?? notYet();
    },
    get s3() {
      return s3 ?? notYet();
    },
    async bucket() {
      await open();
      const Bucket = `bucket-${++made}`;
      await opened.s3.send(new CreateBucketCommand({ Bucket }));
      return Bucket;
    },
    async put(Bucket, Key, Body = '', more = {}) {
      const { ETag } = await opened.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
      return ETag ?? '';
    },
    async text(Bucket, Key) {
      const { Body } = await opened.s3.send(new GetObjectCommand({ Bucket, Key }));
      return (await Body?.transformToString()) ?? '';
    },
  };
  return opened;
}

function notYet(): never {
  throw new Error('The house opens before the first test: do not look at it earlier.');
}

/** For `assert.rejects`: the error's name and, where it matters, status and message. */
export function error(name: string, status?: number, message?: RegExp) {
  return (thrown: unknown): boolean => {
    const found = thrown as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
    const isIt =
      found.name === name &&
      (status === undefined || found.$metadata?.httpStatusCode === status) &&
      (message?.test(found.message) ?? true);
    if (!isIt)
      throw new Error(`expected ${name} ${status ?? ''}, got ${found.name} ${found.$metadata?.httpStatusCode}: ${found.message}`, {
        cause: thrown,
      });
    return true;
  };
}
