// Photos become thumbnails: the project's example, AWS's tutorial handler as it is, and an older way of writing it. Pixels are looked at.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FilterLogEventsCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient, waitUntilFunctionActiveV2 } from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  NoSuchKey,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { zipBundle } from '../../cli/deploy/code-zip.ts';
import { findPackage } from '../../cli/deploy/native-packages.ts';
import { packageClosure } from '../../cli/deploy/package-closure.ts';
import { removeDataFolder, runningPlatform } from '../support/mayfly-command.ts';
import type { RunningPlatform } from '../support/mayfly-command.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = join(ROOT, 'examples', 'thumbnails');
const photo = readFileSync(join(EXAMPLE, 'photo.jpg'));

test('the photo is what the story needs: at least 1 MB, stored lying on its side', async () => {
  assert.ok(photo.length >= 1_000_000 && photo.length <= 2_000_000, `${photo.length} bytes`);
  const { format, width, height, orientation } = await sharp(photo).metadata();
  assert.deepEqual({ format, width, height, orientation }, { format: 'jpeg', width: 2400, height: 1800, orientation: 6 });
});

test('the example makes upright thumbnails in two sizes', async (context) => {
  const platform = await runningPlatform(context);
  const deployed = await platform.run(['deploy', EXAMPLE]);
  assert.equal(deployed.code, 0, deployed.stderr);
  const house = clientsOf(platform);
  const name = 'summer holiday/lake é.jpg';
  await house.s3.send(new PutObjectCommand({ Bucket: 'photos', Key: name, Body: photo }));
  for (const [width, height] of [
    [200, 267],
    [800, 1067],
  ] as const) {
    const { body, contentType } = await objectComes(house, 'thumbnails', `summer holiday/lake é-${width}.webp`);
    assert.equal(contentType, 'image/webp');
    assert.deepEqual(await shapeOf(body), { format: 'webp', width, height, orientation: undefined });
    await assertUpright(body);
  }
});

test("AWS's tutorial handler runs unmodified", async (context) => {
  const house = clientsOf(await runningPlatform(context));
  await triggerOn(house, { bucket: 'sources', file: 'aws-tutorial.mjs', entry: 'index.mjs' });
  await house.s3.send(new PutObjectCommand({ Bucket: 'sources', Key: 'my lake.jpg', Body: photo }));
  const { body, contentType } = await objectComes(house, 'sources-resized', 'resized-my lake.jpg');
  assert.equal(contentType, 'image');
  // It takes no notice of EXIF: the thumbnail lies on its side as the photo is stored, and sharp leaves the orientation out.
  assert.deepEqual(await shapeOf(body), { format: 'jpeg', width: 200, height: 150, orientation: undefined });
  await assertUpright(await sharp(body).rotate(90).toBuffer());
});

test('a CommonJS handler with a callback and a piped stream runs as well', async (context) => {
  const house = clientsOf(await runningPlatform(context));
  await triggerOn(house, { bucket: 'older', file: 'common-js.cjs', entry: 'index.js' });
  await house.s3.send(new PutObjectCommand({ Bucket: 'older', Key: 'lake.jpg', Body: photo }));
  const { body } = await objectComes(house, 'older-resized', 'lake.jpg.png');
  assert.deepEqual(await shapeOf(body), { format: 'png', width: 100, height: 100, orientation: undefined });
});

test('npm start shows the thumbnails and the bill, also on a data folder that has been used', async (context) => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'mayfly start '));
  context.after(() => removeDataFolder(dataFolder));
  for (const requests of [1, 2]) {
    const child = spawn(process.execPath, [join(ROOT, 'scripts', 'start.ts'), '--once', '--port', '0', '--data', dataFolder], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ]);
    assert.equal(code, 0, output + errors);
    assert.match(output, /s3:\/\/thumbnails\/lake-800\.webp/);
    assert.match(output, /REPORT RequestId: /);
    assert.match(output, new RegExp(`thumbnails +${requests} .*\\$0\\.0000\\d+`));
  }
});

interface House {
  readonly s3: S3Client;
  readonly lambda: LambdaClient;
  readonly logs: CloudWatchLogsClient;
}

function clientsOf({ endpoint, dataFolder }: RunningPlatform): House {
  const credentials = JSON.parse(readFileSync(join(dataFolder, 'root-key.json'), 'utf8')) as {
    accessKeyId: string;
    secretAccessKey: string;
  };
  const options = { endpoint, region: 'us-east-1', credentials };
  return { s3: new S3Client(options), lambda: new LambdaClient(options), logs: new CloudWatchLogsClient(options) };
}

/** By hand, as the tutorial says: two buckets, the function with sharp in its node_modules, a permission and a trigger. */
async function triggerOn(
  { s3, lambda }: House,
  { bucket, file, entry }: { bucket: string; file: string; entry: string },
): Promise<void> {
  for (const Bucket of [bucket, `${bucket}-resized`]) await s3.send(new CreateBucketCommand({ Bucket }));
  const source = readFileSync(fileURLToPath(new URL(`fixtures/${file}`, import.meta.url)));
  const shipped = packageClosure(new Map([['sharp', findPackage('sharp', ROOT) ?? assert.fail('sharp is not installed')]]));
  const code = await zipBundle({ generated: new Map([[entry, source]]), shipped, unbundled: ['sharp'] }, file);
  const created = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'CreateThumbnail',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/LambdaS3Role',
      Code: { ZipFile: code.bytes },
      Timeout: 30,
      MemorySize: 512,
    }),
  );
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 30 }, { FunctionName: 'CreateThumbnail' });
  const permission = {
    StatementId: 's3',
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
    SourceArn: `arn:aws:s3:::${bucket}`,
  };
  await lambda.send(new AddPermissionCommand({ FunctionName: 'CreateThumbnail', ...permission }));
  const LambdaFunctionConfigurations = [{ LambdaFunctionArn: created.FunctionArn, Events: ['s3:ObjectCreated:*' as const] }];
  await s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration: { LambdaFunctionConfigurations } }),
  );
}

const PATIENCE_MS = 60_000;

async function objectComes(
  house: House,
  Bucket: string,
  Key: string,
): Promise<{ readonly body: Buffer; readonly contentType: string | undefined }> {
  for (const end = performance.now() + PATIENCE_MS; ; await delay(50)) {
    try {
      const { Body, ContentType } = await house.s3.send(new GetObjectCommand({ Bucket, Key }));
      return { body: Buffer.from((await Body?.transformToByteArray()) ?? []), contentType: ContentType };
    } catch (error) {
      if (!(error instanceof NoSuchKey)) throw error;
      if (performance.now() > end) assert.fail(`s3://${Bucket}/${Key} has not come. The log:\n${await logOf(house)}`);
    }
  }
}

async function logOf({ logs }: House): Promise<string> {
  const groups = ['/aws/lambda/CreateThumbnail', '/aws/lambda/thumbnails'];
  const found = await Promise.allSettled(groups.map((logGroupName) => logs.send(new FilterLogEventsCommand({ logGroupName }))));
  return found
    .flatMap((one) => (one.status === 'fulfilled' ? (one.value.events ?? []).map((event) => event.message) : []))
    .join('\n');
}

async function shapeOf(image: Buffer) {
  const { format, width, height, orientation } = await sharp(image).metadata();
  return { format, width, height, orientation };
}

/** In the upright picture the sun stands in the upper right; nothing as bright is mirrored to the left, or below in the water. */
async function assertUpright(image: Buffer): Promise<void> {
  const { data, info } = await sharp(image).greyscale().raw().toBuffer({ resolveWithObject: true });
  const brightness = (x: number, y: number): number =>
    data[Math.floor(y * info.height) * info.width + Math.floor(x * info.width)] ?? 0;
  assert.ok(brightness(0.72, 0.24) > 230, `the sun has brightness ${brightness(0.72, 0.24)}`);
  for (const [x, y] of [
    [0.28, 0.24],
    [0.28, 0.76],
    [0.72, 0.76],
  ] as const) {
    assert.ok(brightness(x, y) < 200, `brightness ${brightness(x, y)} at ${x}, ${y}`);
  }
}
