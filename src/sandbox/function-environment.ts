// The variables that Lambda's own environment has besides the function's, with the paths of the place that the function is in.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime

import { familyOf } from './runtimes/runtime-names.ts';
import { isSupervised } from './runtimes/start-command.ts';
import type { LaunchRequest, RuntimeName } from './sandbox.ts';

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
  return {
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...familyEnvironment(runtime, paths),
    LAMBDA_TASK_ROOT: paths.task,
    LAMBDA_RUNTIME_DIR: paths.runtime,
    // Lambda names neither, but without a home the AWS SDK's credential chain throws where no such user is known.
    HOME: paths.temporary,
    TMPDIR: paths.temporary,
  };
}

/** Only Node functions find a Node: Lambda's other runtimes have none. */
function familyEnvironment(name: RuntimeName, { task, opt, runtime, lang }: Paths): Readonly<Record<string, string>> {
  const programs = ['/usr/local/bin', '/usr/bin', '/bin', `${opt}/bin`];
  const libraries = ['/lib64', '/usr/lib64', runtime, `${runtime}/lib`, task, `${task}/lib`, `${opt}/lib`];
  const ofLanguage = { PATH: programs.join(':'), LD_LIBRARY_PATH: [`${lang}/lib`, ...libraries].join(':') };
  const family = familyOf(name);
  switch (family) {
    case 'node': {
      const layer = `${opt}/nodejs`;
      const versioned = `${layer}/node${name.slice('nodejs'.length, -'.x'.length)}/node_modules`;
      const modules = [versioned, `${layer}/node_modules`, `${runtime}/node_modules`, runtime, task];
      return { ...ofLanguage, PATH: [`${lang}/bin`, ...programs].join(':'), NODE_PATH: modules.join(':') };
    }
    case 'python':
      return { ...ofLanguage, PYTHONPATH: runtime };
    case 'custom':
      return { PATH: programs.join(':'), LD_LIBRARY_PATH: libraries.join(':') };
    default:
      return family satisfies never;
  }
}

/** A script of the function's that shall start its runtime. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper */
export function hasWrapper(environment: Readonly<Record<string, string>>): boolean {
  return (environment['AWS_LAMBDA_EXEC_WRAPPER'] ?? '') !== '';
}

/** Read once, when a process starts: a function that has one of them cannot use a sandbox that waits already. */
const START_VARIABLES =
  /^(?:NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_ICU_DATA|NODE_V8_COVERAGE|NODE_COMPILE_CACHE|NODE_NO_WARNINGS|NODE_PENDING_DEPRECATION|UV_THREADPOOL_SIZE|PYTHON(?!PATH$).*|LD_.*|GLIBC_TUNABLES|MALLOC_.*|OPENSSL_CONF|SSL_CERT_FILE|SSL_CERT_DIR)$/;

/**
 * The part of a function's environment for `LaunchRequest.startEnvironment`; empty for most functions, and for all whose program the supervisor
 * starts: it hands over the whole environment.
 */
export function startEnvironmentOf(
  environment: Readonly<Record<string, string>>,
  request: Pick<LaunchRequest, 'runtime' | 'supervised'>,
): Readonly<Record<string, string>> {
  if (isSupervised(request)) return {};
  return Object.fromEntries(Object.entries(environment).filter(([name]) => START_VARIABLES.test(name)));
}
