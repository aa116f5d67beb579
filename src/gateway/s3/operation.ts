// What every S3 handler is made of: its types, whom it acts for, and what it is about.

import type { Actor, Buckets, ObjectRef } from '#buckets';
import { callerArn } from '#identity';
import { isTraceHeader } from '#invocation';
import { ApiError, type Scope } from '#kernel';
import type { CallContext, Handler, HandlerInput, Handlers, ServiceHandlers } from '../operation.ts';

export type S3 = typeof import('@aws-sdk/client-s3');
export type S3Handlers = ServiceHandlers<S3>;
export type S3Operation = keyof Handlers<S3>;
export type S3Input<Name extends S3Operation> = HandlerInput<S3, Name>;

/** An operation, given the room that it calls. */
export type S3Handler<Name extends S3Operation> = (buckets: Buckets) => Handler<S3, Name>;

export interface NamesBucket {
  readonly Bucket: string;
}

export interface NamesObject extends NamesBucket {
  readonly Key: string;
  readonly VersionId?: string | undefined;
}

export function bucketRef(input: NamesBucket, { scope }: CallContext): { readonly scope: Scope; readonly bucket: string } {
  return { scope, bucket: input.Bucket };
}

export function objectRef(input: NamesObject, context: CallContext): ObjectRef {
  checkVersion(input.VersionId);
  return { scope: context.scope, bucket: input.Bucket, key: input.Key };
}

/** Buckets keep no versions: the one there is has the id `null`, as in S3. Some clients send the parameter without a value. */
export function checkVersion(versionId: string | undefined): void {
  if (versionId === undefined || versionId === '' || versionId === 'null') return;
  throw new ApiError('NoSuchVersion', 'The specified version does not exist.', { fields: { VersionId: versionId } });
}

export function actorOf({ principal, requestId, sourceAddress, headers }: CallContext): Actor {
  const trace = headers['x-amzn-trace-id'];
  return {
    requestId,
    sourceAddress,
    traceHeader: trace !== undefined && isTraceHeader(trace) ? trace : undefined,
    principalId: principal.kind === 'anonymous' ? 'Anonymous' : `AWS:${principalIdOf(principal)}`,
  };
}

function principalIdOf(principal: Exclude<CallContext['principal'], { kind: 'anonymous' }>): string {
  if (principal.kind === 'root') return principal.account;
  const arn = callerArn(principal);
  return `${principal.accessKeyId}:${arn.slice(arn.lastIndexOf('/') + 1)}`;
}

export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function unquoted(etag: string): string {
  return etag.trim().replace(/^"(.*)"$/, '$1');
}

/** `field` and its value for S3's "InvalidArgument". */
export function invalidArgument(name: string, value: unknown, message: string): ApiError {
  return new ApiError('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: String(value).slice(0, 1024) } });
}
