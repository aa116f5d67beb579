// May a bucket tell this function? What S3 checks before it keeps a notification: the function exists and its policy lets the
// bucket in. https://docs.aws.amazon.com/AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html

import type { BucketsDependencies, DestinationQuestion, DestinationVerdict } from '#buckets';
import { ApiError } from '#kernel';
import { targetOf } from '#registry';
import type { Registry } from '#registry';

export function createDestinationCheck(
  registry: Pick<Registry, 'functions' | 'policyAllows'>,
): BucketsDependencies['validateDestination'] {
  return async (question) => {
    try {
      return await verdict(registry, question);
    } catch (error) {
      // Not there, not ours, or no function's ARN: for the bucket's owner all of them are a bad destination.
      if (error instanceof ApiError) return { kind: 'invalid', reason: error.message };
      throw error;
    }
  };
}

async function verdict(
  registry: Pick<Registry, 'functions' | 'policyAllows'>,
  { scope, bucketArn, functionArn }: DestinationQuestion,
): Promise<DestinationVerdict> {
  const target = targetOf(scope, functionArn, undefined);
  const { record } = await registry.functions.get(scope, target);
  // A bucket cannot say for which tenant it calls.
  if (record.tenantIsolation === true)
    return { kind: 'invalid', reason: `${functionArn} keeps its tenants apart, so no bucket can invoke it` };
  const allowed = await registry.policyAllows({
    scope,
    function: target.name,
    qualifier: target.qualifier,
    action: 'lambda:InvokeFunction',
    principal: { kind: 'service', service: 's3.amazonaws.com' },
    sourceArn: bucketArn,
    sourceAccount: scope.account,
  });
  if (allowed) return { kind: 'valid' };
  return { kind: 'invalid', reason: `The policy of ${functionArn} does not let s3.amazonaws.com invoke it for ${bucketArn}` };
}
