// The environment that a function finds: Lambda's contract, the function's own variables, its credentials, and nothing of the host.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

import type { Session } from '#identity';
import type { InvocableFunction } from '#registry';

export interface EnvironmentSource {
  readonly invocable: InvocableFunction;
  readonly session: Pick<Session, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>;
  readonly logStream: string;
  /** `http://127.0.0.1:<port>` as it is reached from inside the sandbox. */
  readonly endpointUrl: string;
}

export function functionEnvironment({ invocable, session, logStream, endpointUrl }: EnvironmentSource): Record<string, string> {
  const { region } = invocable.scope;
  return {
    // A function may override these, as on Lambda.
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: '/var/lang/bin:/usr/local/bin:/usr/bin:/bin:/opt/bin',
    LD_LIBRARY_PATH: '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
    NODE_PATH: nodePath(invocable.runtime),
    // Lambda sets neither, but gives its user a home; the AWS SDK throws `uv_os_homedir ENOENT` where there is none.
    HOME: '/tmp',
    TMPDIR: '/tmp',
    AWS_ENDPOINT_URL: endpointUrl,
    ...invocable.environment,
    // These are reserved.
    _HANDLER: invocable.handler,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${invocable.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: invocable.name,
    AWS_LAMBDA_FUNCTION_VERSION: invocable.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(invocable.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: invocable.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: logStream,
    AWS_ACCESS_KEY_ID: session.accessKeyId,
    AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
    AWS_SESSION_TOKEN: session.sessionToken,
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
  };
}

/** `nodejs24.x` → layers built for node24 first, then those for any, then what the runtime brings along. */
function nodePath(runtime: string): string {
  const major = /^nodejs(\d+)\./.exec(runtime)?.[1] ?? '';
  return `/opt/nodejs/node${major}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task`;
}
