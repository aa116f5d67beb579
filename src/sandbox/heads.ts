// What frames to an agent say in their heads.

import { LIMITS } from '#kernel';
import type { Place } from './enclosure.ts';
import type { SandboxInvocation, Specialisation } from './sandbox.ts';

export function invokeHead(nonce: string, invocation: SandboxInvocation): object {
  return {
    nonce,
    requestId: invocation.requestId,
    arn: invocation.invokedFunctionArn,
    deadlineMs: invocation.deadlineMs,
    timeoutMs: invocation.timeoutMs,
    clientContext: invocation.clientContext,
    identity: invocation.cognitoIdentity,
    traceHeader: invocation.traceHeader,
    tenantId: invocation.tenantId,
    streamWindow: invocation.onStream === undefined ? undefined : LIMITS.streamWindowBytes,
  };
}

export function specialiseHead(specialisation: Specialisation, place: Place, atOnce: number): object {
  return {
    handler: specialisation.handler,
    taskRoot: place.taskRoot,
    layerRoot: place.layerRoot,
    environment: place.environment,
    usesCodeCache: specialisation.codeCache !== undefined,
    codeCachePath: place.codeCachePath,
    memoryMiB: specialisation.memoryMiB,
    atOnce,
    constants: {
      functionName: specialisation.functionName,
      functionVersion: specialisation.functionVersion,
      memoryLimitInMB: String(specialisation.memoryMiB),
      logGroupName: specialisation.logGroup,
      logStreamName: specialisation.logStream,
    },
  };
}
