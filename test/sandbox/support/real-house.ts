// Real launchers for tests, with the machine's clock and randomness, in a work folder of their own that is gone afterwards.

import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Clock, Random } from '#kernel';
import { createLauncher } from '#sandbox';
import type {
  IsolationLevel,
  Launcher,
  LaunchRequest,
  Outcome,
  OutputLine,
  Sandbox,
  SandboxInvocation,
  Specialisation,
} from '#sandbox';
import { QuietLog } from '../../support/quiet-log.ts';

export const PROJECT_ROOT = join(import.meta.dirname, '..', '..', '..');

export const machineClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

export const machineRandom: Random = {
  uuid: () => randomUUID(),
  bytes: (count) => randomBytes(count),
  fraction: () => Math.random(),
};

export const GENERIC: LaunchRequest = { runtime: 'nodejs24.x', network: 'platform', ephemeralMiB: 512, startEnvironment: {} };

export interface House extends AsyncDisposable {
  readonly launcher: Launcher;
  readonly workDir: string;
  readonly uidRange: { readonly first: number; readonly count: number };
  readonly log: QuietLog;
  /** Writes files to a folder that can be a code tree. */
  codeTree(files: Readonly<Record<string, string>>): Promise<string>;
}

export interface HouseOptions {
  /** For one platform after another: below a folder of the test's own, which the test removes. */
  readonly workDir?: string;
}

export async function openHouse(level: IsolationLevel, options: HouseOptions = {}): Promise<House> {
  const root = options.workDir === undefined ? await mkdtemp('/var/tmp/mf-') : dirname(options.workDir);
  await chmod(root, 0o711);
  const log = new QuietLog();
  const workDir = options.workDir ?? join(root, 'w');
  // A range of its own: whoever still runs under one of these uids afterwards has come out of this house.
  const uidRange = { first: 1_000_000 + Math.floor(Math.random() * 20_000) * 100, count: 100 };
  const launcher = await createLauncher({
    clock: machineClock,
    random: machineRandom,
    log,
    level,
    projectRoot: PROJECT_ROOT,
    workDir,
    endpointPort: 4566,
    uidRange,
  });
  return {
    launcher,
    workDir,
    uidRange,
    log,
    codeTree: (files) => writeTree(join(root, randomUUID()), files),
    [Symbol.asyncDispose]: async () => {
      await launcher.close();
      if (options.workDir === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}

async function writeTree(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text, { mode: 0o444 });
  }
  return folder;
}

export function specialisation(codeTree: string, changes: Partial<Specialisation> = {}): Specialisation {
  return {
    codeTree,
    layerTrees: [],
    handler: 'index.handler',
    environment: { AWS_LAMBDA_FUNCTION_NAME: 'probe' },
    memoryMiB: 128,
    initTimeoutMs: 10_000,
    functionName: 'probe',
    functionVersion: '$LATEST',
    logGroup: '/aws/lambda/probe',
    logStream: 'stream',
    ...changes,
  };
}

export function invocation(event: unknown = {}, changes: Partial<SandboxInvocation> = {}): SandboxInvocation {
  return {
    requestId: randomUUID(),
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
    payload: Buffer.from(JSON.stringify(event)),
    deadlineMs: Date.now() + 10_000,
    timeoutMs: 10_000,
    ...changes,
  };
}

export function valueOf(outcome: Outcome): unknown {
  if (outcome.kind !== 'returned') throw new Error(`the function did not return: ${describeOutcome(outcome)}`);
  return JSON.parse(Buffer.from(outcome.payload).toString());
}

export interface ErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

export function errorOf(outcome: Outcome | { readonly kind: 'ready' }): ErrorDocument {
  if (outcome.kind !== 'threw') throw new Error(`the function did not throw: ${describeOutcome(outcome)}`);
  return JSON.parse(Buffer.from(outcome.payload).toString());
}

export function describeOutcome(outcome: Outcome | { readonly kind: 'ready' }): string {
  return 'payload' in outcome ? `${outcome.kind} ${Buffer.from(outcome.payload).toString()}` : JSON.stringify(outcome);
}

/** All lines that a sandbox delivers from now on. */
export function collectLines(sandbox: Sandbox): OutputLine[] {
  const lines: OutputLine[] = [];
  sandbox.onOutput((more) => lines.push(...more));
  return lines;
}
