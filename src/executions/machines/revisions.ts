// Revisions that no machine and no version names any more: they stay for as long as an execution may run them or be asked about them, and go then.
//
// Owns: the timer of the sweep; there is one only while there are such revisions.
// Invariants: I1 a revision is removed only when no execution is kept that began while it could be started, give or take a wrong clock.

import type { Clock, Log, Scope, Timer } from '#kernel';
import type { JournalStore, ResourceChange, ResourceStore } from '#store';
import { lastPart, ownerOf, put, RELEASED, releasedKey, releasedOf, revisionKey, type ReleasedRecord } from './machine-record.ts';
import { machineArn, type MachineName } from './states-arn.ts';

export type RevisionsParts = {
  readonly resources: ResourceStore;
  readonly journals: Pick<JournalStore, 'list'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly scopes: readonly Scope[];
};

const SWEEP_MS = 3_600_000;
const SWEPT_AT_ONCE = 100;
/** A start that had found the revision is on the disk by then. */
const STARTS_SETTLE_MS = 60_000;
/** How far the clock may have been put back between two executions. */
const CLOCK_SLACK_MS = 3_600_000;

export class Revisions {
  readonly #parts: RevisionsParts;
  #timer: Timer | undefined;
  #isClosed = false;
  readonly #after = new Map<Scope, string>();
  #sweeping: Promise<void> = Promise.resolve();

  constructor(parts: RevisionsParts) {
    this.#parts = parts;
  }

  async open(): Promise<void> {
    for (const scope of this.#parts.scopes) {
      const found = await this.#parts.resources.list({ scope, kind: RELEASED, limit: 1 });
      if (found.length > 0) this.#arm();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#sweeping;
  }

  /** What is written in the step that lets a revision go. */
  release(machine: MachineName, revisionId: string, since: ReleasedRecord): ResourceChange {
    this.#arm();
    return put(releasedKey(machine, revisionId), 'any', since);
  }

  #arm(): void {
    if (this.#isClosed) return;
    this.#timer ??= this.#parts.clock.after(SWEEP_MS, () => {
      this.#timer = undefined;
      this.#sweeping = this.sweep().then(
        (areMore) => {
          if (areMore) this.#arm();
        },
        (cause: unknown) => {
          // The revisions are still there, and the next sweep finds them.
          this.#parts.log.write('error', 'state-machine.revisions-not-swept', { cause });
          this.#arm();
        },
      );
    });
  }

  /** Whether there are some left. */
  async sweep(): Promise<boolean> {
    let areMore = false;
    for (const scope of this.#parts.scopes) {
      const after = this.#after.get(scope);
      const found = await this.#parts.resources.list({
        scope,
        kind: RELEASED,
        limit: SWEPT_AT_ONCE,
        ...(after === undefined ? {} : { after }),
      });
      const last = found.at(-1)?.key.name;
      if (found.length < SWEPT_AT_ONCE || last === undefined) this.#after.delete(scope);
      else this.#after.set(scope, last);
      for (const resource of found) {
        const machine = ownerOf(resource);
        if (await this.#isNeeded(machine, releasedOf(resource))) continue;
        await this.#parts.resources.commit([
          { key: revisionKey(machine, lastPart(resource)), expect: 'any', change: 'remove' },
          { key: resource.key, expect: 'any', change: 'remove' },
        ]);
      }
      areMore ||= after !== undefined || (await this.#parts.resources.list({ scope, kind: RELEASED, limit: 1 })).length > 0;
    }
    return areMore;
  }

  /** I1 */
  async #isNeeded(machine: MachineName, { fromMs, untilMs }: ReleasedRecord): Promise<boolean> {
    const { clock, journals } = this.#parts;
    if (clock.now() < untilMs + STARTS_SETTLE_MS) return true;
    const kept = await journals.list({
      scope: machine.scope,
      kind: 'execution',
      of: { owner: machineArn(machine) },
      startedAfterMs: fromMs - CLOCK_SLACK_MS,
      startedBeforeMs: untilMs + CLOCK_SLACK_MS,
      order: 'oldest',
      limit: 1,
    });
    return kept.length > 0;
  }
}
