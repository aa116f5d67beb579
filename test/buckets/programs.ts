// Programs of others, run against our endpoint in an environment that holds nothing but what the test gives.

import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface ProgramRequest {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Resolves to what it printed; rejects with all of it when it fails. */
export async function runProgram(request: ProgramRequest): Promise<string> {
  const { program, cwd, environment } = request;
  // PATH and HOME alone come from outside: AWS_CA_BUNDLE, say, keeps rclone from starting.
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: cwd,
    LANG: 'C.UTF-8',
    PYENV_ROOT: process.env['PYENV_ROOT'] ?? '',
    ...environment,
  };
  try {
    const { stdout, stderr } = await run(program, [...request.arguments], {
      cwd,
      env,
      timeout: 120_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout + stderr;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${request.arguments.join(' ')}\n${stdout}${stderr}`, { cause: error });
  }
}

/** The program's path, or undefined where this machine lacks it. */
export function findProgram(name: string): string | undefined {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .map((folder) => (folder === '' ? name : join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
