// AWS's own command line and boto3, in every version that is installed here: tests run with each, and are skipped where there is none.

import { spawnSync } from 'node:child_process';

export interface Tool {
  readonly command: string;
  readonly version: string;
}

/** The user's own and the distribution's may both be there, of different ages. */
export const CLIS = installed(['aws', '/usr/bin/aws'], ['--version']);
export const PYTHONS = installed(['python3', '/usr/bin/python3'], ['-c', 'import boto3; print(boto3.__version__)']);

function installed(commands: readonly string[], ask: readonly string[]): readonly Tool[] {
  const tools = commands.flatMap((command) => {
    const { status, stdout } = spawnSync(command, ask, { encoding: 'utf8' });
    return status === 0 ? [{ command, version: stdout.trim().split(' ')[0] ?? '' }] : [];
  });
  return tools.filter(({ version }, place) => tools.findIndex((tool) => tool.version === version) === place);
}

/** Neither the user's settings nor AWS itself is asked. */
export function toolEnvironment(endpoint: string, key: { readonly accessKeyId: string; readonly secretAccessKey: string }) {
  return {
    ...process.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_PAGER: '',
  };
}
