// A deployment from end to end: find, bundle, compare, show the plan, carry it out.

import { basename, dirname, resolve } from 'node:path';
import { accountId } from '../aws/account.ts';
import { getFunction, getUrl } from '../aws/functions.ts';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { applyChange } from './apply.ts';
import { bundleFunction } from './bundle.ts';
import { zipBundle } from './code-zip.ts';
import type { CodeZip } from './code-zip.ts';
import { readCurrentState } from './current-state.ts';
import { DEFAULT_RUNTIME } from './config-schema.ts';
import { describeChange, SIGN_COLOURS } from './describe-plan.ts';
import { findFunctions } from './find-functions.ts';
import type { FoundFunction } from './find-functions.ts';
import { planDeployment } from './plan.ts';
import type { Plan, WantedFunction } from './plan.ts';

export interface DeployOptions {
  readonly folder: string;
  readonly connection: Connection;
  readonly terminal: Terminal;
  /** Groups the functions of one folder on the platform. */
  readonly app: string | undefined;
  readonly prune: boolean;
  readonly dryRun: boolean;
  readonly sourceMaps: boolean;
}

export interface Deployment {
  readonly plan: Plan;
  readonly functions: readonly FoundFunction[];
  /** Function URLs by the function's name. */
  readonly urls: ReadonlyMap<string, string>;
  /** What the platform does otherwise than a function asked. */
  readonly warnings: readonly Warning[];
}

export interface Warning {
  readonly function: string;
  readonly message: string;
}

export async function deployFolder(options: DeployOptions): Promise<Deployment> {
  const { connection, terminal, prune, dryRun } = options;
  const folder = resolve(options.folder);
  const app = options.app ?? appOf(folder);
  const functions = await findFunctions(folder);
  if (functions.length === 0 && !prune) {
    const mend = 'A function is a .ts, .mjs, .js … file that exports `handler`; docs/guides/functions-folder.md shows one.';
    throw new Failure(`${options.folder} holds no functions.`, { code: 'NoFunctions', mend });
  }
  const wanted = await bundleAll(functions, options);
  terminal.progress('Comparing with the platform …');
  const plan = planDeployment(wanted, await readCurrentState(connection, wanted, app), { app, prune });
  showPlan(terminal, plan);
  if (!dryRun) await carryOut({ connection, account: await accountId(connection), app }, plan, terminal);
  if (dryRun) return { plan, functions, urls: new Map(), warnings: [] };
  const [urls, warnings] = await Promise.all([readUrls(connection, functions), readWarnings(connection, functions)]);
  return { plan, functions, urls, warnings };
}

/** `shop/functions` and `shop` are both the app "shop". */
export function appOf(folder: string): string {
  const name = basename(folder);
  return name === 'functions' ? basename(dirname(folder)) : name;
}

async function bundleAll(
  functions: readonly FoundFunction[],
  { terminal, sourceMaps }: DeployOptions,
): Promise<readonly WantedFunction[]> {
  const wanted: WantedFunction[] = [];
  for (const [index, found] of functions.entries()) {
    terminal.progress(`Bundling ${found.name} (${index + 1} of ${functions.length}) …`);
    const code = await codeOf(found, sourceMaps);
    wanted.push({ name: found.name, place: found.place, config: found.config, code });
  }
  return wanted;
}

async function codeOf(found: FoundFunction, sourceMaps: boolean): Promise<CodeZip> {
  return zipBundle(await bundleFunction(found, { sourceMaps }), found.place);
}

export function showPlan(terminal: Terminal, { changes, unchanged, orphans }: Plan): void {
  if (terminal.json) return;
  for (const line of changes.flatMap(describeChange)) {
    terminal.print(`${terminal.paint[SIGN_COLOURS[line.sign]](line.sign)} ${line.text}`);
  }
  if (unchanged.length > 0) terminal.print(terminal.paint.dim(`= ${unchanged.join(', ')}  unchanged`));
  const kept = orphans.filter((name) => !changes.some((change) => change.kind === 'removeFunction' && change.name === name));
  if (kept.length > 0) terminal.note(`No longer in the folder, and kept: ${kept.join(', ')}. --prune removes them.`);
}

async function carryOut(target: Parameters<typeof applyChange>[0], plan: Plan, terminal: Terminal): Promise<void> {
  for (const [index, change] of plan.changes.entries()) {
    const what = describeChange(change)[0]?.text.split('  ')[0] ?? '';
    terminal.progress(`${index + 1} of ${plan.changes.length}: ${what} …`);
    try {
      await applyChange(target, change);
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      const mend = `${index} of ${plan.changes.length} changes are made; run the same command again to go on.${cause.mend === undefined ? '' : `\n${cause.mend}`}`;
      throw new Failure(`${what}: ${cause.message}`, { code: cause.code, mend, cause });
    }
  }
}

async function readUrls(connection: Connection, functions: readonly FoundFunction[]): Promise<ReadonlyMap<string, string>> {
  const withUrl = functions.filter(({ config }) => config.on.some((trigger) => 'http' in trigger));
  const urls = await Promise.all(
    withUrl.map(async ({ name }) => [name, (await getUrl(connection, name))?.FunctionUrl ?? ''] as const),
  );
  return new Map(urls);
}

/** Lambda has a place for what went wrong with a runtime; the platform says there that it took another. */
async function readWarnings(connection: Connection, functions: readonly FoundFunction[]): Promise<readonly Warning[]> {
  const asking = functions.filter(({ config }) => config.runtime !== DEFAULT_RUNTIME);
  const found = await Promise.all(asking.map(async ({ name }) => ({ name, answer: await getFunction(connection, name) })));
  return found.flatMap(({ name, answer }) => {
    const message = answer?.Configuration?.RuntimeVersionConfig?.Error?.Message;
    return message === undefined ? [] : [{ function: name, message }];
  });
}
