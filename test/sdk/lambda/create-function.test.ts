// CreateFunction. https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { CreateFunctionCommandInput } from '@aws-sdk/client-lambda';
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListVersionsByFunctionCommand,
  waitUntilFunctionActiveV2,
  waitUntilPublishedVersionActive,
} from '@aws-sdk/client-lambda';
import { craftZip } from '../../support/crafted-zip.ts';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, HELLO, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { HOST_ARCHITECTURE, ROLE } from '../../support/temporary-registry.ts';
import { zipOf } from '../../support/zip.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
});
after(() => plane.close());

const zip = await zipOf(HELLO);

function create(name: string, overrides: Partial<CreateFunctionCommandInput> = {}) {
  return plane.client.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: ROLE,
      Code: { ZipFile: zip },
      ...overrides,
    }),
  );
}

describe('serialisation', () => {
  it('answers with every setting, those that were left out included', async () => {
    const { $metadata, RevisionId, LastModified, ...created } = await create('defaults');
    assert.equal($metadata.httpStatusCode, 201);
    assert.match(RevisionId ?? '', /^[0-9a-f-]{36}$/);
    assert.match(LastModified ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
    assert.deepEqual(created, {
      FunctionName: 'defaults',
      FunctionArn: arnOf('defaults'),
      Runtime: 'nodejs24.x',
      Role: ROLE,
      Handler: 'index.handler',
      CodeSize: zip.length,
      CodeSha256: Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(zip))).toString('base64'),
      Description: '',
      Timeout: 3,
      MemorySize: 128,
      Version: '$LATEST',
      TracingConfig: { Mode: 'PassThrough' },
      State: 'Pending',
      StateReason: 'The function is being created.',
      StateReasonCode: 'Creating',
      PackageType: 'Zip',
      Architectures: [HOST_ARCHITECTURE],
      EphemeralStorage: { Size: 512 },
      SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/aws/lambda/defaults' },
    });
  });

  it('gives back what was set', async () => {
    const wanted = {
      Description: 'Zwölf Boxkämpfer',
      Timeout: 900,
      MemorySize: 10_240,
      EphemeralStorage: { Size: 10_240 },
      Environment: { Variables: { GREETING: 'grüß "Gott"', EMPTY: '' } },
      LoggingConfig: { LogFormat: 'Text', LogGroup: '/my/own-group' },
      Runtime: 'nodejs22.x',
    } as const;
    const created = await create('all-set', wanted);
    for (const [member, value] of Object.entries(wanted)) assert.deepEqual(created[member as keyof typeof wanted], value);
  });

  it('takes the function by its ARN', async () => {
    const created = await create(arnOf('by-arn'));
    assert.equal(created.FunctionName, 'by-arn');
  });
});

describe('validation', () => {
  const refusals: readonly (readonly [string, Partial<CreateFunctionCommandInput>, string, RegExp])[] = [
    ['memory below 128', { MemorySize: 127 }, 'ValidationException', /'memorySize' failed to satisfy constraint/],
    ['memory above 10240', { MemorySize: 10_241 }, 'ValidationException', /less than or equal to 10240/],
    ['timeout of none', { Timeout: 0 }, 'ValidationException', /'timeout' failed to satisfy constraint/],
    ['timeout above 900', { Timeout: 901 }, 'ValidationException', /less than or equal to 900/],
    [
      'too little /tmp',
      { EphemeralStorage: { Size: 511 } },
      'ValidationException',
      /'ephemeralStorage.size' failed to satisfy constraint/,
    ],
    ['a role that is none', { Role: 'r1' }, 'ValidationException', /'role' failed to satisfy constraint/],
    ['a handler with a space', { Handler: 'index handler' }, 'ValidationException', /'handler' failed to satisfy constraint/],
    ['a description that is too long', { Description: 'x'.repeat(257) }, 'ValidationException', /'description'/],
    ['no handler', { Handler: undefined }, 'InvalidParameterValueException', /^Runtime and Handler are mandatory parameters/],
    ['no runtime', { Runtime: undefined }, 'InvalidParameterValueException', /^Runtime and Handler are mandatory parameters/],
    [
      'a runtime that is not served',
      { Runtime: 'java21' },
      'InvalidParameterValueException',
      /^The runtime java21 is not served here\. /,
    ],
    ['a runtime of no time', { Runtime: 'cobol85' as never }, 'InvalidParameterValueException', /Value cobol85 at 'runtime'/],
    [
      'another architecture',
      { Architectures: [HOST_ARCHITECTURE === 'arm64' ? 'x86_64' : 'arm64'] },
      'InvalidParameterValueException',
      /this machine runs/,
    ],
    [
      'an image',
      { PackageType: 'Image', Code: { ImageUri: 'x/y:z' } },
      'InvalidParameterValueException',
      /^PackageType Image cannot be honoured/,
    ],
    ['a VPC', { VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }, 'InvalidParameterValueException', /no VPCs/],
    [
      'a dead-letter queue',
      { DeadLetterConfig: { TargetArn: 'arn:aws:s3:::q' } },
      'InvalidParameterValueException',
      /^The dead-letter target arn:aws:s3:::q is invalid\. Name a queue or a topic\.$/,
    ],
    ['tracing', { TracingConfig: { Mode: 'Active' } }, 'InvalidParameterValueException', /^TracingConfig Active/],
    ['a SnapStart of no kind', { SnapStart: { ApplyOn: 'Always' as never } }, 'ValidationException', /'snapStart.applyOn'/],
    ['logs as JSON', { LoggingConfig: { LogFormat: 'JSON' } }, 'InvalidParameterValueException', /^LoggingConfig JSON/],
    ['a log level', { LoggingConfig: { ApplicationLogLevel: 'INFO' } }, 'InvalidParameterValueException', /^LoggingConfig JSON/],
    ['a KMS key', { KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/1' }, 'InvalidParameterValueException', /^KMSKeyArn/],
    [
      'a file system',
      {
        FileSystemConfigs: [
          { Arn: 'arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-12345678901234567', LocalMountPath: '/mnt/x' },
        ],
      },
      'InvalidParameterValueException',
      /^FileSystemConfigs/,
    ],
    [
      'a key for durable executions',
      { DurableConfig: { ExecutionTimeout: 60, KMSKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/k' } },
      'InvalidParameterValueException',
      /^DurableConfig.KMSKeyArn/,
    ],
    [
      'a durable execution of any length',
      { DurableConfig: { RetentionPeriodInDays: 1 } },
      'InvalidParameterValueException',
      /without an executionTimeout/,
    ],
    [
      'a reserved variable',
      { Environment: { Variables: { AWS_REGION: 'x', A_B: 'y' } } },
      'InvalidParameterValueException',
      /Reserved keys used in this request: AWS_REGION$/,
    ],
    ['a variable that no shell could name', { Environment: { Variables: { '1A': 'x' } } }, 'ValidationException', /environment/],
    [
      'an environment above 4 KB',
      { Environment: { Variables: { LARGE: 'secret'.repeat(700) } } },
      'InvalidParameterValueException',
      /exceeded the 4KB limit/,
    ],
    [
      '51 tags',
      { Tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, ''])) },
      'InvalidParameterValueException',
      /^Number of tags exceeds/,
    ],
    ['a tag of AWS', { Tags: { 'aws:x': 'y' } }, 'InvalidParameterValueException', /reserved/],
    ['no code', { Code: {} }, 'InvalidParameterValueException', /^Please provide a source for function code/],
    [
      'code that is no zip',
      { Code: { ZipFile: Buffer.from('hello') } },
      'InvalidParameterValueException',
      /^Could not unzip uploaded file\. Please check your file, then try to upload again\./,
    ],
    [
      'empty code',
      { Code: { ZipFile: new Uint8Array() } },
      'InvalidParameterValueException',
      /^Uploaded file must be a non-empty zip$/,
    ],
    [
      'a zip without files',
      { Code: { ZipFile: craftZip([{ name: 'a/', mode: 0o040755, method: 0 }]) } },
      'InvalidParameterValueException',
      /holds no file/,
    ],
    [
      'a zip that leaves its folder',
      { Code: { ZipFile: craftZip([{ name: '../x', content: 'x' }]) } },
      'InvalidParameterValueException',
      /^Could not unzip/,
    ],
    [
      'a zip with a link',
      { Code: { ZipFile: craftZip([{ name: 'x', content: '/etc/passwd', mode: 0o120777 }]) } },
      'InvalidParameterValueException',
      /symbolic link/,
    ],
    [
      'too much unzipped',
      { Code: { ZipFile: craftZip([{ name: 'x', content: 'x', statedSize: 262_144_001 }]) } },
      'InvalidParameterValueException',
      /^Unzipped size must be smaller than 262144000 bytes$/,
    ],
    [
      'an object that is not there',
      { Code: { S3Bucket: 'bucket', S3Key: 'key' } },
      'InvalidParameterValueException',
      /^Error occurred while GetObject\. S3 Error Code: NoSuchKey\. S3 Error Message: The specified key does not exist\.$/,
    ],
    [
      'a layer that is not there',
      { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:nope:1'] },
      'InvalidParameterValueException',
      /^Layer version .*:layer:nope:1 does not exist\.$/,
    ],
    [
      'six layers',
      { Layers: Array.from({ length: 6 }, (_, index) => `arn:aws:lambda:us-east-1:000000000000:layer:l${index}:1`) },
      'InvalidParameterValueException',
      /^Cannot reference more than 5 layers\.$/,
    ],
  ];
  for (const [what, overrides, name, message] of refusals)
    it(`${what} is refused`, async () => {
      await assertRefused(create('refused', overrides), name, message, 400);
    });

  it('an error about the environment repeats no value', async () => {
    const variables = { Environment: { Variables: { LARGE: 'hunter2'.repeat(700) } } };
    await assert.rejects(create('refused', variables), (error: Error) => !error.message.includes('hunter2'));
  });

  it('names that break the pattern, or are too long, are refused', async () => {
    await assertRefused(create('no spaces'), 'ValidationException', /'functionName' failed to satisfy constraint/);
    await assertRefused(create('invalid:function:name'), 'ValidationException', /'functionName' failed to satisfy constraint/);
    await assertRefused(create('x'.repeat(65)), 'InvalidParameterValueException', /length less than or equal to 64/);
  });

  it('what was refused left nothing', async () => {
    await assertRefused(
      plane.client.send(new GetFunctionCommand({ FunctionName: 'refused' })),
      'ResourceNotFoundException',
      `Function not found: ${arnOf('refused')}`,
    );
  });

  it('a name that is taken is a conflict', async () => {
    await plane.deploy('taken');
    await assertRefused(create('taken'), 'ResourceConflictException', 'Function already exist: taken', 409);
  });
});

describe('behaviour', () => {
  it('goes from Pending to Active, as the waiters of the SDK expect', async () => {
    await create('waited-for');
    await waitUntilFunctionActiveV2({ client: plane.client, maxWaitTime: 20 }, { FunctionName: 'waited-for' });
    const { State, StateReason, LastUpdateStatus } = await plane.client.send(
      new GetFunctionConfigurationCommand({ FunctionName: 'waited-for' }),
    );
    assert.deepEqual(
      { State, StateReason, LastUpdateStatus },
      { State: 'Active', StateReason: undefined, LastUpdateStatus: 'Successful' },
    );
  });

  it('with Publish answers with version 1', async () => {
    const created = await create('published', { Publish: true });
    assert.equal(created.Version, '1');
    assert.equal(created.FunctionArn, arnOf('published'));
    await waitUntilPublishedVersionActive({ client: plane.client, maxWaitTime: 20 }, { FunctionName: 'published', Qualifier: '1' });
    const { Versions } = await plane.client.send(new ListVersionsByFunctionCommand({ FunctionName: 'published' }));
    assert.deepEqual(
      Versions?.map(({ FunctionArn }) => FunctionArn),
      [arnOf('published', '$LATEST'), arnOf('published', '1')],
    );
  });

  it('takes code from a bucket', async () => {
    plane.objects.set('code/app.zip', zip);
    const created = await create('from-bucket', { Code: { S3Bucket: 'code', S3Key: 'app.zip' } });
    assert.equal(created.CodeSize, zip.length);
    assert.equal((await plane.settled('from-bucket')).State, 'Active');
  });

  it('fails with a reason when the archive does not hold what its directory says', async () => {
    await create('damaged', { Code: { ZipFile: craftZip([{ name: 'index.mjs', content: 'x', statedCrc: 7 }]) } });
    const failed = await plane.settled('damaged');
    assert.equal(failed.State, 'Failed');
    assert.equal(failed.StateReasonCode, 'InvalidZipFileException');
    assert.match(failed.StateReason ?? '', /^Could not unzip uploaded file.*checksum is wrong/);
  });

  it('of many that create the same function, one does', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => create('raced')));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.match(String(outcome.reason), /Function already exist: raced/);
    assert.equal((await plane.settled('raced')).State, 'Active');
  });
});
