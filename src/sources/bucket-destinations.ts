// May a bucket tell this function, queue or topic? What S3 checks before it keeps a notification: it is there, and its policy lets the
// bucket in. https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html

import type { BucketsDependencies, DestinationQuestion, DestinationVerdict } from '#buckets';
import { ApiError } from '#kernel';
import type { Scope } from '#kernel';
import { targetOf } from '#registry';
import type { Registry } from '#registry';

const S3 = 's3.amazonaws.com';

export interface AdmissionQuestion {
  readonly scope: Scope;
  readonly kind: 'queue' | 'topic';
  readonly arn: string;
  /** For example `s3.amazonaws.com`. */
  readonly service: string;
  readonly sourceArn: string;
}

export interface DestinationParts {
  readonly registry: Pick<Registry, 'functions' | 'policyAllows'>;
  /** `missing`: there is no such queue or topic. `denied`: its policy does not let the service send to it. */
  readonly admission: (question: AdmissionQuestion) => Promise<'admitted' | 'missing' | 'denied'>;
}

export function createDestinationCheck(parts: DestinationParts): BucketsDependencies['validateDestination'] {
  return async (question) => {
    try {
      return question.kind === 'function'
        ? await functionVerdict(parts.registry, question)
        : await admissionVerdict(parts, question, question.kind);
    } catch (error) {
      // Not there, not ours, or no ARN of its kind: for the bucket's owner all of them are a bad destination.
      if (error instanceof ApiError) return { kind: 'invalid', reason: error.message };
      throw error;
    }
  };
}

async function functionVerdict(
  registry: DestinationParts['registry'],
  { scope, bucketArn, arn }: DestinationQuestion,
): Promise<DestinationVerdict> {
  const target = targetOf(scope, arn, undefined);
  const { record } = await registry.functions.get(scope, target);
  // A bucket cannot say for which tenant it calls.
  if (record.tenantIsolation === true)
    return { kind: 'invalid', reason: `${arn} keeps its tenants apart, so no bucket can invoke it` };
  const allowed = await registry.policyAllows({
    scope,
    function: target.name,
    qualifier: target.qualifier,
    action: 'lambda:InvokeFunction',
    principal: { kind: 'service', service: S3 },
    sourceArn: bucketArn,
    sourceAccount: scope.account,
  });
  if (allowed) return { kind: 'valid' };
  return { kind: 'invalid', reason: `The policy of ${arn} does not let ${S3} invoke it for ${bucketArn}` };
}

async function admissionVerdict(
  { admission }: DestinationParts,
  { scope, bucketArn, arn }: DestinationQuestion,
  kind: 'queue' | 'topic',
): Promise<DestinationVerdict> {
  const admitted = await admission({ scope, kind, arn, service: S3, sourceArn: bucketArn });
  switch (admitted) {
    case 'admitted':
      return { kind: 'valid' };
    case 'missing':
      return { kind: 'invalid', reason: `The destination ${kind} does not exist` };
    case 'denied': {
      const action = kind === 'queue' ? 'sqs:SendMessage' : 'sns:Publish';
      return { kind: 'invalid', reason: `The policy of the destination ${kind} does not let ${S3} do ${action} for ${bucketArn}` };
    }
    default:
      return admitted satisfies never;
  }
}
