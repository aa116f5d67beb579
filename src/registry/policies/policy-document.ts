// Resource policies as Lambda writes them: statements from the parameters of AddPermission, the document around them.
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html

import type { AddPermissionRequest } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import { conflict, constraintViolated, invalidParameter, refusal } from '../refusals.ts';

type Conditions = Readonly<Record<string, string>>;

/** Members are in the order in which Lambda writes them: tools compare the text. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Principal: '*' | { readonly Service: string } | { readonly AWS: string };
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: {
    readonly StringEquals?: Conditions;
    readonly ArnLike?: Conditions;
    readonly Bool?: Conditions;
  };
}

export interface PolicyRecord {
  readonly statements: readonly PolicyStatement[];
  readonly revisionId: string;
}

export type Permission = Readonly<Omit<AddPermissionRequest, 'FunctionName' | 'Qualifier' | 'RevisionId'>>;

const SERVICE = /^[a-z0-9][a-z0-9.-]*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.internal)$/;
const ACCOUNT = /^\d{12}$/;
const PRINCIPAL_ARN = /^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)\/[\w+=,.@/-]+)$/;
const STATEMENT_ID = /^[a-zA-Z0-9_-]{1,100}$/;
const ACTION = /^(lambda:[*]|lambda:[a-zA-Z]+|[*])$/;

/** Throws ValidationException or InvalidParameterValueException. */
export function statementOf(resourceArn: string, permission: Permission): PolicyStatement {
  const { StatementId = '', Action = '', Principal = '' } = permission;
  if (!STATEMENT_ID.test(StatementId))
    throw constraintViolated('statementId', StatementId, 'Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)');
  if (!ACTION.test(Action))
    throw constraintViolated('action', Action, 'Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])');
  const stringEquals = given({
    'AWS:SourceAccount': permission.SourceAccount,
    'lambda:EventSourceToken': permission.EventSourceToken,
    'lambda:FunctionUrlAuthType': permission.FunctionUrlAuthType,
    'aws:PrincipalOrgID': permission.PrincipalOrgID,
  });
  const arnLike = given({ 'AWS:SourceArn': permission.SourceArn });
  const bool = given({ 'lambda:InvokedViaFunctionUrl': permission.InvokedViaFunctionUrl?.toString() });
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: principalOf(Principal),
    Action,
    Resource: resourceArn,
    ...(stringEquals || arnLike || bool
      ? {
          Condition: {
            ...(stringEquals && { StringEquals: stringEquals }),
            ...(arnLike && { ArnLike: arnLike }),
            ...(bool && { Bool: bool }),
          },
        }
      : {}),
  };
}

export function principalOf(principal: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (ACCOUNT.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` };
  if (PRINCIPAL_ARN.test(principal)) return { AWS: principal };
  if (SERVICE.test(principal)) return { Service: principal };
  throw invalidParameter('The provided principal was invalid. Please check the principal and try again.');
}

function given(conditions: Readonly<Record<string, string | undefined>>): Conditions | undefined {
  const entries = Object.entries(conditions).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Throws ResourceConflictException when the id is taken, PolicyLengthExceededException when the text becomes too long. */
export function withStatement(policy: PolicyRecord | null, statement: PolicyStatement, revisionId: string): PolicyRecord {
  const statements = policy?.statements ?? [];
  if (statements.some(({ Sid }) => Sid === statement.Sid))
    throw conflict(
      `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  const changed = { statements: [...statements, statement], revisionId };
  const bytes = Buffer.byteLength(policyText(changed));
  if (bytes > LIMITS.resourcePolicyBytes)
    throw refusal(
      'PolicyLengthExceededException',
      `The final policy size (${bytes}) is bigger than the limit (${LIMITS.resourcePolicyBytes}).`,
    );
  return changed;
}

/** Null when the last statement went. Throws ResourceNotFoundException. */
export function withoutStatement(policy: PolicyRecord, statementId: string, revisionId: string): PolicyRecord | null {
  const statements = policy.statements.filter(({ Sid }) => Sid !== statementId);
  if (statements.length === policy.statements.length)
    throw refusal('ResourceNotFoundException', `Statement ${statementId} is not found in resource policy.`);
  return statements.length === 0 ? null : { statements, revisionId };
}

export const policyText = ({ statements }: PolicyRecord) =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
