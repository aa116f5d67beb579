// How a map run comes to the disk: in one step where its inputs are few, else piece by piece; its plan is written with the last of them.
//
// Invariant: what is on the disk before the plan is never begun; a crash in between is gone on from when the run is asked for again.

import { LIMITS } from '#kernel';
import type { Clock } from '#kernel';
import type { JournalKey, JournalStep, JournalStore } from '#store';
import { chunksOf } from './input-chunks.ts';
import type { InputChunk } from './input-chunks.ts';
import type { MapRunRequest } from './map-port.ts';
import { newHead } from './map-run-head.ts';
import type { MapRunHead } from './map-run-head.ts';
import { planOf, planRecord } from './map-run-plan.ts';
import type { MapRunAttributes, MapRunPlan } from './map-run-plan.ts';

const STEP_BYTES = 4 * 1024 * 1024;

export type FillingParts = { readonly clock: Clock; readonly journals: JournalStore };

export type Filled = { readonly journal: number; readonly head: MapRunHead; readonly plan: MapRunPlan };

/** Undefined where it was on the disk already, whole. */
export async function fill(parts: FillingParts, request: MapRunRequest): Promise<Filled | undefined> {
  const filling = await Filling.begin(parts, request);
  if (filling === undefined) return undefined;
  const firsts: number[] = [];
  let waiting: InputChunk[] = [];
  let bytes = 0;
  for (const chunk of chunksOf(request.command.inputs)) {
    firsts.push(chunk.first);
    const problem = problemOf(request, chunk);
    if (problem !== undefined) return filling.fail(planOf(request, firsts), problem);
    if (firsts.length <= filling.filled) continue;
    waiting.push(chunk);
    bytes += chunk.body.length;
    if (bytes < STEP_BYTES) continue;
    await filling.write(waiting);
    waiting = [];
    bytes = 0;
  }
  return filling.finish(planOf(request, firsts), waiting);
}

function problemOf({ command }: MapRunRequest, chunk: InputChunk): { error: string; cause: string } | undefined {
  if (chunk.longestBytes > LIMITS.statePayloadBytes)
    return {
      error: 'States.DataLimitExceeded',
      cause: `The input of a child workflow execution of '${command.label}' exceeds the maximum of ${LIMITS.statePayloadBytes} bytes. Pass less to each with ItemSelector or a smaller ItemBatcher.`,
    };
  return undefined;
}

class Filling {
  readonly #parts: FillingParts;
  readonly #request: MapRunRequest;
  #journal: number | undefined;
  #head: MapRunHead;

  private constructor(parts: FillingParts, request: MapRunRequest, there: { journal: number; head: MapRunHead } | undefined) {
    this.#parts = parts;
    this.#request = request;
    this.#journal = there?.journal;
    this.#head = there?.head ?? newHead(request.command);
  }

  static async begin(parts: FillingParts, request: MapRunRequest): Promise<Filling | undefined> {
    const row = await parts.journals.find(keyOf(request));
    if (row === undefined) return new Filling(parts, request, undefined);
    const text = await parts.journals.head(row.number);
    const head: MapRunHead | undefined = text === undefined ? undefined : JSON.parse(text);
    if (head?.phase !== 'filling') return undefined;
    return new Filling(parts, request, { journal: row.number, head });
  }

  get filled(): number {
    return this.#head.filled;
  }

  async write(chunks: readonly InputChunk[]): Promise<void> {
    await this.#step({ ...this.#head, filled: this.#head.filled + chunks.length }, { records: chunks, isBusy: false });
  }

  async finish(plan: MapRunPlan, chunks: readonly InputChunk[]): Promise<Filled> {
    const head: MapRunHead = { ...this.#head, phase: 'running', filled: this.#head.filled + chunks.length };
    return this.#last(plan, head, { records: [...chunks, planRecord(plan)], isBusy: true });
  }

  async fail(plan: MapRunPlan, problem: { readonly error: string; readonly cause: string }): Promise<Filled> {
    const head: MapRunHead = { ...this.#head, phase: 'telling', ending: { kind: 'failed', ...problem } };
    const endedAtMs = this.#parts.clock.now();
    const status = { status: 'FAILED', endedAtMs, expiresAtMs: endedAtMs + LIMITS.executionKeptMs };
    return this.#last(plan, head, { records: [planRecord(plan)], status, isBusy: true });
  }

  async #last(plan: MapRunPlan, head: MapRunHead, step: Omit<JournalStep, 'head'>): Promise<Filled> {
    return { journal: await this.#step(head, step), head: this.#head, plan };
  }

  async #step(next: MapRunHead, step: Omit<JournalStep, 'head'>): Promise<number> {
    const { journals, clock } = this.#parts;
    if (this.#journal === undefined) {
      const { command, facts } = this.#request;
      const attributes: MapRunAttributes = {
        stateMachineArn: facts.machineArn,
        label: command.label,
        executions: command.inputs.length,
        items: command.itemCount,
      };
      const first = { ...step, head: JSON.stringify(next) };
      const groups = [command.mapRunId];
      const begun = await journals.begin({ ...keyOf(this.#request), startedAtMs: clock.now(), groups, attributes, first });
      if (begun.kind === 'exists') throw new Error(`the map run ${command.mapRunId} was begun by somebody else meanwhile`);
      this.#journal = begun.number;
      this.#head = next;
    } else {
      const head = { ...next, revision: this.#head.revision + 1 };
      const isWritten = await journals.append(this.#journal, this.#head.revision, { ...step, head: JSON.stringify(head) });
      if (!isWritten) throw new Error(`the map run ${this.#request.command.mapRunId} was written by somebody else meanwhile`);
      this.#head = head;
    }
    return this.#journal;
  }
}

function keyOf({ scope, facts, command }: MapRunRequest): JournalKey {
  return { scope, kind: 'map-run', owner: facts.arn, name: command.mapRunId };
}
