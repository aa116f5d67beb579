// The part of a function's environment that says who it is: Lambda's reserved variables, its credentials, and its own variables.
// Paths (LAMBDA_TASK_ROOT, PATH, NODE_PATH, HOME …) depend on the isolation level and are the sandbox's to set. Nothing of the host is in it.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

import type { Session } from '#identity';
import type { InvocableFunction } from '#registry';

export interface EnvironmentSource {
  readonly invocable: InvocableFunction;
  readonly session: Pick<Session, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;
  readonly logStream: string;
  /** `http://127.0.0.1:<port>` as it is reached from inside the sandbox. */
  readonly endpointUrl: string;
  readonly isProvisioned: boolean;
}

export function functionEnvironment(source: EnvironmentSource): Record<string, string> {
  const { invocable, session, logStream, endpointUrl, isProvisioned } = source;
  const { region } = invocable.scope;
  return {
    // A function may name another endpoint; nothing but the platform's can be reached.
    ...(invocable.network === 'none' ? {} : { AWS_ENDPOINT_URL: endpointUrl }),
    ...invocable.environment,
    // These are reserved.
    _HANDLER: invocable.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${invocable.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: invocable.name,
    AWS_LAMBDA_FUNCTION_VERSION: invocable.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(invocable.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: isProvisioned ? 'provisioned-concurrency' : 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: invocable.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
  };
}
