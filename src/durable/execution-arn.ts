// The names of durable executions: `<function's ARN>:<version>/durable-execution/<name>/<id>`.

import { ApiError } from '#kernel';
import type { AccountId, FunctionName, FunctionVersion, Region, Scope } from '#kernel';
import { functionArn } from '#registry';
import type { JournalKey } from '#store';
import type { ExecutionFacts } from './records.ts';

export interface ExecutionName {
  readonly scope: Scope;
  readonly functionName: FunctionName;
  readonly version: FunctionVersion;
  readonly name: string;
  readonly executionId: string;
}

const ARN =
  /^arn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):(\d{12}):function:([a-zA-Z0-9_-]+):(\$LATEST|[0-9]+)\/durable-execution\/([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_-]+)$/;

/** The model's pattern has passed already. */
export function parseExecutionArn(arn: string): ExecutionName {
  const [, region, account, functionName, version, name, executionId] = ARN.exec(arn) ?? [];
  if (
    region === undefined ||
    account === undefined ||
    functionName === undefined ||
    version === undefined ||
    name === undefined ||
    executionId === undefined
  )
    throw executionNotFound(arn);
  const scope = { region: region as Region, account: account as AccountId };
  return { scope, functionName: functionName as FunctionName, version: version as FunctionVersion, name, executionId };
}

export function executionArn(scope: Scope, name: string, { functionName, version, executionId }: ArnFacts): string {
  return `${functionArn(scope, functionName, version)}/durable-execution/${name}/${executionId}`;
}

type ArnFacts = Pick<ExecutionFacts, 'functionName' | 'version' | 'executionId'>;

/** Names are unique among the executions of one function, whatever version it is. */
export function journalKeyOf(scope: Scope, functionName: FunctionName, name: string): JournalKey {
  return { scope, kind: 'durable', owner: functionArn(scope, functionName), name };
}

export function executionNotFound(arn: string): ApiError {
  return new ApiError('ResourceNotFoundException', `Durable execution not found: ${arn}`, { fields: { Type: 'User' } });
}
