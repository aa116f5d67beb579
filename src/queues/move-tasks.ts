// Redrives: messages go back from a dead-letter queue to where they came from, or elsewhere, no faster than is asked for.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
//
// Owns: the redrives that run.
// Invariants:
//   I1  What runs is written down before anybody is told, and goes on after a restart. Each step moves its messages at once or not at all;
//       the number of those moved may be a second behind after a kill.

import { ApiError, LIMITS, type Clock, type Log, type Random, type Scope } from '#kernel';
import type { MessageStore, MoveOutcome, ResourceStore } from '#store';
import type { MessageRetention } from './message-retention.ts';
import {
  bodyOfTask,
  MOVE_TASK,
  moveTaskKey,
  moveTaskPrefix,
  parseTaskHandle,
  taskHandle,
  taskOfBody,
  type MoveTask,
} from './move-task-record.ts';
import { invalid, invalidValue } from './queue-answers.ts';
import type { QueueDirectory } from './queue-directory.ts';
import { parseQueueArn } from './queue-names.ts';
import type { QueueWaiters } from './queue-waiters.ts';
import type { Queue } from './queue.ts';

export interface MoveTaskDependencies {
  readonly store: MessageStore;
  readonly resources: ResourceStore;
  readonly directory: QueueDirectory;
  readonly waiters: QueueWaiters;
  readonly retention: Pick<MessageRetention, 'expiresAt'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface MoveTaskRequest {
  readonly sourceArn: string;
  readonly destinationArn?: string | undefined;
  readonly perSecond?: number | undefined;
}

interface Running {
  task: MoveTask;
  readonly scope: Scope;
  readonly stop: AbortController;
  ended: Promise<void>;
}

/** One step of a redrive without a limit, between which the store serves others. */
const STEP = 100;
const PAGE = 100;
const WRITTEN_DOWN_MS = 1000;
/** A disk that refuses is tried again. */
const TRIED_AGAIN_MS = 5000;

export class MoveTasks {
  readonly #dependencies: MoveTaskDependencies;
  /** By the ARN of the source. */
  readonly #running = new Map<string, Running>();
  readonly #closing = new AbortController();

  constructor(dependencies: MoveTaskDependencies) {
    this.#dependencies = dependencies;
  }

  /** Goes on with what an earlier process began. */
  async resume(scope: Scope): Promise<void> {
    for (let after: string | undefined; ;) {
      const page = await this.#dependencies.resources.list({
        scope,
        kind: MOVE_TASK,
        limit: PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const { body } of page) {
        const task = taskOfBody(body);
        if (task.status === 'RUNNING' || task.status === 'CANCELLING') this.#run(scope, task);
      }
      after = page.at(-1)?.key.name;
      if (after === undefined) return;
    }
  }

  /** Its handle. */
  async start(scope: Scope, { sourceArn, destinationArn, perSecond }: MoveTaskRequest): Promise<string> {
    const { store, clock, random } = this.#dependencies;
    if (perSecond !== undefined && !(Number.isInteger(perSecond) && perSecond >= 1 && perSecond <= LIMITS.queueMovesPerSecond)) {
      throw invalidValue(
        perSecond,
        'MaxNumberOfMessagesPerSecond',
        `Must be between 1 and ${LIMITS.queueMovesPerSecond}, if provided.`,
      );
    }
    const source = await this.#queue(sourceArn, 'SourceArn');
    await this.#checkDestination(source, destinationArn);
    const [sourceOfSource] = await store.listQueues({ scope, deadLetter: source.name, limit: 1 });
    if (sourceOfSource === undefined) throw invalid('Source queue must be configured as a Dead Letter Queue.');
    const { visible = 0 } = (await store.counts(source.number, clock.now())) ?? {};
    if (this.#running.has(sourceArn)) {
      throw invalid('There is already a task running. Only one active task is allowed for a source queue arn at a given time.');
    }
    if (this.#running.size >= LIMITS.queueMoveTasks) {
      throw new ApiError('OverLimit', `At most ${LIMITS.queueMoveTasks} message move tasks run at the same time.`);
    }
    const task: MoveTask = {
      id: random.uuid(),
      sourceArn,
      destinationArn,
      perSecond,
      status: 'RUNNING',
      moved: 0,
      toMove: visible,
      startedAtMs: clock.now(),
      failureReason: undefined,
    };
    const running = this.#claim(scope, task);
    try {
      await this.#write(scope, task);
      await this.#forgetOld(scope, sourceArn);
    } catch (error) {
      this.#running.delete(sourceArn);
      throw error;
    }
    running.ended = this.#work(running);
    return taskHandle(task);
  }

  /** How many it had moved. */
  async cancel(handle: string): Promise<number> {
    const named = parseTaskHandle(handle);
    if (named === undefined) throw invalidValue(handle, 'TaskHandle', 'The task handle is not valid.');
    const running = this.#running.get(named.sourceArn);
    // One that is being cancelled is over for whoever asks again.
    if (running?.task.id !== named.id || running.task.status !== 'RUNNING') throw notFound('Task does not exist.');
    running.task = { ...running.task, status: 'CANCELLING' };
    await this.#write(running.scope, running.task);
    running.stop.abort();
    return running.task.moved;
  }

  /** The latest first. */
  async list(scope: Scope, sourceArn: string, limit: number): Promise<readonly MoveTask[]> {
    await this.#queue(sourceArn, 'SourceArn');
    const page = await this.#dependencies.resources.list({ scope, kind: MOVE_TASK, prefix: moveTaskPrefix(sourceArn), limit });
    const running = this.#running.get(sourceArn)?.task;
    return page.map(({ body }) => {
      const task = taskOfBody(body);
      return running?.id === task.id ? running : task;
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #run(scope: Scope, task: MoveTask): void {
    const running = this.#claim(scope, task);
    running.ended = this.#work(running);
  }

  #claim(scope: Scope, task: MoveTask): Running {
    const running: Running = { task, scope, stop: new AbortController(), ended: Promise.resolve() };
    this.#running.set(task.sourceArn, running);
    return running;
  }

  async #work(running: Running): Promise<void> {
    const { clock, log } = this.#dependencies;
    let writtenAtMs = clock.monotonicMs();
    while (!this.#closing.signal.aborted) {
      try {
        if (running.task.status === 'CANCELLING') return await this.#end(running, { status: 'CANCELLED' });
        const step = this.#stepSize(running.task);
        const outcome = await this.#step(running.task, step);
        running.task = { ...running.task, moved: running.task.moved + outcome.moved };
        if (outcome.obstacle !== undefined) {
          return await this.#end(running, { status: 'FAILED', failureReason: REASONS[outcome.obstacle] });
        }
        if (outcome.moved < step) return await this.#end(running, { status: 'COMPLETED' });
        if (clock.monotonicMs() - writtenAtMs >= WRITTEN_DOWN_MS) {
          writtenAtMs = clock.monotonicMs();
          await this.#write(running.scope, running.task);
        }
        await this.#pause(running.task.perSecond === undefined ? 0 : (step / running.task.perSecond) * 1000, running.stop.signal);
      } catch (error) {
        log.write('warn', 'queues.redrive-held-up', { sourceArn: running.task.sourceArn, error });
        // Not cut short by a cancellation, whose end is perhaps what could not be written.
        await this.#pause(TRIED_AGAIN_MS, this.#closing.signal);
      }
    }
  }

  #stepSize({ perSecond }: MoveTask): number {
    return perSecond === undefined ? STEP : Math.max(1, Math.min(STEP, Math.floor(perSecond / 5)));
  }

  async #step(task: MoveTask, count: number): Promise<MoveOutcome> {
    const { store, directory, waiters, retention, clock, random } = this.#dependencies;
    const source = await findByArn(directory, task.sourceArn);
    const destination = task.destinationArn === undefined ? undefined : await findByArn(directory, task.destinationArn);
    if (source === undefined) return { moved: 0, destinations: [], obstacle: 'sourceAbsent' };
    if (task.destinationArn !== undefined && destination === undefined) {
      return { moved: 0, destinations: [], obstacle: 'destinationAbsent' };
    }
    const outcome = await store.move({
      source: source.number,
      destination: destination?.number,
      ids: Array.from({ length: count }, () => random.uuid()),
      nowMs: clock.now(),
    });
    for (const number of outcome.destinations) waiters.arrived(number, outcome.moved);
    if (outcome.moved > 0) retention.expiresAt(clock.now());
    return outcome;
  }

  async #end(running: Running, end: Pick<MoveTask, 'status'> & Partial<MoveTask>): Promise<void> {
    await this.#write(running.scope, { ...running.task, ...end });
    this.#running.delete(running.task.sourceArn);
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms <= 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = this.#dependencies.clock.after(ms, finish);
      function finish(): void {
        timer.cancel();
        signal.removeEventListener('abort', finish);
        resolve();
      }
      signal.addEventListener('abort', finish);
    });
  }

  async #write(scope: Scope, task: MoveTask): Promise<void> {
    await this.#dependencies.resources.commit([
      { key: moveTaskKey(scope, task), expect: 'any', change: { put: bodyOfTask(task) } },
    ]);
  }

  /** As many are kept as a list shows. */
  async #forgetOld(scope: Scope, sourceArn: string): Promise<void> {
    const { resources } = this.#dependencies;
    const page = await resources.list({ scope, kind: MOVE_TASK, prefix: moveTaskPrefix(sourceArn), limit: PAGE });
    const old = page.slice(LIMITS.queueMoveTasksListed);
    if (old.length > 0) await resources.commit(old.map(({ key }) => ({ key, expect: 'any', change: 'remove' })));
  }

  async #checkDestination(source: Queue, destinationArn: string | undefined): Promise<void> {
    if (destinationArn === undefined) return;
    if (destinationArn === source.arn) throw invalid('Source queue arn and destination queue arn cannot be the same.');
    const destination = await this.#queue(destinationArn, 'DestinationArn');
    if (destination.isFifo !== source.isFifo) {
      throw invalid('The destination queue must be of the same type as the source queue.');
    }
  }

  async #queue(arn: string, parameter: string): Promise<Queue> {
    if (parseQueueArn(arn) === undefined) throw invalidValue(arn, parameter, 'It is not the ARN of a queue.');
    const queue = await findByArn(this.#dependencies.directory, arn);
    if (queue === undefined) {
      throw notFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`);
    }
    return queue;
  }
}

const REASONS = {
  sourceAbsent: 'AWS.SimpleQueueService.NonExistentQueue',
  destinationAbsent: 'AWS.SimpleQueueService.NonExistentQueue',
  originUnknown: 'CouldNotDetermineMessageSource',
} as const;

async function findByArn(directory: QueueDirectory, arn: string): Promise<Queue | undefined> {
  const address = parseQueueArn(arn);
  return address === undefined ? undefined : directory.find(address);
}

function notFound(message: string): ApiError {
  return new ApiError('ResourceNotFoundException', message, { status: 404 });
}
