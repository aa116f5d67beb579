// Carries a plan out, change by change, in its order; each can be repeated, so that a deployment that broke off is simply run again.

import { createBucket, getNotifications, putNotifications } from '../aws/buckets.ts';
import {
  addPermission,
  createFunction,
  deleteFunction,
  deleteUrl,
  putUrl,
  removePermission,
  setReservedConcurrency,
  tagFunction,
  updateCode,
  updateConfiguration,
} from '../aws/functions.ts';
import type { Connection } from '../connection.ts';
import { ServiceFailure } from '../http/client.ts';
import { applyEventChange } from './apply-events.ts';
import type { CheckedConfig } from './config-schema.ts';
import { APP_TAG } from './current-state.ts';
import { bucketStatement, handlerOf, PUBLIC_URL_STATEMENTS } from './plan.ts';
import type { Change, WantedFunction } from './plan.ts';

export interface Target {
  readonly connection: Connection;
  readonly account: string;
  readonly app: string;
}

export async function applyChange(target: Target, change: Change): Promise<void> {
  const { connection } = target;
  switch (change.kind) {
    case 'createBucket':
      return createBucket(connection, change.bucket);
    case 'createFunction':
      return createWanted(target, change.wanted);
    case 'updateCode':
      return updateCode(connection, change.wanted.name, change.wanted.code.bytes);
    case 'updateConfiguration':
      return updateConfiguration(connection, change.wanted.name, settingsOf(change.wanted.config));
    case 'setConcurrency':
      return setReservedConcurrency(connection, change.name, change.limit);
    case 'allowBucket':
      return allowBucket(target, change);
    case 'putUrl':
      return putWantedUrl(target, change);
    case 'removeUrl':
      await closeUrl(connection, change.name);
      return deleteUrl(connection, change.name);
    case 'putTriggers':
      return putTriggers(target, change);
    case 'adopt':
      return tagFunction(connection, arnOf(target, change.name), { [APP_TAG]: target.app });
    case 'removeFunction':
      await deleteFunction(connection, change.name);
      return undefined;
    case 'createQueue':
    case 'updateQueue':
    case 'createTopic':
    case 'createBus':
    case 'putLink':
    case 'removeLink':
      return applyEventChange(target, change);
    default:
      return change satisfies never;
  }
}

function arnOf({ connection, account }: Target, name: string): string {
  return `arn:aws:lambda:${connection.region}:${account}:function:${name}`;
}

function createWanted({ connection, account, app }: Target, { name, config, code }: WantedFunction): Promise<void> {
  return createFunction(connection, {
    ...settingsOf(config),
    FunctionName: name,
    // Roles decide nothing here, but the API asks for one.
    Role: `arn:aws:iam::${account}:role/mayfly`,
    Code: { ZipFile: Buffer.from(code.bytes).toString('base64') },
    Tags: { [APP_TAG]: app },
  });
}

function settingsOf(config: CheckedConfig) {
  return {
    Description: config.description,
    Runtime: config.runtime,
    Handler: handlerOf(config),
    MemorySize: config.memory,
    Timeout: config.timeout,
    EphemeralStorage: { Size: config.ephemeralStorage },
    Environment: { Variables: config.env },
    ...(config.durable && {
      DurableConfig: { ExecutionTimeout: config.durable.timeout, RetentionPeriodInDays: config.durable.retention },
    }),
  };
}

async function allowBucket(
  { connection, account }: Target,
  { name, bucket, statementId }: Extract<Change, { kind: 'allowBucket' }>,
): Promise<void> {
  await addPermission(connection, name, {
    StatementId: statementId,
    Action: 'lambda:InvokeFunction',
    Principal: 's3.amazonaws.com',
    SourceArn: `arn:aws:s3:::${bucket}`,
    SourceAccount: account,
  });
}

async function putWantedUrl({ connection }: Target, { name, url, isNew }: Extract<Change, { kind: 'putUrl' }>): Promise<void> {
  await putUrl(connection, name, { ...url, Cors: url.Cors ?? {} }, isNew);
  if (url.AuthType === 'AWS_IAM') return closeUrl(connection, name);
  // A public URL needs both, since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
  await addOnce(connection, name, {
    StatementId: PUBLIC_URL_STATEMENTS.url,
    Action: 'lambda:InvokeFunctionUrl',
    Principal: '*',
    FunctionUrlAuthType: 'NONE',
  });
  await addOnce(connection, name, {
    StatementId: PUBLIC_URL_STATEMENTS.invoke,
    Action: 'lambda:InvokeFunction',
    Principal: '*',
    InvokedViaFunctionUrl: true,
  });
}

async function addOnce(connection: Connection, name: string, permission: Parameters<typeof addPermission>[2]): Promise<void> {
  try {
    await addPermission(connection, name, permission);
  } catch (error) {
    // The statement stands already, from an earlier attempt.
    if (!(error instanceof ServiceFailure && error.code === 'ResourceConflictException')) throw error;
  }
}

async function closeUrl(connection: Connection, name: string): Promise<void> {
  await removePermission(connection, name, PUBLIC_URL_STATEMENTS.url);
  await removePermission(connection, name, PUBLIC_URL_STATEMENTS.invoke);
}

/** Read again just before it is written, so that what others put there meanwhile stays. */
async function putTriggers(target: Target, { bucket, added, removed }: Extract<Change, { kind: 'putTriggers' }>): Promise<void> {
  const { connection } = target;
  const { functions, others } = await getNotifications(connection, bucket);
  const replaced = new Set([...added, ...removed].map((trigger) => trigger.notification.id));
  const kept = functions.filter((notification) => !replaced.has(notification.id));
  const ours = added.map((trigger) => ({ ...trigger.notification, functionArn: arnOf(target, trigger.function) }));
  await putNotifications(connection, bucket, { functions: [...kept, ...ours], others });
  const stillTriggered = new Set([...kept, ...ours].map((notification) => notification.functionArn));
  for (const name of new Set(removed.map((trigger) => trigger.function))) {
    if (!stillTriggered.has(arnOf(target, name))) await removePermission(connection, name, bucketStatement(bucket));
  }
}
