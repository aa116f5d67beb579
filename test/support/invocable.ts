// A function version as the registry would resolve it, for tests that need one and care about a few of its members only.

import { createHash } from 'node:crypto';
import type { AccountId, FunctionName, FunctionVersion, Region, Scope } from '#kernel';
import type { InvocableFunction } from '../../src/registry/invocable.ts';

export const SCOPE: Scope = { account: '000000000000' as AccountId, region: 'us-east-1' as Region };

export function invocable(name: string, overrides: Partial<InvocableFunction> = {}): InvocableFunction {
  const arn = `arn:aws:lambda:${SCOPE.region}:${SCOPE.account}:function:${name}`;
  return {
    scope: SCOPE,
    name: name as FunctionName,
    version: '$LATEST' as FunctionVersion,
    qualifier: undefined,
    invokedArn: arn,
    versionArn: `${arn}:$LATEST`,
    instanceKey: `${name}/1`,
    runtime: 'nodejs24.x',
    network: 'platform',
    instanceConcurrency: 1,
    tenantIsolation: false,
    handler: 'index.handler',
    memoryMiB: 128,
    timeoutSeconds: 3,
    ephemeralMiB: 512,
    hasExtensions: false,
    environment: {},
    codeTree: async () => `/code/${name}`,
    layerTrees: async () => [],
    roleArn: `arn:aws:iam::${SCOPE.account}:role/${name}`,
    logGroup: `/aws/lambda/${name}`,
    reservedConcurrency: undefined,
    provisionedConcurrency: 0,
    eventInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 },
    lineageId: createHash('sha256').update(arn).digest('hex').slice(0, 8),
    endsLoops: true,
    ...overrides,
  };
}
