// The sub-resources of a bucket that tools read (Terraform nearly all of them): answered as S3 answers for a new bucket, and refused with a
// sentence where somebody would change what is not done here.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as S3 from '@aws-sdk/client-s3';
import { error, houseOfThisFile } from './chapters.ts';

const opened = houseOfThisFile();
/** Any of the client's commands: the table below holds many kinds. */
const send = (command: unknown): Promise<Record<string, unknown>> => opened.s3.send<never, never>(command as never);
const of = (answer: object) =>
  Object.fromEntries(Object.entries(answer).filter(([name, value]) => name !== '$metadata' && value !== undefined));

describe('a new bucket: reading', () => {
  const absent: readonly (readonly [string, new (input: { Bucket: string }) => unknown, string])[] = [
    ['policy', S3.GetBucketPolicyCommand, 'NoSuchBucketPolicy'],
    ['policy status', S3.GetBucketPolicyStatusCommand, 'NoSuchBucketPolicy'],
    ['website', S3.GetBucketWebsiteCommand, 'NoSuchWebsiteConfiguration'],
    ['lifecycle', S3.GetBucketLifecycleConfigurationCommand, 'NoSuchLifecycleConfiguration'],
    ['replication', S3.GetBucketReplicationCommand, 'ReplicationConfigurationNotFoundError'],
    ['encryption', S3.GetBucketEncryptionCommand, 'ServerSideEncryptionConfigurationNotFoundError'],
    ['object lock', S3.GetObjectLockConfigurationCommand, 'ObjectLockConfigurationNotFoundError'],
    ['tagging', S3.GetBucketTaggingCommand, 'NoSuchTagSet'],
    ['cors', S3.GetBucketCorsCommand, 'NoSuchCORSConfiguration'],
  ];
  for (const [what, Get, name] of absent)
    test(`${what} is not there: ${name}`, async () => {
      const Bucket = await opened.bucket();
      await assert.rejects(send(new Get({ Bucket })), error(name, 404));
      await assert.rejects(send(new Get({ Bucket: 'no-such-bucket' })), error('NoSuchBucket', 404));
    });

  const defaults: readonly (readonly [string, new (input: { Bucket: string }) => unknown, object])[] = [
    ['versioning', S3.GetBucketVersioningCommand, {}],
    ['acceleration', S3.GetBucketAccelerateConfigurationCommand, {}],
    ['logging', S3.GetBucketLoggingCommand, {}],
    ['notification', S3.GetBucketNotificationConfigurationCommand, {}],
    ['request payment', S3.GetBucketRequestPaymentCommand, { Payer: 'BucketOwner' }],
    [
      'ownership',
      S3.GetBucketOwnershipControlsCommand,
      { OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] } },
    ],
    [
      'public access block',
      S3.GetPublicAccessBlockCommand,
      {
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: true,
          RestrictPublicBuckets: true,
        },
      },
    ],
  ];
  for (const [what, Get, answer] of defaults)
    test(`${what} is S3's default`, async () => {
      const Bucket = await opened.bucket();
      assert.deepEqual(of(await send(new Get({ Bucket }))), answer);
    });

  test('the owner has everything, of the bucket and of its objects', async () => {
    const Bucket = await opened.bucket();
    await opened.put(Bucket, 'a');
    for (const command of [new S3.GetBucketAclCommand({ Bucket }), new S3.GetObjectAclCommand({ Bucket, Key: 'a' })]) {
      const { Owner, Grants } = (await send(command)) as unknown as S3.GetBucketAclCommandOutput;
      assert.deepEqual(
        Grants?.map(({ Grantee, Permission }) => [Grantee?.ID, Permission]),
        [[Owner?.ID, 'FULL_CONTROL']],
      );
    }
  });
});

describe('a new bucket: changing', () => {
  const refused: readonly (readonly [string, (Bucket: string) => unknown])[] = [
    ['versioning', (Bucket) => new S3.PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } })],
    ['policy', (Bucket) => new S3.PutBucketPolicyCommand({ Bucket, Policy: '{}' })],
    [
      'lifecycle',
      (Bucket) =>
        new S3.PutBucketLifecycleConfigurationCommand({
          Bucket,
          LifecycleConfiguration: { Rules: [{ Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } }] },
        }),
    ],
    [
      'encryption',
      (Bucket) =>
        new S3.PutBucketEncryptionCommand({
          Bucket,
          ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
        }),
    ],
    [
      'website',
      (Bucket) => new S3.PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: { IndexDocument: { Suffix: 'index.html' } } }),
    ],
    [
      'logging',
      (Bucket) =>
        new S3.PutBucketLoggingCommand({
          Bucket,
          BucketLoggingStatus: { LoggingEnabled: { TargetBucket: 'x', TargetPrefix: '' } },
        }),
    ],
    [
      'requester pays',
      (Bucket) => new S3.PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: 'Requester' } }),
    ],
    [
      'acceleration',
      (Bucket) => new S3.PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: { Status: 'Enabled' } }),
    ],
    [
      'ownership',
      (Bucket) =>
        new S3.PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] } }),
    ],
    [
      'public access',
      (Bucket) => new S3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: { BlockPublicAcls: false } }),
    ],
  ];
  for (const [what, command] of refused)
    test(`${what} is refused with a sentence`, async () => {
      const Bucket = await opened.bucket();
      await assert.rejects(send(command(Bucket)), error('NotImplemented', 400, /\.$/));
      await assert.rejects(send(command('no-such-bucket')), (thrown) =>
        ['NoSuchBucket', 'NotImplemented'].includes((thrown as Error).name),
      );
    });

  test('what only says what is true is accepted', async () => {
    const Bucket = await opened.bucket();
    await opened.put(Bucket, 'a');
    const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
    for (const command of [
      new S3.PutBucketAclCommand({ Bucket, ACL: 'private' }),
      new S3.PutObjectAclCommand({ Bucket, Key: 'a', ACL: 'bucket-owner-full-control' }),
      new S3.PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: 'BucketOwner' } }),
      new S3.PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} }),
      new S3.PutBucketOwnershipControlsCommand({
        Bucket,
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      }),
      new S3.PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: all }),
    ])
      await send(command);
    await assert.rejects(
      send(new S3.PutBucketAclCommand({ Bucket, ACL: 'public-read' })),
      error('AccessControlListNotSupported', 400),
    );
  });

  test('an ACL that was read can be written back, and no other', async () => {
    const Bucket = await opened.bucket();
    const { Owner, Grants } = await opened.s3.send(new S3.GetBucketAclCommand({ Bucket }));
    await send(new S3.PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner, Grants } }));
    const everybody = {
      Grantee: { Type: 'Group' as const, URI: 'http://acs.amazonaws.com/groups/global/AllUsers' },
      Permission: 'READ' as const,
    };
    await assert.rejects(
      send(new S3.PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner, Grants: [...(Grants ?? []), everybody] } })),
      error('AccessControlListNotSupported', 400),
    );
  });

  test('removing what every new bucket has is remembered, and changes nothing else', async () => {
    const Bucket = await opened.bucket();
    await send(new S3.DeletePublicAccessBlockCommand({ Bucket }));
    await assert.rejects(send(new S3.GetPublicAccessBlockCommand({ Bucket })), error('NoSuchPublicAccessBlockConfiguration', 404));
    await send(new S3.DeleteBucketOwnershipControlsCommand({ Bucket }));
    await assert.rejects(send(new S3.GetBucketOwnershipControlsCommand({ Bucket })), error('OwnershipControlsNotFoundError', 404));
    await assert.rejects(
      send(new S3.PutBucketAclCommand({ Bucket, ACL: 'public-read' })),
      error('AccessControlListNotSupported', 400),
    );
  });

  test('removing what is not there is no error', async () => {
    const Bucket = await opened.bucket();
    for (const Delete of [
      S3.DeleteBucketPolicyCommand,
      S3.DeleteBucketWebsiteCommand,
      S3.DeleteBucketLifecycleCommand,
      S3.DeleteBucketReplicationCommand,
      S3.DeleteBucketEncryptionCommand,
    ])
      assert.equal((await opened.s3.send(new Delete({ Bucket }))).$metadata.httpStatusCode, 204);
  });
});
