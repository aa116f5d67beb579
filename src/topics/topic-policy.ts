// A topic's resource policy as a document: the one that every topic begins with, and what AddPermission and RemovePermission make of it.
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html

import { parseResourcePolicy, type ResourcePolicy } from '#identity';
import { LIMITS, type Scope } from '#kernel';
import { invalid } from './topic-answers.ts';
import { topicArn } from './topic-names.ts';

const OWNERS_ACTIONS = [
  'SNS:GetTopicAttributes',
  'SNS:SetTopicAttributes',
  'SNS:AddPermission',
  'SNS:RemovePermission',
  'SNS:DeleteTopic',
  'SNS:Subscribe',
  'SNS:ListSubscriptionsByTopic',
  'SNS:Publish',
];

const GRANTABLE = new Set(
  [...OWNERS_ACTIONS, 'SNS:ListTagsForResource', 'SNS:TagResource', 'SNS:UntagResource', 'SNS:Receive'].map((action) =>
    action.slice('SNS:'.length).toLowerCase(),
  ),
);

/** The owner alone, as AWS writes it. Text, since tools compare texts. */
export function defaultPolicy(scope: Scope, name: string): string {
  return JSON.stringify({
    Version: '2008-10-17',
    Id: '__default_policy_ID',
    Statement: [
      {
        Sid: '__default_statement_ID',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: OWNERS_ACTIONS,
        Resource: topicArn(scope, name),
        Condition: { StringEquals: { 'AWS:SourceOwner': scope.account } },
      },
    ],
  });
}

/** Checked as it is set; its text is kept as it came. `member` is what the error calls it. */
export function checkPolicy(text: string, member: string): string {
  if (Buffer.byteLength(text) > LIMITS.topicPolicyBytes)
    throw invalid(`${member}: The policy has more than ${LIMITS.topicPolicyBytes} bytes.`);
  const parsed = parseResourcePolicy(text);
  if (parsed.kind === 'malformed') throw invalid(`${member}: Policy Error: ${parsed.reason}`);
  return text;
}

/** Of a text that was checked when it was set. */
export function readPolicy(text: string): ResourcePolicy {
  const parsed = parseResourcePolicy(text);
  if (parsed.kind === 'malformed') throw new Error(`A topic's policy was kept that cannot be read: ${parsed.reason}`);
  return parsed.policy;
}

export interface Permission {
  readonly label: string;
  readonly accounts: readonly string[];
  readonly actions: readonly string[];
}

interface Document {
  readonly Statement: Readonly<Record<string, unknown>>[] | Readonly<Record<string, unknown>>;
}

export function withPermission(policy: string, resource: string, { label, accounts, actions }: Permission): string {
  const foreign = actions.find((action) => action !== '*' && !GRANTABLE.has(action.toLowerCase()));
  if (actions.length === 0 || foreign !== undefined) throw invalid('Policy statement action out of service scope!');
  const account = accounts.find((each) => !/^\d{12}$/.test(each));
  if (accounts.length === 0 || account !== undefined)
    throw invalid('AWSAccountId', `${account ?? ''} is no account: it has twelve digits`);
  const document = JSON.parse(policy) as Document;
  const statements = statementsOf(document);
  if (statements.some(({ Sid }) => Sid === label)) throw invalid('Statement already exists');
  const statement = {
    Sid: label,
    Effect: 'Allow',
    Principal: { AWS: oneOrAll(accounts.map((each) => `arn:aws:iam::${each}:root`)) },
    Action: oneOrAll(actions.map((action) => `SNS:${action}`)),
    Resource: resource,
  };
  return checkPolicy(JSON.stringify({ ...document, Statement: [...statements, statement] }), 'Policy');
}

/** A label that no statement has changes nothing, as on AWS. */
export function withoutPermission(policy: string, label: string): string {
  const document = JSON.parse(policy) as Document;
  return JSON.stringify({ ...document, Statement: statementsOf(document).filter(({ Sid }) => Sid !== label) });
}

function statementsOf({ Statement }: Document): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(Statement) ? Statement : [Statement];
}

function oneOrAll(texts: readonly string[]): string | readonly string[] {
  return texts.length === 1 ? (texts[0] ?? '') : texts;
}
