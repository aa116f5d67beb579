// Which sandbox a function version needs: one that is like all others of its runtime, or one that starts in its own way.

import { hasWrapper, startEnvironmentOf } from '#sandbox';
import type { LaunchRequest } from '#sandbox';
import type { InvocableFunction } from '#registry';
import { LIMITS } from '#kernel';

type Requesting = Pick<InvocableFunction, 'runtime' | 'network' | 'ephemeralMiB' | 'environment' | 'hasExtensions'>;

export function launchRequest(invocable: Requesting): LaunchRequest {
  const { runtime } = invocable;
  const supervised = invocable.hasExtensions || hasWrapper(invocable.environment);
  return {
    runtime,
    supervised,
    network: invocable.network,
    ephemeralMiB: invocable.ephemeralMiB,
    startEnvironment: startEnvironmentOf(invocable.environment, { runtime, supervised }),
  };
}

/** What a start environment points into (`NODE_OPTIONS=--require /opt/…`) has to be there before the process starts. */
export async function placedRequest(
  request: LaunchRequest,
  invocable: Pick<InvocableFunction, 'codeTree' | 'layerTrees'>,
): Promise<LaunchRequest> {
  const [codeTree, layerTrees] = await Promise.all([invocable.codeTree(), invocable.layerTrees()]);
  return { ...request, placed: { codeTree, layerTrees } };
}

/** Whether any function of the runtime could use such a sandbox. */
export function isGeneric(request: LaunchRequest): boolean {
  return request.ephemeralMiB === LIMITS.ephemeralMiBMin && Object.keys(request.startEnvironment).length === 0;
}
