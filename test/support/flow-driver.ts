// Drives an execution by hand, step by step, on a time that its test sets; each step begins from what a store would have kept.

import assert from 'node:assert/strict';
import { advance, newExecution, readDefinition } from '#workflows';
import type { Command, Execution, ExecutionFacts, HistoryEvent, Input, Json, JsonObject, Machine } from '#workflows';
import { facts } from './flow-runner.ts';
import { seededRandom } from './seeded-random.ts';

export const START_MS = Date.UTC(2026, 10, 20, 12);
export const FUNCTION = 'arn:aws:lambda:us-east-1:111111111111:function:work';

export function machine(states: JsonObject, more: JsonObject = {}): Machine {
  const read = readDefinition(JSON.stringify({ StartAt: Object.keys(states)[0] ?? '', States: states, ...more }), 'STANDARD');
  assert(read.kind === 'machine', JSON.stringify(read));
  return read.machine;
}

export class Driver {
  readonly machine: Machine;
  execution: Execution;
  nowMs = START_MS;
  readonly events: HistoryEvent[] = [];
  commands: readonly Command[] = [];
  readonly #random = seededRandom(7);

  constructor(of: Machine, input: Json = {}, over: Partial<ExecutionFacts> = {}) {
    this.machine = of;
    this.execution = newExecution(facts({ input, startedMs: START_MS, ...over }));
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }

  step(...inputs: readonly Input[]): Promise<readonly Command[]> {
    this.execution = reloaded(this.execution);
    return this.first(...inputs);
  }

  /** From what is in memory: of an input that no text can hold. */
  async first(...inputs: readonly Input[]): Promise<readonly Command[]> {
    const step = await advance(this.machine, this.execution, inputs, { nowMs: this.nowMs, random: this.#random });
    this.events.push(...step.events);
    this.commands = step.commands;
    return step.commands;
  }

  command<Kind extends Command['kind']>(kind: Kind): Extract<Command, { kind: Kind }> {
    const found = this.commands.find((candidate): candidate is Extract<Command, { kind: Kind }> => candidate.kind === kind);
    assert(found !== undefined, `no ${kind} among ${JSON.stringify(this.commands)}`);
    return found;
  }

  failTask(error: string): Promise<readonly Command[]> {
    return this.step({ kind: 'task-failed', taskId: this.command('start-task').taskId, error });
  }

  endTask(output: Json): Promise<readonly Command[]> {
    return this.step({ kind: 'task-succeeded', taskId: this.command('start-task').taskId, output });
  }

  /** The time of a timer has come. */
  fire(timer: Command = this.command('start-timer')): Promise<readonly Command[]> {
    assert(timer.kind === 'start-timer');
    this.nowMs = Math.max(this.nowMs, timer.dueMs);
    return this.step({ kind: 'timer', timerId: timer.timerId });
  }
}

export function reloaded(execution: Execution): Execution {
  const { threads, progress, ...others } = execution;
  const kept = JSON.parse(JSON.stringify({ ...others, threads: [...threads], progress: [...progress] })) as Kept;
  return { ...kept, outcome: kept.outcome, threads: new Map(kept.threads), progress: new Map(kept.progress) };
}

type Entries<Of> = Of extends ReadonlyMap<infer Key, infer Value> ? readonly (readonly [Key, Value])[] : never;
type Kept = Omit<Execution, 'threads' | 'progress'> & {
  readonly threads: Entries<Execution['threads']>;
  readonly progress: Entries<Execution['progress']>;
};
