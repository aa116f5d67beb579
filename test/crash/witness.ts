// A witness of one platform's life: it uploads, deploys and invokes, remembers what was acknowledged, and checks it later.

import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import {
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
  CreateBucketCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { call } from '../../cli/http/client.ts';
import { zipOf } from '../support/zip.ts';
import { ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './platform-process.ts';

const BUCKET = 'witness';
const ROLE = 'arn:aws:iam::000000000000:role/witness';

/** What one round tried, and what of it was acknowledged. */
export interface Testimony {
  readonly objects: Map<string, { readonly digest: string; acknowledged: boolean }>;
  readonly functions: Map<string, { acknowledged: boolean; readonly markers: Set<string>; acknowledgedMarker: string | undefined }>;
  readonly requestIds: Set<string>;
}

export function newTestimony(): Testimony {
  return { objects: new Map(), functions: new Map(), requestIds: new Set() };
}

export function clients(endpoint: string): { readonly s3: S3Client; readonly lambda: LambdaClient } {
  const common = {
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
  };
  return { s3: new S3Client({ ...common, forcePathStyle: true }), lambda: new LambdaClient(common) };
}

/** Uploads, deploys and invokes side by side until the platform stops answering. */
export async function live(endpoint: string, round: number, testimony: Testimony): Promise<void> {
  const { s3, lambda } = clients(endpoint);
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const life = { over: false };
  const ended = await Promise.allSettled([
    upload(s3, round, testimony).finally(() => (life.over = true)),
    deploy(lambda, round, testimony),
    invokeUntil(() => life.over, { lambda, round, testimony }),
  ]);
  for (const end of ended) if (end.status === 'rejected' && !isGone(end.reason)) throw end.reason;
}

/** The platform was killed under a request: a connection error, or an answer cut short. Everything else is a finding. */
function isGone(error: unknown): boolean {
  return /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|aborted|TimeoutError|other side closed|premature/i.test(
    `${String(error)} ${String((error as { code?: unknown }).code)}`,
  );
}

async function upload(s3: S3Client, round: number, { objects }: Testimony): Promise<void> {
  for (let index = 0; ; index += 1) {
    const key = `round-${round}/object-${index}`;
    const body = Buffer.alloc(index % 4 === 3 ? 3_000_000 : 1024 * (1 + (index % 7)), `${key} `);
    const entry = { digest: digestOf(body), acknowledged: false };
    objects.set(key, entry);
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
    entry.acknowledged = true;
  }
}

async function deploy(lambda: LambdaClient, round: number, { functions }: Testimony): Promise<void> {
  for (let index = 0; ; index += 1) {
    const name = `witness-${round}-${index}`;
    const entry = { acknowledged: false, markers: new Set([`${name}-first`]), acknowledgedMarker: undefined as string | undefined };
    functions.set(name, entry);
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName: name,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: ROLE,
        Code: { ZipFile: await codeOf(`${name}-first`) },
      }),
    );
    entry.acknowledged = true;
    entry.acknowledgedMarker = `${name}-first`;
    await settled(lambda, name);
    entry.markers.add(`${name}-second`);
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName: name, ZipFile: await codeOf(`${name}-second`) }));
    entry.acknowledgedMarker = `${name}-second`;
  }
}

interface Invoking {
  readonly lambda: LambdaClient;
  readonly round: number;
  readonly testimony: Testimony;
}

/** A platform that dies before the first function is there ends it too. */
async function invokeUntil(isOver: () => boolean, { lambda, round, testimony }: Invoking): Promise<void> {
  const { functions, requestIds } = testimony;
  for (let count = 0; !isOver(); count += 1) {
    const ready = [...functions].filter(([, entry]) => entry.acknowledged);
    const name = ready[count % Math.max(1, ready.length)]?.[0];
    if (name === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    try {
      const answer = await lambda.send(
        new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify({ round, count })) }),
      );
      if (answer.$metadata.requestId !== undefined) requestIds.add(answer.$metadata.requestId);
    } catch (error) {
      if ((error as Error).name !== 'ResourceConflictException') throw error; // Still pending: AWS says so too.
    }
  }
}

/** Every finding as a sentence; none when what was acknowledged is there and nothing is there by half. */
export async function examine(endpoint: string, testimony: Testimony): Promise<readonly string[]> {
  const { s3, lambda } = clients(endpoint);
  await s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
  return [
    ...(await examineObjects(s3, testimony)),
    ...(await examineFunctions(lambda, testimony)),
    ...(await examineLedger(endpoint, testimony)),
  ];
}

/** Every invocation that was answered is on the books once. */
async function examineLedger(endpoint: string, { requestIds }: Testimony): Promise<readonly string[]> {
  const connection = {
    endpoint: new URL(endpoint),
    region: 'us-east-1',
    credentials: { accessKeyId: ACCESS_KEY_ID, secretAccessKey: SECRET_ACCESS_KEY },
    credentialsFrom: 'the test',
  };
  const findings: string[] = [];
  for (const request of requestIds) {
    const { body } = await call(connection, { service: 'mayfly', method: 'GET', path: '/_mayfly/usage', query: { request } });
    const { attempts } = JSON.parse(body.toString()) as { attempts: readonly object[] };
    if (attempts.length !== 1) findings.push(`invocation ${request} was answered and is on the books ${attempts.length} times`);
  }
  return findings;
}

async function examineObjects(s3: S3Client, { objects }: Testimony): Promise<readonly string[]> {
  const findings: string[] = [];
  const there = new Set<string>();
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const page = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: token }));
    for (const { Key } of page.Contents ?? []) if (Key !== undefined) there.add(Key);
    token = page.NextContinuationToken;
  }
  for (const [key, { digest, acknowledged }] of objects) {
    if (!there.has(key)) {
      if (acknowledged) findings.push(`${key} was acknowledged and is not there`);
      continue;
    }
    const answer = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
    if (digestOf(bytes) !== digest) findings.push(`${key} is there by half: ${bytes.length} bytes`);
  }
  return findings;
}

async function examineFunctions(lambda: LambdaClient, { functions }: Testimony): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const [name, entry] of functions) {
    const state = await settled(lambda, name);
    if (state === undefined) {
      if (entry.acknowledged) findings.push(`${name} was acknowledged and is not there`);
      continue;
    }
    const answer = await lambda.send(new InvokeCommand({ FunctionName: name }));
    const marker = JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as unknown;
    if (typeof marker !== 'string' || !entry.markers.has(marker))
      findings.push(`${name} (${state}) answers ${JSON.stringify(marker)}, which no one deployed`);
    else if (entry.acknowledgedMarker?.endsWith('second') === true && marker.endsWith('first'))
      findings.push(`${name} lost its acknowledged update`);
  }
  return findings;
}

/** The function's state when nothing is under way any more; undefined when there is none. */
async function settled(lambda: LambdaClient, name: string): Promise<string | undefined> {
  for (;;) {
    try {
      const { State, LastUpdateStatus } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name }));
      if (State !== 'Pending' && LastUpdateStatus !== 'InProgress') return State;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
    await delay(20);
  }
}

function codeOf(marker: string): Promise<Uint8Array> {
  return zipOf({ 'index.mjs': `export const handler = async () => ${JSON.stringify(marker)};` });
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
