// May this principal do this? Pure. The root key may do everything in its account; a function's credentials may do what the
// list below says. Role policies are not evaluated yet: a role's ARN is kept and shown, and grants nothing more than this.

import type { Principal } from './principal.ts';

export interface Action {
  /** As in the models: `lambda`, `s3`, `cloudwatch-logs`, `sts`. */
  readonly service: string;
  readonly operation: string;
}

export type Decision = { readonly kind: 'allowed' } | { readonly kind: 'denied'; readonly reason: string };

const ALLOWED: Decision = { kind: 'allowed' };

/**
 * What a function may call on the platform's endpoint. Left out on purpose is whatever would show it another function's code,
 * environment or log, or let it outlive itself: GetFunction, UpdateFunctionCode, GetLogEvents, the configuration of buckets.
 */
const FUNCTIONS_MAY: Readonly<Record<string, ReadonlySet<string>>> = {
  lambda: new Set([
    // Of its own executions alone: the gateway knows whose they are.
    'CheckpointDurableExecution',
    'GetDurableExecution',
    'GetDurableExecutionHistory',
    'GetDurableExecutionState',
    'Invoke',
    'InvokeAsync',
    'InvokeWithResponseStream',
    // Whoever has the id of a callback was given it to answer.
    'SendDurableExecutionCallbackFailure',
    'SendDurableExecutionCallbackHeartbeat',
    'SendDurableExecutionCallbackSuccess',
  ]),
  s3: new Set([
    'AbortMultipartUpload',
    'CompleteMultipartUpload',
    'CopyObject',
    'CreateMultipartUpload',
    'DeleteObject',
    'DeleteObjectTagging',
    'DeleteObjects',
    'GetBucketLocation',
    'GetBucketVersioning',
    'GetObject',
    'GetObjectAttributes',
    'GetObjectTagging',
    'HeadBucket',
    'HeadObject',
    'ListBuckets',
    'ListMultipartUploads',
    'ListObjects',
    'ListObjectsV2',
    'ListParts',
    'PutObject',
    'PutObjectTagging',
    'UploadPart',
    'UploadPartCopy',
  ]),
  'cloudwatch-logs': new Set(['CreateLogGroup', 'CreateLogStream', 'DescribeLogStreams', 'PutLogEvents']),
  sqs: new Set([
    'ChangeMessageVisibility',
    'ChangeMessageVisibilityBatch',
    'DeleteMessage',
    'DeleteMessageBatch',
    'GetQueueAttributes',
    'GetQueueUrl',
    'ReceiveMessage',
    'SendMessage',
    'SendMessageBatch',
  ]),
  eventbridge: new Set(['PutEvents']),
  sfn: new Set([
    'DescribeExecution',
    'GetActivityTask',
    'SendTaskFailure',
    'SendTaskHeartbeat',
    'SendTaskSuccess',
    'StartExecution',
    'StartSyncExecution',
    'StopExecution',
  ]),
  sns: new Set(['Publish', 'PublishBatch']),
  sts: new Set(['GetCallerIdentity']),
};

export function decide(principal: Principal, action: Action): Decision {
  switch (principal.kind) {
    case 'root':
      return ALLOWED;
    case 'function':
      if (FUNCTIONS_MAY[action.service]?.has(action.operation)) return ALLOWED;
      return {
        kind: 'denied',
        reason: `User: ${callerArn(principal)} is not authorized to perform: ${action.service}:${action.operation} with a function's own credentials`,
      };
    case 'anonymous':
      return { kind: 'denied', reason: 'Anonymous users cannot perform this operation; sign the request' };
    default:
      return principal satisfies never;
  }
}

/**
 * The caller's ARN as STS shows it; a function appears as a session of its role, named after the function.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function callerArn(principal: Exclude<Principal, { kind: 'anonymous' }>): string {
  if (principal.kind === 'root') return `arn:aws:iam::${principal.account}:root`;
  const role = principal.roleArn.slice(principal.roleArn.lastIndexOf('/') + 1);
  const name = principal.functionArn.split(':')[6] ?? 'function';
  return `arn:aws:sts::${principal.account}:assumed-role/${role}/${name}`;
}
