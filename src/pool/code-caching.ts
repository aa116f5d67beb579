// Makes V8 code caches for large entry modules: one at a time, in a sandbox of its own that reaches nothing and answers nobody, off every
// request's path (measured on a 1.4 MB SDK bundle: 62 ms to compile and load become 30). It is the function's own code that runs, up to where its
// handler would be called, and what comes out goes back to the same function version only.
// Owns: which function versions were tried, and the one sandbox that is at it.
// I1: the sandbox is charged to the budget before its launch and until it is gone.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { LIMITS } from '#kernel';
import type { Log } from '#kernel';
import type { InvocableFunction } from '#registry';
import type { Launcher, Sandbox, Specialisation } from '#sandbox';
import type { Budget } from './budget.ts';
import type { Disposal } from './disposal.ts';
import { launchRequest } from './launch-request.ts';

/** Below, compiling takes about as long as reading a cache. */
const SMALLEST_BYTES = 128 * 1024;
const TRIED_MAX = 10_000;
const EXTENSIONS = ['', '.js', '.mjs', '.cjs'];

type Code = Pick<Specialisation, 'codeTree' | 'layerTrees'>;

interface Parts {
  readonly log: Log;
  readonly launcher: Launcher;
  readonly budget: Budget;
  readonly disposal: Disposal;
}

export class CodeCaching {
  readonly #parts: Parts;
  /** Instance keys, the oldest first. */
  readonly #tried = new Set<string>();
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Whether it is known that there is nothing (more) to do for this one. */
  isSettled({ instanceKey }: InvocableFunction): boolean {
    return this.#tried.has(instanceKey) || this.#parts.launcher.codeCaches.has(instanceKey);
  }

  /** Resolves when there is a cache, or will not be one. */
  async make(invocable: InvocableFunction, code: Code): Promise<void> {
    if (this.isSettled(invocable)) return;
    this.#note(invocable.instanceKey);
    if (startsInItsOwnWay(invocable) || (await entryBytes(code.codeTree, invocable.handler)) < SMALLEST_BYTES) return;
    const turn = this.#turn.then(() => this.#make(invocable, code));
    // Whoever waits hears of a failure; the next one has its turn.
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#turn;
  }

  async #make(invocable: InvocableFunction, code: Code): Promise<void> {
    const { budget, disposal, launcher } = this.#parts;
    const chargedMiB = budget.capped(invocable.memoryMiB);
    // A luxury, as pre-warming is: nobody is evicted for it.
    if (this.#closed || !budget.fits(chargedMiB, 1)) return;
    budget.charge(chargedMiB, 1);
    let sandbox: Sandbox;
    try {
      const network = launcher.networks.includes('none') ? 'none' : invocable.network;
      sandbox = await launcher.launch({ ...launchRequest(invocable), ephemeralMiB: LIMITS.ephemeralMiBMin, network });
    } catch (error) {
      budget.charge(-chargedMiB, -1);
      throw error;
    }
    try {
      await this.#run(sandbox, invocable, code);
    } finally {
      disposal.destroy(sandbox, chargedMiB);
    }
  }

  async #run(sandbox: Sandbox, invocable: InvocableFunction, code: Code): Promise<void> {
    const outcome = await sandbox.specialise({
      ...code,
      handler: invocable.handler,
      environment: rehearsalEnvironment(invocable),
      memoryMiB: invocable.memoryMiB,
      initTimeoutMs: LIMITS.initTimeoutMs,
      functionName: invocable.name,
      functionVersion: invocable.version,
      logGroup: invocable.logGroup,
      logStream: '',
      // An empty one asks for a cache.
      codeCache: new Uint8Array(0),
    });
    const cache = outcome.kind === 'ready' ? await sandbox.makeCodeCache() : undefined;
    // Code that needs a network or credentials to load has none here; its instances compile it themselves.
    this.#parts.log.write('debug', 'code.cached', {
      function: invocable.versionArn,
      bytes: cache?.byteLength,
      outcome: outcome.kind,
    });
    if (cache !== undefined) await this.#parts.launcher.codeCaches.keep(invocable.instanceKey, cache);
  }

  #note(instanceKey: string): void {
    const oldest = this.#tried.size >= TRIED_MAX ? this.#tried.values().next().value : undefined;
    if (oldest !== undefined) this.#tried.delete(oldest);
    this.#tried.add(instanceKey);
  }
}

/** V8 makes caches of JavaScript, and a process that starts with a function's own settings would make another one. */
function startsInItsOwnWay(invocable: InvocableFunction): boolean {
  const { startEnvironment, supervised } = launchRequest(invocable);
  return !invocable.runtime.startsWith('nodejs') || supervised === true || Object.keys(startEnvironment).length > 0;
}

/** The entry as the agent will find it; 0 where it is none of those that can have a cache. */
async function entryBytes(codeTree: string, handler: string): Promise<number> {
  const slash = handler.lastIndexOf('/') + 1;
  const module = handler.slice(slash).split('.', 1)[0] ?? '';
  for (const extension of EXTENSIONS) {
    const found = await stat(join(codeTree, handler.slice(0, slash), module + extension)).catch(() => undefined);
    if (found?.isFile() === true) return found.size;
  }
  return 0;
}

/** Its own variables and who it is; no credentials, since nothing is asked of anybody. */
function rehearsalEnvironment(invocable: InvocableFunction): Readonly<Record<string, string>> {
  const { scope, handler, name, version, memoryMiB, logGroup } = invocable;
  return {
    ...invocable.environment,
    _HANDLER: handler,
    AWS_REGION: scope.region,
    AWS_DEFAULT_REGION: scope.region,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  };
}
