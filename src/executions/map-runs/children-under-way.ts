// The children of a map run that are under way in this process: begun, ended, and taken up after a crash.
//
// Owns: which they are, and how those ended that no step has taken in yet.
// Never: begins or ends one that the run's head does not have as running.
// Invariant: after a crash, the running ones are begun again under the same names: a standard child is found, and goes on; an express one may start anew.

import type { Clock, Log } from '#kernel';
import type { JournalStore } from '#store';
import type { ChildExecutions, ExecutionEnd } from '../running/execution-requests.ts';
import type { Chosen } from './choosing.ts';
import { readRanges } from './index-ranges.ts';
import type { InputReader } from './input-chunks.ts';
import type { RunContext } from './map-run-context.ts';
import type { MapRunHead } from './map-run-head.ts';
import { childName } from './map-run-names.ts';
import { childRequest, itemsIn } from './map-run-plan.ts';
import { outcomeAt } from './outcomes.ts';

export interface ChildrenParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: Pick<JournalStore, 'list' | 'records'>;
  readonly children: ChildExecutions;
}

type Links = { readonly context: RunContext; readonly inputs: InputReader; readonly onEnded: () => void };
type UnderWay = { readonly items: number; readonly redrives: number; isBegun: boolean };

/** Without an end, it had not begun. */
export type EndedChild = {
  readonly index: number;
  readonly items: number;
  readonly redrives: number;
  readonly end: Omit<ExecutionEnd, 'executionArn'> | undefined;
};

/** Until a disk that was full is tried again. */
const RETRY_MS = 5000;
/** How much of outputs one step takes in. */
const STEP_OUTPUT_LENGTH = 8 * 1024 * 1024;

export class ChildrenUnderWay {
  readonly #parts: ChildrenParts;
  readonly #links: Links;
  readonly #underWay = new Map<number, UnderWay>();
  #ended: EndedChild[] = [];
  #isClosed = false;

  constructor(parts: ChildrenParts, links: Links) {
    this.#parts = parts;
    this.#links = links;
  }

  begin(child: Chosen): void {
    const { items, redrives } = child;
    this.#underWay.set(child.index, { items, redrives, isBegun: true });
    void this.#run(child, redrives > 0 && this.#links.context.plan.executionType === 'STANDARD');
  }

  stopAll(): void {
    for (const index of this.#underWay.keys()) void this.#stop(index);
  }

  /** Those that have ended, as many as a step should hold; the same again until they are settled. */
  endedForStep(): readonly EndedChild[] {
    let length = 0;
    const last = this.#ended.findIndex(({ end }) => {
      length += end?.outcome.status === 'SUCCEEDED' ? end.outcome.output.length : 0;
      return length > STEP_OUTPUT_LENGTH;
    });
    return last === -1 ? [...this.#ended] : this.#ended.slice(0, last + 1);
  }

  /** A step that is on the disk has taken them in. */
  settle(ended: readonly EndedChild[]): void {
    const settled = new Set(ended);
    this.#ended = this.#ended.filter((child) => !settled.has(child));
    for (const { index } of ended) this.#underWay.delete(index);
  }

  /** What an earlier process had under way; where it was ending its children, they are ended. May be called again after it threw. */
  async takeUp(head: MapRunHead): Promise<void> {
    const there = head.phase === 'stopping' ? await this.#namesOnDisk() : undefined;
    for (const index of readRanges(head.running)) {
      if (this.#underWay.has(index)) continue;
      const input = await this.#links.inputs.read(index);
      const child = {
        index,
        input,
        items: itemsIn(this.#links.context.plan, input),
        redrives: await this.#redrivesOf(index, head),
      };
      if (there !== undefined && !there.has(childName(this.#links.context.plan, index, child.redrives))) this.#hadNotBegun(child);
      else if (there === undefined) this.begin(child);
      else this.#find(child);
    }
    if (there !== undefined) this.stopAll();
  }

  /** Nothing is tried again. */
  close(): void {
    this.#isClosed = true;
  }

  /** What is only to be ended is not redriven. */
  #find(child: Chosen): void {
    const { items, redrives } = child;
    this.#underWay.set(child.index, { items, redrives, isBegun: true });
    void this.#run(child, false);
  }

  async #run(child: Chosen, isRedriven: boolean): Promise<void> {
    const { context, onEnded } = this.#links;
    const { children } = this.#parts;
    const request = childRequest(context.plan, context, child);
    try {
      if (isRedriven) await children.redrive(context.arnOf(request), `${context.plan.mapRunArn}/${child.redrives}`);
      const end = await children.run(request);
      if (end === undefined) return;
      const { index, items, redrives } = child;
      this.#ended.push({ index, items, redrives, end });
      onEnded();
    } catch (error) {
      this.#parts.log.write('warn', 'map-run.child-failed', { child: context.arnOf(request), error: String(error) });
      this.#later(() => void this.#run(child, isRedriven));
    }
  }

  async #stop(index: number): Promise<void> {
    const underWay = this.#underWay.get(index);
    if (underWay?.isBegun !== true) return;
    const { scope, machine, plan, arnOf } = this.#links.context;
    const { label, executionType } = plan;
    const arn = arnOf({ scope, machine, label, executionType, name: childName(plan, index, underWay.redrives) });
    try {
      await this.#parts.children.stop(arn, undefined, undefined);
    } catch (error) {
      this.#parts.log.write('warn', 'map-run.child-not-stopped', { child: arn, error: String(error) });
      this.#later(() => void this.#stop(index));
    }
  }

  /** A crash came between the step that had it begin and its beginning. */
  #hadNotBegun({ index, items, redrives }: Chosen): void {
    this.#underWay.set(index, { items, redrives, isBegun: false });
    this.#ended.push({ index, items, redrives, end: undefined });
  }

  /** More than none, of a child that had ended before and is under way again. */
  async #redrivesOf(index: number, head: MapRunHead): Promise<number> {
    if (head.redrive === undefined) return 0;
    const before = await outcomeAt(this.#parts.journals, this.#links.context.journal, index);
    return before === undefined ? 0 : before.redrives + 1;
  }

  async #namesOnDisk(): Promise<ReadonlySet<string>> {
    const { scope, plan } = this.#links.context;
    const names = new Set<string>();
    const query = { scope, kind: 'execution', of: { group: plan.mapRunArn }, order: 'oldest', limit: 1000 } as const;
    for (let page = await this.#parts.journals.list(query); page.length > 0;) {
      // An express execution's has a uuid behind it.
      for (const { name } of page) names.add(name.replace(/:.*$/, ''));
      const last = page.at(-1);
      page = last === undefined ? [] : await this.#parts.journals.list({ ...query, after: last });
    }
    return names;
  }

  #later(run: () => void): void {
    this.#parts.clock.after(RETRY_MS, () => {
      if (!this.#isClosed) run();
    });
  }
}
