// Answers to tasks that wait for one: SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat, and workers that take an activity's task.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
//
// Owns: which tasks are being handed to a worker at the moment, so that two workers do not go for the same one.

import type { Scope } from '#kernel';
import type { JournalCallback, JournalStore } from '#store';
import type { Input } from '#workflows';
import type { ActivityTask, ActivityTaskSource } from '../activities/activity-port.ts';
import type { Executions } from '../executions.ts';
import { invalidOutput, invalidTaskToken, noSuchTask, taskIsOver } from './execution-answers.ts';
import { readData } from './json-data.ts';
import type { Runner } from './runner.ts';

export interface TaskAnswersParts {
  readonly journals: Pick<JournalStore, 'callback' | 'get' | 'queued'>;
  readonly runner: Runner;
}

/** As the interpreter makes them: 48 bytes. */
const TOKEN = /^[A-Za-z0-9_-]{64}$/;
const LOOKED_AT = 50;

export class TaskAnswers implements ActivityTaskSource {
  readonly #parts: TaskAnswersParts;
  readonly #beingTaken = new Set<string>();

  constructor(parts: TaskAnswersParts) {
    this.#parts = parts;
  }

  get answers(): Executions['tasks'] {
    return {
      succeed: async ({ scope, taskToken, output }) => {
        const read = readData(output);
        if (read.kind === 'invalid') throw invalidOutput(read.why);
        await this.#answer(scope, taskToken, (taskId) => ({ kind: 'task-succeeded', taskId, output: read.value }));
      },
      fail: ({ scope, taskToken, error, cause }) =>
        this.#answer(scope, taskToken, (taskId) => ({
          kind: 'task-failed',
          taskId,
          ...(error === undefined ? {} : { error }),
          ...(cause === undefined ? {} : { cause }),
        })),
      heartbeat: ({ scope, taskToken }) => this.#answer(scope, taskToken, (taskId) => ({ kind: 'task-heartbeat', taskId })),
    };
  }

  async #answer(scope: Scope, token: string, inputOf: (taskId: string) => Input): Promise<void> {
    if (!TOKEN.test(token)) throw invalidTaskToken();
    const { journals, runner } = this.#parts;
    const callback = await journals.callback(token);
    // What was answered, or has timed out, has no callback any more.
    if (callback === undefined) throw taskIsOver();
    const row = await journals.get(callback.journal);
    if (row?.kind !== 'execution' || row.scope.account !== scope.account || row.scope.region !== scope.region) throw noSuchTask();
    const settled = await runner.deliver(callback.journal, { kind: 'input', input: inputOf(callback.taskId) }, { isAsked: true });
    if (settled.kind === 'passed-over') throw taskIsOver();
  }

  async take(activityArn: string, workerName: string | undefined): Promise<ActivityTask | undefined> {
    /** One that was passed over is on its way out of the queue. */
    const tried = new Set<string>();
    for (;;) {
      const waiting = await this.#parts.journals.queued(activityArn, LOOKED_AT + this.#beingTaken.size + tried.size);
      const first = waiting.find(({ token }) => !this.#beingTaken.has(token) && !tried.has(token));
      if (first === undefined) return undefined;
      tried.add(first.token);
      const task = await this.#takeThis(first, workerName);
      if (task !== undefined) return task;
    }
  }

  async #takeThis({ journal, token, taskId }: JournalCallback, workerName: string | undefined): Promise<ActivityTask | undefined> {
    this.#beingTaken.add(token);
    try {
      let input: string | undefined;
      const given = (text: string) => (input = text);
      const settled = await this.#parts.runner.deliver(journal, { kind: 'worker', taskId, workerName, given }, { isAsked: true });
      return settled.kind === 'taken' && input !== undefined ? { token, input } : undefined;
    } finally {
      this.#beingTaken.delete(token);
    }
  }

  onWaiting(listener: (activityArn: string) => void): () => void {
    return this.#parts.runner.onActivityTask(listener);
  }
}
