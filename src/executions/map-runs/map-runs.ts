// Map runs: begun by executions, told of to callers, and taken up again after a crash. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
//
// Owns: the map runs that are open in this process, and who of them may begin children. Never: a run in memory that is over.
// Invariants: at most LIMITS.openMapRuns of an account and a region have children, but for runs within other runs' children, which would wait for each
// other for ever; a run that `begin` has answered for goes on by itself, in this process or the next.

import assert from 'node:assert/strict';
import { ApiError, LIMITS } from '#kernel';
import type { Scope } from '#kernel';
import { StoreFailure } from '#store';
import type { JournalRow, JournalStep } from '#store';
import { invalidArn } from '../machines/machine-answers.ts';
import type { MachinePort } from '../machines/machine-port.ts';
import type { RunnableMachine } from '../machines/runnable.ts';
import { Admission } from './admission.ts';
import { fill } from './filling.ts';
import { readItems } from './items/read-items.ts';
import type { ItemParts } from './items/read-items.ts';
import type { MapRunPort, MapRunRequest } from './map-port.ts';
import { withRedrive } from './map-run-head.ts';
import type { MapRunHead } from './map-run-head.ts';
import { mapRunName } from './map-run-names.ts';
import { PLAN } from './map-run-plan.ts';
import type { MapRunPlan } from './map-run-plan.ts';
import type { MapRunChange, MapRunDescription, MapRunPage, MapRunQuery } from './map-run-requests.ts';
import { describeMapRun, findMapRun, headOf, listMapRuns } from './map-run-views.ts';
import { notRunning, OpenMapRun } from './open-map-run.ts';
import type { OpenMapRunParts } from './open-map-run.ts';
import { Turnstile } from './turnstile.ts';

export type MapRunsParts = Omit<OpenMapRunParts, 'collecting'> & ItemParts & { readonly machines: Pick<MachinePort, 'revision'> };

export interface MapRuns extends MapRunPort {
  describe(scope: Scope, mapRunArn: string): Promise<MapRunDescription>;
  /** Of an execution; its caller has made sure that there is one. */
  list(query: MapRunQuery): Promise<MapRunPage>;
  /** Resolves when it is on the disk. */
  update(change: MapRunChange): Promise<void>;
  /** Takes up what an earlier process left. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export function createMapRuns(parts: MapRunsParts): MapRuns {
  return new OpenMapRuns(parts);
}

/** How many are taken up in one go after a start. */
const PAGE = 100;

class OpenMapRuns implements MapRuns {
  readonly #parts: MapRunsParts;
  readonly #collecting = new Turnstile();
  readonly #admission = new Admission();
  readonly #runs = new Map<string, OpenMapRun>();
  /** Whatever begins or is taken up at the moment, by ARN: what is asked of it meanwhile waits. */
  readonly #coming = new Map<string, Promise<void>>();
  #isClosed = false;

  constructor(parts: MapRunsParts) {
    this.#parts = parts;
  }

  readItems(request: Parameters<MapRunPort['readItems']>[0]): ReturnType<MapRunPort['readItems']> {
    return readItems(this.#parts, request);
  }

  begin(request: MapRunRequest): Promise<void> {
    return this.#alone(request.command.mapRunId, async () => {
      const filled = await fill(this.#parts, request);
      if (filled !== undefined) this.#add({ ...filled, scope: request.scope, machine: request.machine });
    });
  }

  async cancel(mapRunArn: string): Promise<void> {
    const { row, run } = await this.#find(mapRunArn);
    if (run !== undefined) return run.ask('cancel');
    if (row === undefined) return;
    const head = await headOf(this.#parts.journals, row);
    // Its execution ended before its inputs were all on the disk.
    if (head?.phase === 'filling') await this.#end(row, head);
  }

  redrive(mapRunArn: string, redriveCount: number): Promise<void> {
    return this.#alone(mapRunArn, async () => {
      const open = this.#runs.get(mapRunArn);
      if ((open?.head.redrive?.count ?? 0) >= redriveCount) return;
      await open?.over;
      const row = await this.#row(mapRunArn);
      const head = row === undefined ? undefined : await headOf(this.#parts.journals, row);
      if (row === undefined || head === undefined) throw notThere(mapRunArn);
      if ((head.redrive?.count ?? 0) >= redriveCount) return this.#load(row);
      const plan = await this.#planOf(row);
      // Its execution ended before its inputs were all on the disk: there is nothing to go on with.
      if (plan === undefined) throw notThere(mapRunArn);
      const isWritten = await this.#parts.journals.append(row.number, head.revision, this.#redriven(head, plan, redriveCount));
      assert(isWritten, 'who else would go on with a map run that is over?');
      await this.#load(row);
    });
  }

  #redriven(head: MapRunHead, plan: MapRunPlan, count: number): JournalStep {
    const nowMs = this.#parts.clock.now();
    const isWhole = head.filled === plan.firsts.length;
    const redriven = withRedrive(head, { count, atMs: nowMs });
    // What no child may have as its input, none may have the second time either.
    const next: MapRunHead = isWhole ? redriven : { ...head, phase: 'telling', redrive: redriven.redrive };
    const status = isWhole
      ? { status: 'RUNNING', endedAtMs: undefined, expiresAtMs: undefined }
      : { status: 'FAILED', endedAtMs: nowMs, expiresAtMs: nowMs + LIMITS.executionKeptMs };
    return { head: JSON.stringify({ ...next, revision: head.revision + 1 }), isBusy: true, status };
  }

  async describe(scope: Scope, mapRunArn: string): Promise<MapRunDescription> {
    if (mapRunName(mapRunArn) === undefined) throw invalidArn(mapRunArn);
    const row = await findMapRun(this.#parts.journals, scope, mapRunArn);
    const described = row === undefined ? undefined : await describeMapRun(this.#parts.journals, row);
    if (described === undefined) throw notThere(mapRunArn);
    return described;
  }

  list(query: MapRunQuery): Promise<MapRunPage> {
    return listMapRuns(this.#parts.journals, query);
  }

  async update(change: MapRunChange): Promise<void> {
    if (mapRunName(change.mapRunArn) === undefined) throw invalidArn(change.mapRunArn);
    const row = await findMapRun(this.#parts.journals, change.scope, change.mapRunArn);
    if (row === undefined) throw notThere(change.mapRunArn);
    const { run } = await this.#find(change.mapRunArn);
    if (run === undefined) throw notRunning(change.mapRunArn);
    return run.ask(change);
  }

  async open(): Promise<void> {
    const { journals } = this.#parts;
    for (let page = await journals.busy('map-run', 0, PAGE); page.length > 0 && !this.#isClosed;) {
      for (const number of page) {
        const row = await journals.get(number);
        if (row !== undefined) await this.#takeUp(row);
      }
      page = await journals.busy('map-run', page.at(-1) ?? 0, PAGE);
    }
  }

  /** One that cannot be taken up keeps none of the others from it. */
  async #takeUp(row: JournalRow): Promise<void> {
    try {
      await this.#alone(row.name, () => this.#load(row));
    } catch (cause) {
      if (cause instanceof StoreFailure) throw cause;
      this.#parts.log.write('error', 'map-run.not-taken-up', { mapRun: row.name, cause });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#coming.values());
    await Promise.all([...this.#runs.values()].map((run) => run.close()));
  }

  /** One thing after another for each run that is not in memory yet. */
  async #alone(mapRunArn: string, work: () => Promise<void>): Promise<void> {
    const coming = (this.#coming.get(mapRunArn) ?? Promise.resolve()).then(work);
    const settled = coming.catch(() => {
      // Whoever asked for it is told; this only keeps the line.
    });
    this.#coming.set(mapRunArn, settled);
    try {
      await coming;
    } finally {
      if (this.#coming.get(mapRunArn) === settled) this.#coming.delete(mapRunArn);
    }
  }

  async #find(mapRunArn: string): Promise<{ readonly row: JournalRow | undefined; readonly run: OpenMapRun | undefined }> {
    await this.#coming.get(mapRunArn);
    const run = this.#runs.get(mapRunArn);
    if (run !== undefined) return { row: undefined, run };
    const row = await this.#row(mapRunArn);
    if (row?.status === 'RUNNING') await this.#alone(mapRunArn, () => this.#load(row));
    return { row, run: this.#runs.get(mapRunArn) };
  }

  async #row(mapRunArn: string): Promise<JournalRow | undefined> {
    const name = mapRunName(mapRunArn);
    return name === undefined ? undefined : findMapRun(this.#parts.journals, name.scope, mapRunArn);
  }

  async #load(row: JournalRow): Promise<void> {
    const { journals, machines, log } = this.#parts;
    const head = await headOf(journals, row);
    if (this.#runs.has(row.name) || head === undefined || head.phase === 'filling' || head.phase === 'over') return;
    const plan = await this.#planOf(row);
    assert(plan !== undefined);
    const { arn, revisionId, versionArn, aliasArn } = plan.machine;
    const machine = await machines.revision(row.scope, arn, revisionId);
    if (machine !== undefined)
      return this.#add({ journal: row.number, head, plan, scope: row.scope, machine: { ...machine, versionArn, aliasArn } });
    // Then no execution of it is kept any more: there is nobody to tell.
    log.write('error', 'map-run.definition-gone', { mapRun: row.name });
    await this.#end(row, head);
  }

  async #planOf(row: JournalRow): Promise<MapRunPlan | undefined> {
    const [record] = await this.#parts.journals.records(row.number, { prefix: PLAN, limit: 1 });
    if (record === undefined) return undefined;
    const plan: MapRunPlan = JSON.parse(record.body);
    return plan;
  }

  #add(loaded: {
    readonly journal: number;
    readonly head: MapRunHead;
    readonly plan: MapRunPlan;
    readonly scope: Scope;
    readonly machine: RunnableMachine;
  }): void {
    const { journal, head, plan, scope, machine } = loaded;
    const { children } = this.#parts;
    const arnOf = children.arnOf.bind(children);
    const run = new OpenMapRun({ ...this.#parts, collecting: this.#collecting }, { scope, journal, plan, machine, arnOf }, head);
    this.#runs.set(plan.mapRunArn, run);
    const leave = this.#admission.enter(plan.isNested ? undefined : scope, () => run.letIn());
    void run.over.then(() => {
      this.#runs.delete(plan.mapRunArn);
      leave();
    });
    void run.resume();
  }

  async #end(row: JournalRow, head: MapRunHead): Promise<void> {
    const endedAtMs = this.#parts.clock.now();
    const next: MapRunHead = { ...head, revision: head.revision + 1, phase: 'over', ending: { kind: 'aborted' } };
    const status = { status: 'ABORTED', endedAtMs, expiresAtMs: endedAtMs };
    await this.#parts.journals.append(row.number, head.revision, { head: JSON.stringify(next), isBusy: false, status });
  }
}

function notThere(mapRunArn: string): ApiError {
  return new ApiError('ResourceNotFound', `Map Run Does Not Exist: '${mapRunArn}'`, { status: 400 });
}
