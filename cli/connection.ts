// Which platform a command talks to, as whom: from options, the environment, or the data folder of a platform on this machine.

import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Failure, usageFailure } from './failure.ts';
import type { Credentials } from './http/signer.ts';

export interface Connection {
  readonly endpoint: URL;
  readonly region: string;
  readonly credentials: Credentials;
  /** Where the key was found, to say so when the platform refuses it. */
  readonly credentialsFrom: string;
}

export interface ConnectionOptions {
  readonly endpoint?: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly region?: string;
  readonly data: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566';
export const DEFAULT_DATA_FOLDER = '.mayfly';
/** Written by `up` while it serves, so that commands beside it need no --endpoint. Stale after a kill: only ever a default. */
export const RUNNING_FILE = 'running.json';
/** Written by the platform on its first start, readable by its user only. */
export const ROOT_KEY_FILE = 'root-key.json';

export async function connect(options: ConnectionOptions, environment: Environment): Promise<Connection> {
  const found = await findCredentials(options, environment);
  return {
    endpoint: await findEndpoint(options, environment),
    region:
      options.region ??
      environment['MAYFLY_REGION'] ??
      environment['AWS_REGION'] ??
      environment['AWS_DEFAULT_REGION'] ??
      'us-east-1',
    credentials: found.credentials,
    credentialsFrom: found.from,
  };
}

export async function findEndpoint(options: ConnectionOptions, environment: Environment): Promise<URL> {
  const given = options.endpoint ?? environment['AWS_ENDPOINT_URL'];
  const text = given ?? (await runningEndpoint(options.data)) ?? DEFAULT_ENDPOINT;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageFailure(`"${text}" is no endpoint.`, `It looks like ${DEFAULT_ENDPOINT}.`);
  }
  return url;
}

interface Found {
  readonly credentials: Credentials;
  readonly from: string;
}

async function findCredentials(options: ConnectionOptions, environment: Environment): Promise<Found> {
  if (options.accessKey !== undefined || options.secretKey !== undefined) {
    if (options.accessKey === undefined || options.secretKey === undefined)
      throw usageFailure('--access-key and --secret-key go together.');
    return { credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey }, from: '--access-key' };
  }
  const root = fromEnvironment(environment, 'MAYFLY_ROOT_');
  if (root !== undefined) return root;
  const aws = fromEnvironment(environment, 'AWS_');
  // Keys beside an endpoint were set for it. Keys alone are likely those of an account at AWS, which is none of ours.
  if (aws !== undefined && environment['AWS_ENDPOINT_URL'] !== undefined) return aws;
  const file = await fromDataFolder(options.data);
  if (file !== undefined) return file;
  if (aws !== undefined) return aws;
  throw new Failure(
    `No access key: neither --access-key, nor MAYFLY_ROOT_ACCESS_KEY_ID, nor ${join(resolve(options.data), ROOT_KEY_FILE)}.`,
    {
      mend: 'Run this where the platform runs, name its data folder with --data, or pass the key that it showed on its first start.',
      code: 'NoCredentials',
    },
  );
}

function fromEnvironment(environment: Environment, prefix: 'MAYFLY_ROOT_' | 'AWS_'): Found | undefined {
  const accessKeyId = environment[`${prefix}ACCESS_KEY_ID`];
  const secretAccessKey = environment[`${prefix}SECRET_ACCESS_KEY`];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  const sessionToken = prefix === 'AWS_' ? environment['AWS_SESSION_TOKEN'] : undefined;
  return { credentials: { accessKeyId, secretAccessKey, sessionToken }, from: `the environment (${prefix}ACCESS_KEY_ID)` };
}

async function fromDataFolder(folder: string): Promise<Found | undefined> {
  const path = join(resolve(folder), ROOT_KEY_FILE);
  const document = await readJson(path);
  if (document === undefined) return undefined;
  const { accessKeyId, secretAccessKey } = document;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') {
    throw new Failure(`${path} holds no accessKeyId and secretAccessKey.`, {
      mend: 'Pass the key with --access-key and --secret-key.',
    });
  }
  return { credentials: { accessKeyId, secretAccessKey }, from: path };
}

async function runningEndpoint(folder: string): Promise<string | undefined> {
  const document = await readJson(join(resolve(folder), RUNNING_FILE));
  return typeof document?.['endpoint'] === 'string' ? document['endpoint'] : undefined;
}

async function readJson(path: string): Promise<Record<string, unknown> | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const mend = 'Run as the user who runs the platform, or pass --access-key and --secret-key.';
    throw new Failure(`Cannot read ${path} (${code}).`, { mend, cause });
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new Failure(`${path} is not JSON.`, { mend: 'It may have been cut short; restore it or remove it.', cause });
  }
}
