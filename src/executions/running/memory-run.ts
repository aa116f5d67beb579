// An express execution: run in memory alone, from its start to its end. Its history goes to its machine's log group and nowhere else.
// https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
//
// Owns: the execution, its timers, and its tasks that are under way.
// Never: outlives its time.

import assert from 'node:assert/strict';
import type { Clock, Log, Random, Scope, Timer } from '#kernel';
import { LIMITS } from '#kernel';
import { advance, newExecution } from '#workflows';
import type { Command, Evaluator, Execution, ExecutionFacts, Input, Machine, Outcome } from '#workflows';
import type { ExecutionLog } from '../logging/execution-log.ts';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { TaskEnd, TaskPort } from '../tasks/task-port.ts';
import type { StartTask } from './errands.ts';

export type MemoryRunParts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly tasks: TaskPort;
  readonly executionLog: ExecutionLog;
  readonly evaluator?: Evaluator | undefined;
};

export type MemoryRunOf = {
  readonly scope: Scope;
  readonly runnable: RunnableMachine;
  readonly machine: Machine;
  readonly facts: ExecutionFacts;
};

/** The name of the timer that ends an execution, as the interpreter has it. */
const EXECUTION_TIMER = 'execution';

export class MemoryRun {
  readonly #parts: MemoryRunParts;
  readonly #of: MemoryRunOf;
  readonly #execution: Execution;
  readonly #timers = new Map<string, Timer>();
  readonly #tasks = new Map<string, AbortController>();
  readonly #ended = Promise.withResolvers<Outcome | undefined>();
  #inputs: Input[] = [];
  #isRunning = false;
  #isOver = false;

  constructor(parts: MemoryRunParts, of: MemoryRunOf) {
    this.#parts = parts;
    this.#of = of;
    this.#execution = newExecution(of.facts);
  }

  /** Undefined where the platform went down first. Called once. */
  start(): Promise<Outcome | undefined> {
    this.#startTimer(EXECUTION_TIMER, this.#parts.clock.now() + LIMITS.expressDurationMs);
    this.#put({ kind: 'start' });
    return this.#ended.promise;
  }

  stop(error: string | undefined, cause: string | undefined): void {
    this.#put({ kind: 'stop', ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) });
  }

  /** Nothing is told any more: the platform goes down. */
  interrupt(): void {
    this.#finish(undefined);
  }

  #put(input: Input): void {
    this.#inputs.push(input);
    if (this.#isRunning || this.#isOver) return;
    this.#isRunning = true;
    this.#run().then(
      () => (this.#isRunning = false),
      (cause: unknown) => this.#fail(cause),
    );
  }

  async #run(): Promise<void> {
    const { clock, random, executionLog, evaluator } = this.#parts;
    const { machine, runnable } = this.#of;
    const execution = this.#execution;
    while (!this.#isOver && (this.#inputs.length > 0 || execution.ready.length > 0)) {
      const inputs = this.#inputs;
      this.#inputs = [];
      const host = { nowMs: clock.now(), random, ...(evaluator === undefined ? {} : { evaluator }) };
      const step = await advance(machine, execution, inputs, host);
      if (step.events.length > 0) executionLog.wrote(runnable, execution.facts, step.events);
      for (const command of step.commands) this.#follow(command);
      if (execution.outcome !== undefined) this.#finish(execution.outcome);
    }
  }

  #follow(command: Command): void {
    switch (command.kind) {
      case 'start-task':
        return this.#startTask(command);
      case 'cancel-task':
        this.#tasks.get(command.taskId)?.abort();
        this.#tasks.delete(command.taskId);
        return;
      case 'start-timer':
        return this.#startTimer(command.timerId, command.dueMs);
      case 'cancel-timer':
        this.#timers.get(command.timerId)?.cancel();
        this.#timers.delete(command.timerId);
        return;
      case 'finish':
        return;
      case 'read-items':
      case 'cancel-read':
      case 'start-map-run':
      case 'cancel-map-run':
      case 'redrive-map-run':
        assert.fail('an express machine that has a distributed map is refused when it is created');
      default:
        return command satisfies never;
    }
  }

  #startTimer(timerId: string, dueMs: number): void {
    const { clock } = this.#parts;
    const before = this.#timers.get(timerId);
    // Whichever comes first: the machine's own timeout, or that of all express executions.
    if (timerId === EXECUTION_TIMER && before !== undefined && dueMs >= this.#execution.facts.startedMs + LIMITS.expressDurationMs)
      return;
    before?.cancel();
    const timer = clock.after(Math.max(0, dueMs - clock.now()), () => {
      this.#timers.delete(timerId);
      this.#put({ kind: 'timer', timerId });
    });
    this.#timers.set(timerId, timer);
  }

  #startTask(command: StartTask): void {
    const { scope, facts } = this.#of;
    const { taskId } = command;
    const controller = new AbortController();
    this.#tasks.set(taskId, controller);
    this.#parts.tasks.run({ scope, facts, command, signal: controller.signal }).then(
      (end) => {
        // Its state gave it up (a timeout, a branch that failed): it was not the platform that cut it off.
        if (!controller.signal.aborted) this.#taskEnded(taskId, end);
      },
      (cause: unknown) => {
        this.#parts.log.write('error', 'execution.errand-failed', { execution: facts.arn, errand: taskId, cause });
        const why = `The platform failed to carry this out, by a fault of its own: ${cause instanceof Error ? cause.message : String(cause)}`;
        this.#taskEnded(taskId, { kind: 'failed', error: 'States.Runtime', cause: why });
      },
    );
  }

  #taskEnded(taskId: string, end: TaskEnd): void {
    this.#tasks.delete(taskId);
    switch (end.kind) {
      case 'succeeded':
        return this.#put({ kind: 'task-succeeded', taskId, output: end.output });
      case 'failed': {
        const { error, cause, stage } = end;
        return this.#put({ kind: 'task-failed', taskId, error, cause, ...(stage === undefined ? {} : { stage }) });
      }
      case 'submitted':
        return this.#put({
          kind: 'task-failed',
          taskId,
          error: 'States.Runtime',
          cause: 'An express execution can wait neither for a callback nor for another execution.',
        });
      case 'interrupted':
        return this.#finish(undefined);
      default:
        return end satisfies never;
    }
  }

  #fail(cause: unknown): void {
    this.#parts.log.write('error', 'execution.failed-by-fault', { execution: this.#of.facts.arn, cause });
    const why = `The execution cannot go on, by a fault of the platform and not of its definition: ${cause instanceof Error ? cause.message : String(cause)}`;
    this.#finish({ status: 'FAILED', error: 'States.Runtime', cause: why });
  }

  #finish(outcome: Outcome | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const timer of this.#timers.values()) timer.cancel();
    for (const controller of this.#tasks.values()) controller.abort();
    this.#ended.resolve(outcome);
  }
}
