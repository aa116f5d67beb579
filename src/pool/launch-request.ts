// Which sandbox a function version needs: one that is like all others of its runtime, or one that starts in its own way.

import type { LaunchRequest } from '#sandbox';
import type { InvocableFunction } from '#registry';
import { LIMITS } from '#kernel';

/**
 * Variables that act when a process starts and are lost on one that already runs: Node's own, the dynamic linker's and libc's,
 * OpenSSL's, libuv's, ICU's. NODE_ENV and NODE_PATH act when they are read, which is after the handler's environment was set.
 * https://nodejs.org/docs/latest-v24.x/api/cli.html#environment-variables
 */
const ACTS_AT_START = /^(NODE_(?!(ENV|PATH)$)|LD_|UV_|MALLOC_|GLIBC_|OPENSSL_|SSL_CERT_|LC_|ICU_|V8_)/;

export function launchRequest(invocable: Pick<InvocableFunction, 'runtime' | 'ephemeralMiB' | 'environment'>): LaunchRequest {
  const startEnvironment = Object.fromEntries(Object.entries(invocable.environment).filter(([name]) => ACTS_AT_START.test(name)));
  return { runtime: invocable.runtime, ephemeralMiB: invocable.ephemeralMiB, startEnvironment };
}

/** Whether any function of the runtime could use such a sandbox. */
export function isGeneric(request: LaunchRequest): boolean {
  return request.ephemeralMiB === LIMITS.ephemeralMiBMin && Object.keys(request.startEnvironment).length === 0;
}
