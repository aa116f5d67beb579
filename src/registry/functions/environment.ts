// The users' environment variables: what Lambda allows. No message repeats a value.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html

import { LIMITS } from '#kernel';
import { constraintViolated, invalidParameter } from '../refusals.ts';

/** What the platform itself sets; Lambda's list. */
const RESERVED: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_DEFAULT_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_RUNTIME_API',
  'AWS_REGION',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
]);

/** AWS wants two characters at least; one does no harm here. */
const NAME = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/** Throws InvalidParameterValueException or ValidationException. */
export function checkEnvironment(variables: Readonly<Record<string, string>>): void {
  const names = Object.keys(variables);
  const reserved = names.filter((name) => RESERVED.has(name));
  if (reserved.length > 0)
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
  const misnamed = names.find((name) => !NAME.test(name));
  if (misnamed !== undefined)
    throw constraintViolated(
      'environment.variables',
      misnamed,
      'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z][a-zA-Z0-9_]*]',
    );
  const unpassable = names.find((name) => variables[name]?.includes('\0'));
  if (unpassable !== undefined)
    throw invalidParameter(`The environment variable ${unpassable} contains a NUL character, which no process can be given.`);
  const measured = Buffer.byteLength(JSON.stringify(variables));
  if (measured > LIMITS.environmentBytes)
    throw invalidParameter(
      `Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. Measured: ${measured} bytes`,
    );
}
