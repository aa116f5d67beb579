// Express executions. Those that nobody waits for are begun in the journal, so that an acknowledged start survives a crash (it runs again then, from its
// beginning: at least once), and are removed at their end; a map run's child keeps its outcome. Those that a caller waits for live in memory alone.
//
// Owns: the runs in memory.

import type { Clock, Scope } from '#kernel';
import { ApiError, LIMITS } from '#kernel';
import type { JournalKey, JournalRow, JournalStep, JournalStore } from '#store';
import type { ExecutionFacts, Machine, Outcome } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { Ends } from './ends.ts';
import { attributesIn, firstRecordsOf } from './execution-record.ts';
import type { Attributes, Head, NewExecution } from './execution-record.ts';
import type { Gate } from './gate.ts';
import { MemoryRun } from './memory-run.ts';
import type { MemoryRunParts } from './memory-run.ts';

export interface ExpressRunsParts extends MemoryRunParts {
  readonly clock: Clock;
  readonly journals: Pick<JournalStore, 'begin' | 'append' | 'remove'>;
  readonly gate: Gate;
  readonly ends: Ends;
  /** One was left on the disk, since there is no room. */
  readonly postponed: () => void;
  /** One that was in the journal is over. */
  readonly ended: (scope: Scope, machineName: string) => void;
  /** Not ahead of those that have waited longer. */
  readonly hasRoom: () => boolean;
}

type RunOf = { readonly runnable: RunnableMachine; readonly machine: Machine; readonly facts: ExecutionFacts };
type Beginning = { readonly machine: Machine; readonly facts: ExecutionFacts; readonly journal: NewRow };
type NewRow = JournalKey & { readonly startedAtMs: number; readonly groups: readonly string[]; readonly attributes: Attributes };
type Kept = { readonly number: number; readonly scope: Scope; readonly revision: number; readonly isChild: boolean };

const RETRY_MS = 1000;
const UNBEGUN: Head = { next: 1 };

export class ExpressRuns {
  readonly #parts: ExpressRunsParts;
  readonly #kept = new Map<number, MemoryRun>();
  readonly #byArn = new Map<string, MemoryRun>();
  readonly #inMemory = new Set<MemoryRun>();
  #onIdle: (() => void) | undefined;

  constructor(parts: ExpressRunsParts) {
    this.#parts = parts;
  }

  has(journal: number): boolean {
    return this.#kept.has(journal);
  }

  async begin(
    of: NewExecution,
    { machine, facts, journal }: Beginning,
  ): Promise<{ readonly kind: 'begun'; readonly arn: string } | { readonly kind: 'exists'; readonly row: JournalRow }> {
    const first: JournalStep = { head: JSON.stringify(UNBEGUN), records: firstRecordsOf(of), isBusy: true };
    const begun = await this.#parts.journals.begin({ ...journal, first });
    if (begun.kind === 'exists') return begun;
    const kept = { number: begun.number, scope: of.scope, revision: 1, isChild: of.child !== undefined };
    if (this.#parts.hasRoom()) this.#run(kept, { runnable: of.machine, machine, facts });
    else this.#parts.postponed();
    return { kind: 'begun', arn: facts.arn };
  }

  /** One that an earlier process, or no process yet, has run. */
  resume(row: JournalRow, revision: number, of: RunOf): void {
    if (this.#kept.has(row.number)) return;
    const isChild = attributesIn(row).mapRun !== undefined;
    this.#run({ number: row.number, scope: row.scope, revision, isChild }, of);
  }

  /** Undefined where the platform went down first. */
  async runInMemory(scope: Scope, of: RunOf): Promise<Outcome | undefined> {
    if (this.#parts.gate.isClosed || this.#inMemory.size >= LIMITS.syncExecutions)
      throw new ApiError(
        'ThrottlingException',
        `${LIMITS.syncExecutions} synchronous executions run already: try again when some have ended.`,
      );
    const run = new MemoryRun(this.#parts, { scope, ...of });
    this.#inMemory.add(run);
    try {
      return await run.start();
    } finally {
      this.#inMemory.delete(run);
      this.#tellIdle();
    }
  }

  /** False where it is not under way here. */
  stop(executionArn: string, error: string | undefined, cause: string | undefined): boolean {
    const run = this.#byArn.get(executionArn);
    run?.stop(error, cause);
    return run !== undefined;
  }

  interrupt(): void {
    for (const run of [...this.#kept.values(), ...this.#inMemory]) run.interrupt();
  }

  idle(): Promise<void> {
    if (this.#kept.size + this.#inMemory.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  #tellIdle(): void {
    if (this.#kept.size + this.#inMemory.size === 0) this.#onIdle?.();
  }

  #run(kept: Kept, of: RunOf): void {
    const { gate } = this.#parts;
    const run = new MemoryRun(this.#parts, { scope: kept.scope, ...of });
    this.#kept.set(kept.number, run);
    this.#byArn.set(of.facts.arn, run);
    gate.enterAnyway();
    void run
      .start()
      .then((outcome) => (outcome === undefined ? undefined : this.#settle(kept, of.facts, outcome)))
      .finally(() => {
        this.#kept.delete(kept.number);
        this.#byArn.delete(of.facts.arn);
        gate.leave();
        this.#tellIdle();
      });
  }

  /** Never rejects: where the store fails, it is tried until it does not, or the platform goes down and the next process runs it again. */
  async #settle(kept: Kept, facts: ExecutionFacts, outcome: Outcome): Promise<void> {
    const { clock, ended, ends, gate, journals, log } = this.#parts;
    const endedAtMs = clock.now();
    for (;;) {
      try {
        if (kept.isChild) await journals.append(kept.number, kept.revision, lastStep(outcome, endedAtMs));
        else await journals.remove(kept.number);
        ends.tell(facts.arn, { startedAtMs: facts.startedMs, endedAtMs, outcome });
        ended(kept.scope, facts.machineName);
        return;
      } catch (cause) {
        log.write('error', 'execution.end-not-written', { execution: facts.arn, cause });
        if (gate.isClosed) return;
        await new Promise<void>((resolve) => void clock.after(RETRY_MS, resolve));
      }
    }
  }
}

function lastStep(outcome: Outcome, endedAtMs: number): JournalStep {
  const head: Head = { next: 1, outcome };
  return {
    head: JSON.stringify(head),
    isBusy: false,
    status: { status: outcome.status, endedAtMs, expiresAtMs: endedAtMs + LIMITS.executionRetentionMs },
  };
}
