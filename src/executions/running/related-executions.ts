// Executions that have to do with one another: a task that waits for the end of another execution, and the children of map runs.
//
// A parent's task is in the queue of its child's end before the child is asked to tell (`watch`), and the child tells all that are in it by a chore
// of its last step: whenever either is cut off, the watch or the chore is done again by the next process.

import { derivedUuid } from '#kernel';
import type { Clock, Scope } from '#kernel';
import type { JournalRow, JournalStore } from '#store';
import type { Deliver } from '../map-runs/map-port.ts';
import type { Siblings } from './carry-out.ts';
import type { EndNotice } from './ends.ts';
import { queueOfEnd } from './errands.ts';
import { executionArn, parseExecutionArn, scopeOfArn } from './execution-names.ts';
import type { Queries } from './execution-queries.ts';
import { attributesIn, headIn } from './execution-record.ts';
import type { ChildExecutions, ChildRequest, ExecutionDescription, ExecutionEnd } from './execution-requests.ts';
import type { Runner } from './runner.ts';

export interface RelatedParts {
  readonly clock: Clock;
  readonly journals: JournalStore;
  readonly runner: () => Runner;
  readonly queries: () => Queries;
}

/** That are told at once of an end. */
const PARENTS_TOGETHER = 100;

export class RelatedExecutions {
  readonly #parts: RelatedParts;
  /** Who waits for the end of a child. Each has a promise of its own: what waits for a common one would be held until that settles. */
  readonly #waiting = new Set<(end: undefined) => void>();
  #isClosed = false;

  constructor(parts: RelatedParts) {
    this.#parts = parts;
  }

  /** Whoever waits for a child is told to ask again in the next process. */
  close(): void {
    this.#isClosed = true;
    for (const resolve of this.#waiting) resolve(undefined);
  }

  get siblings(): Siblings {
    return {
      watch: async ({ scope }, arn) => {
        const row = await this.#find(scope, arn);
        // An express execution leaves nothing to be told of.
        if (row === undefined || attributesIn(row).type === 'EXPRESS') return null;
        const settled = await this.#parts.runner().deliver(row.number, { kind: 'watch' }, { isAsked: true });
        if (settled.kind === 'taken') return undefined;
        const now = await this.#parts.journals.get(row.number);
        return now === undefined ? null : this.#parts.queries().describeRow(now);
      },
      stop: async ({ scope }, arn) => {
        const row = await this.#find(scope, arn);
        if (row !== undefined) await this.#parts.runner().deliver(row.number, STOP, { isAsked: true });
      },
      tellParents: async ({ journal, execution }) => {
        const row = await this.#parts.journals.get(journal);
        if (row !== undefined) await this.#tellAll(queueOfEnd(execution.facts.arn), await this.#parts.queries().describeRow(row));
      },
    };
  }

  async #tellAll(queue: string, child: ExecutionDescription): Promise<void> {
    const { journals, runner } = this.#parts;
    /** Whoever was told is on its way out of the queue, or does not wait any more. */
    const told = new Set<string>();
    for (;;) {
      const parents = await journals.queued(queue, PARENTS_TOGETHER);
      const untold = parents.filter(({ token }) => !told.has(token));
      if (untold.length === 0) return;
      await Promise.all(
        untold.map(({ journal, taskId, token }) => {
          told.add(token);
          return runner().deliver(journal, { kind: 'child-ended', taskId, child }, { isAsked: true });
        }),
      );
    }
  }

  async #find(scope: Scope, arn: string): Promise<JournalRow | undefined> {
    const name = parseExecutionArn(scope, arn);
    return name === undefined ? undefined : this.#parts.journals.find(name.key);
  }

  readonly deliver: Deliver = async (arn, input) => {
    const row = await this.#find(scopeOfArn(arn), arn);
    if (row === undefined) return false;
    const settled = await this.#parts.runner().deliver(row.number, { kind: 'input', input }, { isAsked: true });
    return settled.kind === 'taken';
  };

  get children(): ChildExecutions {
    return {
      arnOf: (child) => executionArn(child.scope, child.executionType, childMachineName(child), childName(child)),
      run: (child) => this.#run(child),
      stop: async (arn, error, cause) => {
        if (this.#parts.runner().express.stop(arn, error, cause)) return true;
        const stop = {
          kind: 'stop',
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
        } as const;
        return this.deliver(arn, stop);
      },
      redrive: async (arn, token) => {
        const row = await this.#find(scopeOfArn(arn), arn);
        if (row === undefined || attributesIn(row).type === 'EXPRESS') return false;
        const settled = await this.#parts.runner().deliver(row.number, { kind: 'redrive', clientToken: token }, { isAsked: true });
        return settled.kind === 'taken';
      },
    };
  }

  async #run(child: ChildRequest): Promise<ExecutionEnd | undefined> {
    const runner = this.#parts.runner();
    const arn = executionArn(child.scope, child.executionType, childMachineName(child), childName(child));
    const { promise: ended, resolve } = Promise.withResolvers<EndNotice | undefined>();
    const unlisten = runner.ends.listen(arn, resolve);
    this.#waiting.add(resolve);
    if (this.#isClosed) resolve(undefined);
    try {
      const begun = await runner.begin({
        scope: child.scope,
        machine: child.machine,
        machineName: childMachineName(child),
        name: childName(child),
        executionType: child.executionType,
        startedAtMs: this.#parts.clock.now(),
        inputText: JSON.stringify(child.input),
        input: child.input,
        traceHeader: undefined,
        child: {
          mapRunArn: child.mapRunArn,
          label: child.label,
          flowPath: child.flowPath,
          mapItem: child.mapItem,
          itemCount: child.itemCount,
        },
      });
      const over = begun.kind === 'exists' ? await this.#endOf(begun.row) : undefined;
      const end = over ?? (await ended);
      if (end === undefined) return undefined;
      return { ...end, executionArn: arn, name: child.name, redriveRefusal: await this.#redriveRefusal(child, arn, end) };
    } finally {
      this.#waiting.delete(resolve);
      unlisten();
    }
  }

  /** An express child is not gone on with, but begun anew. */
  async #redriveRefusal({ scope, executionType }: ChildRequest, arn: string, { outcome }: EndNotice): Promise<string | undefined> {
    if (outcome.status === 'SUCCEEDED' || executionType === 'EXPRESS') return undefined;
    const row = await this.#find(scope, arn);
    const described = row === undefined ? undefined : await this.#parts.queries().describeRow(row);
    return described?.redriveStatus === 'NOT_REDRIVABLE' ? described.redriveStatusReason : undefined;
  }

  /** Of one that is over already. One that ends from now on tells whoever listens. */
  async #endOf({ number }: JournalRow): Promise<EndNotice | undefined> {
    const [row, headText] = await Promise.all([this.#parts.journals.get(number), this.#parts.journals.head(number)]);
    const outcome = headText === undefined ? undefined : headIn(headText).outcome;
    if (row?.endedAtMs === undefined || outcome === undefined) return undefined;
    return { startedAtMs: row.startedAtMs, endedAtMs: row.endedAtMs, outcome };
  }
}

const STOP = { kind: 'input', input: { kind: 'stop' } } as const;

type Named = Parameters<ChildExecutions['arnOf']>[0];

function childMachineName({ machine, label }: Named): string {
  return `${machine.machine.name}/${label}`;
}

/** An express execution's name has a uuid: always the same one, since a child that is asked for twice is the same. */
function childName({ executionType, name, label, machine }: Named): string {
  return executionType === 'STANDARD' ? name : `${name}:${derivedUuid(`${machine.machine.arn}/${label}:${name}`)}`;
}
