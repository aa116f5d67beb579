// AddPermission and RemovePermission: statements of a queue's policy by their label.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html

import { ApiError, LIMITS } from '#kernel';
import { invalidValue, missing } from './queue-answers.ts';
import type { Queue } from './queue.ts';

export interface Permission {
  readonly label: string;
  readonly accounts: readonly string[];
  readonly actions: readonly string[];
}

interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

/** Others are the owner's alone. */
const GRANTABLE = new Map(
  [
    '*',
    'SendMessage',
    'ReceiveMessage',
    'DeleteMessage',
    'ChangeMessageVisibility',
    'GetQueueAttributes',
    'GetQueueUrl',
    'ListDeadLetterSourceQueues',
    'PurgeQueue',
  ].map((action) => [action.toLowerCase(), action]),
);

/** The policy's text with the statement; members in the order in which AWS writes them. */
export function withPermission(queue: Queue, { label, accounts, actions }: Permission): string {
  checkLabel(label);
  if (accounts.length === 0) throw missing('PrincipalId');
  if (actions.length === 0) throw missing('Action');
  if (actions.length > LIMITS.queuePermissionActions) {
    throw new ApiError('OverLimit', `${actions.length} Actions were found, maximum allowed is ${LIMITS.queuePermissionActions}.`);
  }
  const document = documentOf(queue);
  if (document.Statement.some(({ Sid }) => Sid === label)) throw invalidValue(label, 'Label', 'Already exists.');
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrMany(accounts.map(principalOf)) },
    Action: oneOrMany(actions.map(actionOf)),
    Resource: queue.arn,
  };
  return JSON.stringify({ ...document, Statement: [...document.Statement, statement] });
}

/** Undefined when no statement is left. */
export function withoutPermission(queue: Queue, label: string): string | undefined {
  const document = documentOf(queue);
  const left = document.Statement.filter(({ Sid }) => Sid !== label);
  if (left.length === document.Statement.length) {
    throw invalidValue(label, 'Label', "can't find label on existing policy.");
  }
  return left.length === 0 ? undefined : JSON.stringify({ ...document, Statement: left });
}

function documentOf({ arn, options }: Queue): PolicyDocument {
  if (options.policy === undefined) return { Version: '2012-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  // Read when it was set; one statement may stand without a list.
  const document = JSON.parse(options.policy) as PolicyDocument;
  const statements: unknown = document.Statement;
  return { ...document, Statement: (Array.isArray(statements) ? statements : [statements]) as PolicyDocument['Statement'] };
}

function checkLabel(label: string): void {
  if (!/^[A-Za-z0-9_-]{1,80}$/.test(label)) {
    throw invalidValue(label, 'Label', 'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.');
  }
}

function principalOf(account: string): string {
  if (!/^\d{12}$/.test(account)) throw invalidValue(account, 'PrincipalId', 'Unable to verify.');
  return `arn:aws:iam::${account}:root`;
}

function actionOf(action: string): string {
  const known = GRANTABLE.get(action.replace(/^sqs:/i, '').toLowerCase());
  if (known === undefined) {
    throw invalidValue(`SQS:${action}`, 'ActionName', 'Only the queue owner is allowed to invoke this action.');
  }
  return `SQS:${known}`;
}

function oneOrMany(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
