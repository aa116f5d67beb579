// Map runs on a real store, and on real buckets where a test has them, with children that end when it says so.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createMapRuns, type ChildExecutions, type ChildRequest, type ExecutionEnd, type MapRuns } from '#executions';
import type { MapRunRequest } from '#executions';
import type { Command, Input, Json, Outcome } from '#workflows';
import { scope, type BucketsHouse } from './buckets-house.ts';
import { FakeClock } from './fake-clock.ts';
import { facts } from './flow-runner.ts';
import { inlineStore, type InlineStore } from './inline-store.ts';
import { QuietLog } from './quiet-log.ts';
import { seededRandom } from './seeded-random.ts';

export { scope } from './buckets-house.ts';

const MACHINE_ARN = 'arn:aws:states:us-east-1:111111111111:stateMachine:machine';

export const machine: MapRunRequest['machine'] = {
  scope,
  machine: { arn: MACHINE_ARN, name: 'machine', type: 'STANDARD' },
  revisionId: 'revision',
  definition: '{}',
  roleArn: 'arn:aws:iam::111111111111:role/flow',
  versionArn: undefined,
  aliasArn: undefined,
  logging: undefined,
};

export const mapRunArn = 'arn:aws:states:us-east-1:111111111111:mapRun:machine/each:00000000-0000-4000-8000-000000000001';

/** What an execution is told when too many children have failed. */
export const THRESHOLD = {
  kind: 'map-run-failed',
  mapRunId: mapRunArn,
  error: 'States.ExceedToleratedFailureThreshold',
  cause: 'The specified tolerated failure threshold was exceeded',
};

export function succeeded(output: Json): Input {
  return { kind: 'map-run-succeeded', mapRunId: mapRunArn, output };
}

export function numbers(count: number): readonly Json[] {
  return Array.from({ length: count }, (_, index) => index);
}

export function onlyTold({ told }: MapRunsHouse): Input | undefined {
  assert(told.length <= 1, 'an execution is told once');
  return told[0]?.input;
}

type StartMapRun = Extract<Command, { kind: 'start-map-run' }>;

export function startOf(inputs: readonly Json[], over: Partial<StartMapRun> = {}): StartMapRun {
  return {
    kind: 'start-map-run',
    mapRunId: mapRunArn,
    flowPath: '/States/Each/ItemProcessor',
    label: 'each',
    executionType: 'STANDARD',
    inputs,
    itemCount: inputs.length,
    maxConcurrency: 0,
    toleratedFailureCount: undefined,
    toleratedFailurePercentage: undefined,
    resultWriter: undefined,
    ...over,
  };
}

/** Children as they are in one process: what is on the disk of them survives `crash`. */
export class FakeChildren implements ChildExecutions {
  /** By ARN, all that were ever begun; of each, how often its first step was taken. */
  readonly begun = new Map<string, { readonly child: ChildRequest; end: ExecutionEnd | undefined; begins: number }>();
  /** By ARN and token. */
  readonly redriven = new Set<string>();
  /** What a child ends with as soon as it begins; undefined where the test ends it. */
  answer: (child: ChildRequest) => Outcome | undefined = () => undefined;
  #now: () => number;
  #waiting = new Map<string, (end: ExecutionEnd | undefined) => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  arnOf({ machine: of, label, name, executionType }: Parameters<ChildExecutions['arnOf']>[0]): string {
    return `arn:aws:states:us-east-1:111111111111:${executionType === 'EXPRESS' ? 'express' : 'execution'}:${of.machine.name}/${label}:${name}`;
  }

  get open(): readonly ChildRequest[] {
    return [...this.begun.values()].flatMap(({ child, end }) => (end === undefined ? [child] : []));
  }

  async run(child: ChildRequest): Promise<ExecutionEnd | undefined> {
    const arn = this.arnOf(child);
    const there = this.begun.get(arn);
    if (there?.end !== undefined) return there.end;
    if (there === undefined) this.begun.set(arn, { child, end: undefined, begins: 1 });
    const { promise, resolve } = Promise.withResolvers<ExecutionEnd | undefined>();
    this.#waiting.set(arn, resolve);
    const outcome = this.answer(child);
    if (outcome !== undefined) this.end(child, outcome);
    return promise;
  }

  end(child: ChildRequest, outcome: Outcome): void {
    const arn = this.arnOf(child);
    const there = this.begun.get(arn);
    if (there === undefined || there.end !== undefined) throw new Error(`${arn} is not open`);
    there.end = { executionArn: arn, name: child.name, startedAtMs: this.#now(), endedAtMs: this.#now(), outcome };
    this.#waiting.get(arn)?.(there.end);
    this.#waiting.delete(arn);
  }

  succeed(child: ChildRequest, output: Json = child.input): void {
    this.end(child, { status: 'SUCCEEDED', output: JSON.stringify(output) });
  }

  fail(child: ChildRequest, error = 'Broken'): void {
    this.end(child, { status: 'FAILED', error, cause: 'it broke' });
  }

  async stop(arn: string): Promise<boolean> {
    const there = this.begun.get(arn);
    if (there === undefined || there.end !== undefined) return false;
    this.end(there.child, { status: 'ABORTED', error: undefined, cause: undefined });
    return true;
  }

  async redrive(arn: string, token: string): Promise<boolean> {
    const there = this.begun.get(arn);
    if (this.redriven.has(`${arn} ${token}`)) return true;
    if (there?.end === undefined || there.end.outcome.status === 'SUCCEEDED') return false;
    there.end = undefined;
    this.redriven.add(`${arn} ${token}`);
    return true;
  }

  /** The process is gone: nobody is told of anything any more. */
  crash(): void {
    this.#waiting = new Map();
  }
}

export interface MapRunsHouse {
  readonly store: InlineStore;
  readonly clock: FakeClock;
  readonly children: FakeChildren;
  /** What executions were told, by ARN. */
  readonly told: { readonly arn: string; readonly input: Input }[];
  readonly mapRuns: MapRuns;
  begin(command: StartMapRun, over?: Partial<MapRunRequest>): Promise<void>;
  /** Whatever can happen without time passing and without buckets has happened. */
  settle(): Promise<void>;
  /** What an execution is told next. */
  nextTold(): Promise<Input>;
  /** The process dies before it is about to write for the so many-th time from now on. */
  dieAt(write: number): void;
  /** The process is dead, and another takes over. */
  restart(): Promise<void>;
}

const noBucket = async (): Promise<never> => {
  throw new Error('this test has no buckets');
};
const NO_BUCKETS = { putObject: noBucket, getBucket: noBucket, readObject: noBucket, listObjects: noBucket };

const WRITES = new Set(['journals.begin', 'journals.append']);

export function mapRunsHouse(test: Pick<TestContext, 'after'>, house?: BucketsHouse): MapRunsHouse {
  const clock = house?.clock ?? new FakeClock();
  const log = house?.log ?? new QuietLog();
  const store = inlineStore(test);
  const children = new FakeChildren(() => clock.now());
  const told: { arn: string; input: Input }[] = [];
  let toldNext = Promise.withResolvers<Input>();
  let process = { isAlive: true };
  let writesLeft = Number.POSITIVE_INFINITY;
  store.fault = (verb) => {
    if (!WRITES.has(verb)) return;
    writesLeft -= 1;
    if (writesLeft === 0) process.isAlive = false;
    if (writesLeft === 0) throw new Error('the process is dead');
  };
  /** Of a process that is dead, nothing is heard any more. */
  const within = <Target extends object>(target: Target, mine: { isAlive: boolean }): Target =>
    new Proxy(target, {
      get(of, name) {
        const member: unknown = Reflect.get(of, name);
        if (typeof member !== 'function') return member;
        return (...values: unknown[]) => (mine.isAlive ? member.apply(of, values) : new Promise(() => undefined));
      },
    });
  const create = (): MapRuns => {
    const mine = { isAlive: true };
    process = mine;
    return createMapRuns({
      clock: within(clock, mine),
      log,
      random: seededRandom(1),
      journals: within(store.journals, mine),
      buckets: house?.buckets ?? NO_BUCKETS,
      children: within(children, mine),
      machines: { revision: async () => machine },
      async deliver(arn, input) {
        if (!mine.isAlive) return new Promise(() => undefined);
        told.push({ arn, input });
        toldNext.resolve(input);
        toldNext = Promise.withResolvers();
        return true;
      },
    });
  };
  let mapRuns = create();
  test.after(() => mapRuns.close());
  return {
    store,
    clock,
    children,
    told,
    get mapRuns() {
      return mapRuns;
    },
    begin: (command, over = {}) => mapRuns.begin({ scope, machine, facts: facts(), command, ...over }),
    settle: () => clock.advance(0),
    nextTold: () => toldNext.promise,
    dieAt(write) {
      writesLeft = write;
    },
    async restart() {
      process.isAlive = false;
      writesLeft = Number.POSITIVE_INFINITY;
      children.crash();
      mapRuns = create();
      await mapRuns.open();
    },
  };
}
