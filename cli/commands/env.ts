// `mayfly env`: the variables that point AWS's tools at the platform, for `eval "$(mayfly env)"`.

import { Command } from 'commander';
import { openSession } from '../session.ts';

export function envCommand(): Command {
  return new Command('env')
    .description('print the variables that point AWS tools here: eval "$(mayfly env)"')
    .action(async (_options: unknown, command: Command) => {
      const { terminal, connection } = openSession<object>(command);
      const { endpoint, credentials, region } = await connection();
      const variables: Record<string, string> = {
        AWS_ENDPOINT_URL: endpoint.origin,
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        ...(credentials.sessionToken === undefined ? {} : { AWS_SESSION_TOKEN: credentials.sessionToken }),
        AWS_REGION: region,
        // AWS CLI and boto3 read this one.
        AWS_DEFAULT_REGION: region,
        // Without it some SDKs look for credentials of a machine at AWS before they give up.
        AWS_EC2_METADATA_DISABLED: 'true',
      };
      if (terminal.json) terminal.printJson(variables);
      else for (const [name, value] of Object.entries(variables)) terminal.print(`export ${name}=${shellQuote(value)}`);
    });
}

function shellQuote(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}
