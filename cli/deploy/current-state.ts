// Reads from the platform what a plan compares against.

import type { FunctionConfiguration } from '@aws-sdk/client-lambda';
import { bucketExists, getNotifications } from '../aws/buckets.ts';
import type { Notifications } from '../aws/buckets.ts';
import { getFunction, getPolicy, getUrl, listFunctions } from '../aws/functions.ts';
import type { PolicyStatement } from '../aws/functions.ts';
import type { Connection } from '../connection.ts';
import type { CheckedConfig } from './config-schema.ts';
import { readCurrentEvents } from './current-events.ts';
import type { CurrentFunction, CurrentState } from './plan.ts';

/** The tag that says which folder's deployment a function came from. */
export const APP_TAG = 'mayfly:app';

const PARALLEL = 8;

interface Wish {
  readonly name: string;
  readonly config: CheckedConfig;
}

export async function readCurrentState(connection: Connection, wanted: readonly Wish[], app: string): Promise<CurrentState> {
  const names = new Set(wanted.map((one) => one.name));
  const read = await inParallel(await listFunctions(connection), async (configuration) =>
    readFunction(connection, configuration, names, app),
  );
  const relevant = read.filter((one) => one !== undefined);
  const buckets = new Set([
    ...wanted.flatMap(({ config }) => [
      ...config.buckets,
      ...config.on.flatMap((trigger) => ('s3' in trigger ? [trigger.s3] : [])),
    ]),
    ...relevant.flatMap(({ statements }) => statements.flatMap(bucketOf)),
  ]);
  const notifications = await inParallel([...buckets], async (bucket) => [bucket, await readBucket(connection, bucket)] as const);
  const events = await readCurrentEvents(connection, wanted, relevant);
  return { functions: new Map(relevant.map(({ name, current }) => [name, current])), buckets: new Map(notifications), events };
}

interface ReadFunction {
  readonly name: string;
  readonly current: CurrentFunction;
  readonly statements: readonly PolicyStatement[];
}

async function readFunction(
  connection: Connection,
  configuration: FunctionConfiguration,
  names: ReadonlySet<string>,
  app: string,
): Promise<ReadFunction | undefined> {
  const name = configuration.FunctionName ?? '';
  const found = await getFunction(connection, name);
  // Gone since it was listed.
  if (found?.Configuration === undefined) return undefined;
  const owner = found.Tags?.[APP_TAG];
  if (!names.has(name) && owner !== app) return undefined;
  const [url, statements] = await Promise.all([getUrl(connection, name), getPolicy(connection, name)]);
  const current = {
    configuration: found.Configuration,
    app: owner,
    reservedConcurrency: found.Concurrency?.ReservedConcurrentExecutions,
    url,
    statementIds: new Set(statements.map((statement) => statement.Sid)),
  };
  return { name, current, statements };
}

/** A function that a bucket may call was triggered by it once: its triggers may have to go. */
function bucketOf({ Condition }: PolicyStatement): readonly string[] {
  const bucket = /^arn:aws:s3:::([^/*]+)$/.exec(Condition?.ArnLike?.['AWS:SourceArn'] ?? '')?.[1];
  return bucket === undefined ? [] : [bucket];
}

async function readBucket(connection: Connection, bucket: string): Promise<Notifications | undefined> {
  return (await bucketExists(connection, bucket)) ? getNotifications(connection, bucket) : undefined;
}

async function inParallel<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += PARALLEL) {
    results.push(...(await Promise.all(items.slice(start, start + PARALLEL).map(work))));
  }
  return results;
}
