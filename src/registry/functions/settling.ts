// Finishes changes of functions behind the answer: opens the code, then says Active or Successful, or why not.
//
// Owns: the work in progress. Invariants: I1 what is to be settled is in the store since the change itself, so a process that
// dies leaves it to the next one. I2 a function is settled by one run at a time. I3 a fault of the store is tried again.

import type { Clock, FunctionName, Log, Random, Scope } from '#kernel';
import { runtimeOf } from '../runtimes.ts';
import type { ServedRuntime } from '../runtimes.ts';
import { RefusedArchive } from '../code/archive-rules.ts';
import { PLATFORM } from '../code/code-records.ts';
import type { CodeStore } from '../code/code-store.ts';
import { refusedArchiveMessage } from '../code/code-store.ts';
import { publishedKey, settlingKey, versionOf } from './function-documents.ts';
import type { FunctionRecord, VersionRecord } from './function-record.ts';
import { hashesOf } from './function-record.ts';
import type { FunctionStore } from './function-store.ts';
import type { Settlement } from './version-changes.ts';
import { settle } from './version-changes.ts';

export interface Settling {
  /** To be called after the change was committed; returns at once. */
  begin(scope: Scope, name: FunctionName): void;
  /** Goes on with what an earlier process had begun. */
  resume(): Promise<number>;
  /** Resolves when nothing is in progress; new work is refused after `close`. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface SettlingDependencies {
  readonly functions: FunctionStore;
  readonly codes: CodeStore;
  readonly prepareRuntime: (runtime: ServedRuntime) => Promise<void>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const RETRY_MS = 1000;
const RETRY_MS_MAX = 30_000;
const PAGE = 500;

export function createSettling({ functions, codes, prepareRuntime, clock, random, log }: SettlingDependencies): Settling {
  const running = new Map<string, Promise<void>>();
  let closed = false;

  function begin(scope: Scope, name: FunctionName, attempt = 0): void {
    const key = settlingKey(scope, name).name;
    const before = running.get(key);
    if (closed) return;
    // I2: a run that is under way may have looked already, so another one follows it.
    const run = (before ?? Promise.resolve())
      .then(() => settleFunction(scope, name))
      .catch((error: unknown) => retry(scope, name, attempt, error))
      .finally(() => {
        if (running.get(key) === run) running.delete(key);
      });
    running.set(key, run);
  }

  /** I3 */
  function retry(scope: Scope, name: FunctionName, attempt: number, error: unknown): void {
    if (closed) return;
    log.write('error', 'a change of a function could not be settled; it is tried again', { function: name, attempt, error });
    clock.after(Math.min(RETRY_MS_MAX, RETRY_MS * 2 ** attempt), () => begin(scope, name, attempt + 1));
  }

  async function settleFunction(scope: Scope, name: FunctionName): Promise<void> {
    const record = await functions.find(scope, name);
    if (record === undefined || !isUnsettled(record)) return;
    const { contentId } = record.latest;
    const settlement = await open(record);
    await functions.change(scope, name, {
      async decide(current) {
        // Deleted and created anew meanwhile: that one has its own run.
        if (!isUnsettled(current) || current.latest.contentId !== contentId) return { kind: 'keep', result: undefined };
        const published = await publishingOf(scope, current);
        const context = { scope, random, nowMs: clock.now() };
        return { kind: 'change', ...settle(context, current, published, settlement), result: undefined };
      },
    });
  }

  async function publishingOf(scope: Scope, record: FunctionRecord): Promise<VersionRecord | undefined> {
    if (record.publishing === null) return undefined;
    const found = await functions.resources.get(publishedKey(scope, record.name, record.publishing));
    return found && versionOf(found);
  }

  async function open(record: FunctionRecord): Promise<Settlement> {
    try {
      for (const hash of hashesOf(record.latest)) await codes.tree(hash);
    } catch (error) {
      if (closed) throw error;
      if (error instanceof RefusedArchive)
        return { kind: 'failed', reason: { code: 'InvalidZipFileException', text: refusedArchiveMessage(error) } };
      log.write('error', 'the code of a function could not be opened', { function: record.name, error });
      const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
      const text = `The platform could not open the code${code}. When its disk is in order, update the function's code to try again.`;
      return { kind: 'failed', reason: { code: 'InternalError', text } };
    }
    return provide(runtimeOf(record.latest.settings.runtime).served);
  }

  /** Its first function waits for a runtime that has to be fetched; whoever waits for the function, waits for it. */
  async function provide(runtime: ServedRuntime): Promise<Settlement> {
    try {
      await prepareRuntime(runtime);
      return { kind: 'ready' };
    } catch (error) {
      if (closed) throw error;
      const because = error instanceof Error ? error.message : String(error);
      return {
        kind: 'failed',
        reason: { code: 'InvalidRuntime', text: `${because}. When that is mended, update the function's code to try again.` },
      };
    }
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running.values());
  }

  return {
    begin: (scope, name) => begin(scope, name),
    idle,
    async resume() {
      let found = 0;
      let after: string | undefined;
      for (;;) {
        const page = await functions.resources.list({
          scope: PLATFORM,
          kind: settlingKey(PLATFORM, '' as FunctionName).kind,
          limit: PAGE,
          ...(after === undefined ? {} : { after }),
        });
        for (const { key } of page) {
          const [account, region, name] = key.name.split('/') as [Scope['account'], Scope['region'], FunctionName];
          begin({ account, region }, name);
          found++;
        }
        if (page.length < PAGE) return found;
        after = page.at(-1)?.key.name;
      }
    },
    async close() {
      closed = true;
      await idle();
    },
  };
}

const isUnsettled = ({ latest }: FunctionRecord) => latest.state === 'Pending' || latest.lastUpdate === 'InProgress';
