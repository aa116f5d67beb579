// Executions on the inline store and a clock that is turned by hand: machines are texts, tasks do as a test says, and the process can be killed.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Scope } from '#kernel';
import type { HistoryEvent, Json } from '#workflows';
import { createExecutions } from '../../src/executions/executions.ts';
import type { Executions } from '../../src/executions/executions.ts';
import type { MachinePort } from '../../src/executions/machines/machine-port.ts';
import type { RunnableMachine } from '../../src/executions/machines/runnable.ts';
import type { MapRunPort } from '../../src/executions/map-runs/map-port.ts';
import type { StatusChange } from '../../src/executions/running/status-changes-port.ts';
import type { StartedTask, TaskEnd } from '../../src/executions/tasks/task-port.ts';
import { FakeClock, MortalClock, settled } from './fake-clock.ts';
import { inlineStore } from './inline-store.ts';
import type { InlineStore } from './inline-store.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';

export const SCOPE = { account: '111111111111', region: 'us-east-1' } as Scope;
export const FUNCTION = 'arn:aws:lambda:us-east-1:111111111111:function:work';
export const ACTIVITY = 'arn:aws:states:us-east-1:111111111111:activity:dig';
export const CALLBACK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken';
export const NESTED = 'arn:aws:states:::states:startExecution.sync:2';

/** What a task does; by default it answers with its input. */
export type TaskScript = (task: StartedTask, house: ExecutionsHouse) => Promise<TaskEnd> | TaskEnd;

export type HouseOptions = {
  readonly tasks?: TaskScript;
  readonly mapRuns?: Partial<MapRunPort>;
};

/** Processes come and go; the store, the clock and the machines stay. */
export class ExecutionsHouse {
  readonly clock = new FakeClock();
  readonly random = seededRandom(5);
  readonly store: InlineStore;
  readonly log = new QuietLog();
  readonly started: StartedTask[] = [];
  readonly changes: StatusChange[] = [];
  readonly logged: HistoryEvent[] = [];
  isChangeWanted = false;
  /** Called when a verb of the journals has done what it does, before anybody hears of it. */
  afterVerb: (verb: string, values: readonly unknown[]) => void = () => undefined;
  readonly machines = new Map<string, RunnableMachine>();
  readonly #options: HouseOptions;
  #process: MortalClock;
  executions: Executions;

  constructor(test: Pick<TestContext, 'after'>, options: HouseOptions = {}) {
    this.store = inlineStore(test);
    this.#options = options;
    this.#process = new MortalClock(this.clock);
    this.executions = this.#open();
    test.after(() => this.kill());
  }

  /** `kill -9`: nothing that was in memory is heard of again. */
  kill(): void {
    this.#process.perish();
  }

  get isDead(): boolean {
    return this.#process.dead;
  }

  /** `kill -9`, and a start. */
  async crash(): Promise<void> {
    this.kill();
    this.#process = new MortalClock(this.clock);
    this.executions = this.#open();
    await this.executions.open();
    await settled();
  }

  #open(): Executions {
    const process = this.#process;
    const { store, random, log } = this;
    /** A dead process's calls never come back. */
    const alive = async <Result>(work: () => Promise<Result>, done?: () => void): Promise<Result> => {
      if (process.dead) return new Promise(() => undefined);
      try {
        const result = await work();
        done?.();
        return process.dead ? await new Promise<Result>(() => undefined) : result;
      } catch (error) {
        if (process.dead) return new Promise(() => undefined);
        throw error;
      }
    };
    const journals = new Proxy(store.journals, {
      get: (target, verb: keyof InlineStore['journals']) => {
        const call = target[verb] as (...values: unknown[]) => Promise<unknown>;
        return (...values: unknown[]) =>
          alive(
            () => call.apply(target, values),
            () => this.afterVerb(verb, values),
          );
      },
    });
    return createExecutions({
      clock: process,
      random,
      log,
      store: { journals },
      machines: this.#machinePort(),
      tasks: { run: (task) => alive(() => this.#run(task, process)) },
      mapRuns: () => ({
        readItems: () => Promise.reject(new Error('no items are read here')),
        begin: () => Promise.reject(new Error('no map runs are begun here')),
        cancel: () => Promise.resolve(),
        redrive: () => Promise.reject(new Error('no map runs are redriven here')),
        ...this.#options.mapRuns,
      }),
      executionLog: { wrote: (_machine, _facts, events) => void this.logged.push(...events) },
      statusChanges: {
        isWanted: () => this.isChangeWanted,
        deliveriesOf: (change) => {
          this.changes.push(change);
          return Promise.resolve([]);
        },
      },
    });
  }

  #machinePort(): MachinePort {
    return {
      runnable: (_scope, arn) => Promise.resolve(this.#machine(arn)),
      revision: (_scope, arn, revisionId) => {
        const machine = this.#machine(arn);
        return Promise.resolve(machine.revisionId === revisionId ? machine : undefined);
      },
      ended: () => undefined,
    };
  }

  #machine(arn: string): RunnableMachine {
    const machine = this.machines.get(arn);
    assert(machine !== undefined, `there is no machine ${arn}`);
    return machine;
  }

  async #run(task: StartedTask, process: MortalClock): Promise<TaskEnd> {
    this.started.push(task);
    const { tasks } = this.#options;
    if (tasks !== undefined) return tasks(task, this);
    await process.pause(1);
    return { kind: 'succeeded', output: task.command.input };
  }

  /** Answers its ARN. */
  machine(name: string, definition: object, type: 'STANDARD' | 'EXPRESS' = 'STANDARD'): string {
    const arn = `arn:aws:states:us-east-1:111111111111:stateMachine:${name}`;
    this.machines.set(arn, {
      scope: SCOPE,
      machine: { arn, name, type },
      revisionId: `revision of ${name}`,
      definition: JSON.stringify(definition),
      roleArn: 'arn:aws:iam::111111111111:role/flow',
      versionArn: undefined,
      aliasArn: undefined,
      logging: undefined,
    });
    return arn;
  }

  async start(stateMachineArn: string, input: Json = {}, name?: string): Promise<string> {
    const started = await this.executions.start({
      scope: SCOPE,
      stateMachineArn,
      name,
      input: JSON.stringify(input),
      traceHeader: undefined,
    });
    return started.executionArn;
  }

  describe(executionArn: string): ReturnType<Executions['describe']> {
    return this.executions.describe({ scope: SCOPE, executionArn });
  }

  /** Whoever holds tokens of callbacks answers them all. */
  async answerAll(): Promise<void> {
    for (const { command } of this.started) {
      const callback = await this.store.journals.callback(command.token);
      if (callback !== undefined) await this.executions.tasks.succeed({ scope: SCOPE, taskToken: command.token, output: '"yes"' });
    }
  }

  async status(executionArn: string): Promise<string> {
    return (await this.describe(executionArn)).status;
  }

  /** Turns the clock until it has ended. */
  async end(executionArn: string, limitMs?: number): ReturnType<Executions['describe']> {
    const { signal } = new AbortController();
    return this.clock.until(this.executions.finished({ scope: SCOPE, executionArn }, signal), limitMs);
  }

  async events(executionArn: string): Promise<readonly HistoryEvent[]> {
    const events: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await this.executions.history({
        scope: SCOPE,
        executionArn,
        reverseOrder: false,
        includeExecutionData: true,
        limit: 1000,
        nextToken,
      });
      events.push(...page.items);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    return events;
  }

  async types(executionArn: string): Promise<readonly string[]> {
    return (await this.events(executionArn)).map(({ type }) => type);
  }

  async number(executionArn: string): Promise<number> {
    const [, , , , , , machine, name = ''] = executionArn.split(':');
    const owner = `arn:aws:states:us-east-1:111111111111:stateMachine:${machine}`;
    const row = await this.store.journals.find({ scope: SCOPE, kind: 'execution', owner, name });
    assert(row !== undefined, `${executionArn} is in the journal`);
    return row.number;
  }
}

/** States one after the other. */
export function chain(states: Readonly<Record<string, object>>): object {
  const names = Object.keys(states);
  const linked = names.map((name, at) => {
    const next = names[at + 1];
    const state = states[name] ?? {};
    if ('Type' in state && (state.Type === 'Succeed' || state.Type === 'Fail')) return [name, state];
    return [name, { ...state, ...(next === undefined ? { End: true } : { Next: next }) }];
  });
  return { StartAt: names[0], States: Object.fromEntries(linked) };
}

export function task(resource: string = FUNCTION, more: object = {}): object {
  return { Type: 'Task', Resource: resource, ...more };
}
