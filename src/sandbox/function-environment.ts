// The variables that Lambda's own environment has besides the function's, with the paths of the place that the function is in.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime

import type { RuntimeName } from './sandbox.ts';

export interface Paths {
  readonly task: string;
  readonly opt: string;
  readonly runtime: string;
  readonly lang: string;
  readonly temporary: string;
}

/** As inside a `bwrap` sandbox. */
export const SANDBOX_PATHS: Paths = {
  task: '/var/task',
  opt: '/opt',
  runtime: '/var/runtime',
  lang: '/var/lang',
  temporary: '/tmp',
};

/** What every function starts from; its own variables win. */
export function baseEnvironment(runtime: RuntimeName, paths: Paths): Readonly<Record<string, string>> {
  const { task, opt, lang, temporary } = paths;
  const major = runtime === 'nodejs24.x' ? 'node24' : 'node22';
  const libraries = [
    `${lang}/lib`,
    '/lib64',
    '/usr/lib64',
    paths.runtime,
    `${paths.runtime}/lib`,
    task,
    `${task}/lib`,
    `${opt}/lib`,
  ];
  const modules = [
    `${opt}/nodejs/${major}/node_modules`,
    `${opt}/nodejs/node_modules`,
    `${paths.runtime}/node_modules`,
    paths.runtime,
    task,
  ];
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    PATH: [`${lang}/bin`, '/usr/local/bin', '/usr/bin', '/bin', `${opt}/bin`].join(':'),
    LD_LIBRARY_PATH: libraries.join(':'),
    NODE_PATH: modules.join(':'),
    LAMBDA_TASK_ROOT: task,
    LAMBDA_RUNTIME_DIR: paths.runtime,
    // Lambda names neither, but without a home the AWS SDK's credential chain throws where no such user is known.
    HOME: temporary,
    TMPDIR: temporary,
  };
}

/**
 * With V8's own 16 MiB the young generation alone may take 48 of a small function's 128, which is then killed for garbage (measured: a loop that
 * concatenates strings). V8 reads this once; what else a small function needs, the agent sets when it knows the size.
 */
export const NODE_ARGUMENTS: readonly string[] = ['--max-semi-space-size=8'];

/** Read once, when a process starts: a function that has one of them cannot use a sandbox that waits already. */
const START_VARIABLES =
  /^(?:NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_ICU_DATA|NODE_V8_COVERAGE|NODE_COMPILE_CACHE|NODE_NO_WARNINGS|NODE_PENDING_DEPRECATION|UV_THREADPOOL_SIZE|LD_.*|GLIBC_TUNABLES|MALLOC_.*|OPENSSL_CONF|SSL_CERT_FILE|SSL_CERT_DIR)$/;

/** The part of a function's environment for `LaunchRequest.startEnvironment`; empty for most functions. */
export function startEnvironmentOf(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => START_VARIABLES.test(name)));
}
