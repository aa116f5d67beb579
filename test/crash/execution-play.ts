// An execution played on a clock that is turned by hand, whose process dies where it is told: at any call of its journal, and where its tasks begin and
// answer. Everything that can be died at is counted, so that a test can go through all of it.

import type { TestContext } from 'node:test';
import type { JournalStep, JournalStore } from '#store';
import type { HistoryEvent, Json } from '#workflows';
import type { StartedTask, TaskEnd } from '../../src/executions/tasks/task-port.ts';
import { settled } from '../support/fake-clock.ts';
import { ExecutionsHouse, SCOPE } from '../support/executions-house.ts';
import type { Effect } from './effect-sink.ts';
import { answerTo, findingsOf, type SeenEvent } from './execution-checks.ts';
import { INNER, INPUT, MACHINES, type MachineName } from './execution-house.ts';

export interface PlayOptions {
  readonly machine: MachineName;
  /** Numbers of the boundaries at which it dies, counted over all lives. */
  readonly deaths: readonly number[];
  /** The broken build: it says that steps are saved, carries out what they ask for, and saves them later. */
  readonly isEarly?: boolean;
}

export interface Played {
  /** All that it came by. */
  readonly boundaries: readonly string[];
  /** One more than its deaths. */
  readonly lives: number;
  readonly findings: readonly string[];
}

type Verb = (...values: readonly unknown[]) => Promise<unknown>;

const NAME = 'played';
const TASK_MS = 20;
const EARLY_MS = 30;
/** Far more than any of the machines takes, with a few deaths. */
const TURNS_MOST = 200;
const TURN_MS = 100;

export async function play(options: PlayOptions): Promise<Played> {
  const ends: (() => unknown)[] = [];
  const test: Pick<TestContext, 'after'> = { after: (end) => void ends.push(end as () => unknown) };
  try {
    return await new Play(test, options).played();
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

class Play {
  readonly #house: ExecutionsHouse;
  readonly #options: PlayOptions;
  readonly #journals: JournalStore;
  readonly #boundaries: string[] = [];
  readonly #effects: Effect[] = [];
  readonly #failed = new Set<string>();
  readonly #unanswered = new Set<string>();
  /** What the present process was asked for; the next is asked again. */
  #asked = new Set<string>();
  #life = 0;
  #isAcknowledged = false;
  #isAnswered = false;

  constructor(test: Pick<TestContext, 'after'>, options: PlayOptions) {
    this.#options = options;
    this.#house = new ExecutionsHouse(test, { tasks: (task) => this.#carryOut(task) });
    this.#journals = this.#house.store.journals;
    Object.assign(this.#house.store, { journals: this.#doomedJournals() });
  }

  async played(): Promise<Played> {
    const { machine } = this.#options;
    const arn = this.#house.machine(machine, MACHINES[machine].definition);
    // The first process was put together before its journals were doomed.
    await this.#house.crash();
    let status: string | undefined;
    for (let turn = 0; turn < TURNS_MOST; turn += 1) {
      if (!this.#isAcknowledged) this.#ask('start', () => this.#start(arn));
      for (const token of this.#unanswered) this.#ask(token, () => this.#answer(token));
      await this.#house.clock.advance(TURN_MS);
      status = await this.#status(arn);
      if (status !== 'RUNNING' && status !== undefined && this.#isAcknowledged) break;
    }
    // What has ended is not gone on with by another process.
    await this.#house.crash();
    await this.#house.clock.advance(60_000);
    const findings = await this.#examine(arn, status);
    return { boundaries: this.#boundaries, lives: this.#life + 1, findings };
  }

  /** True where the process dies: whoever asked is never answered. */
  #diesAt(boundary: string): boolean {
    this.#boundaries.push(boundary);
    if (!this.#options.deaths.includes(this.#boundaries.length)) return false;
    this.#life += 1;
    this.#asked = new Set();
    void this.#house.crash();
    return true;
  }

  #doomedJournals(): JournalStore {
    const never = (): Promise<never> => new Promise(() => undefined);
    const doomed = Object.entries(this.#journals as unknown as Readonly<Record<string, Verb>>).map(([verb, call]) => {
      const step: Verb = async (...values) => {
        const what = verb === 'append' ? `append that ${turnOf(values[2] as JournalStep)}` : verb;
        if (this.#diesAt(`${what}, asked`)) return never();
        const result = await (verb === 'append' && this.#options.isEarly === true
          ? this.#appendLate(call, values)
          : call(...values));
        return this.#diesAt(`${what}, written`) ? never() : result;
      };
      return [verb, step] as const;
    });
    return Object.fromEntries(doomed) as unknown as JournalStore;
  }

  #last: Promise<unknown> = Promise.resolve();

  #appendLate(append: Verb, values: readonly unknown[]): Promise<boolean> {
    const life = this.#life;
    const before = this.#last;
    this.#last = this.#house.clock.pause(EARLY_MS).then(async () => {
      await before;
      return life === this.#life ? append(...values) : undefined;
    });
    return Promise.resolve(true);
  }

  async #carryOut({ command }: StartedTask): Promise<TaskEnd> {
    const input = command.input as { readonly Payload?: Json; readonly StateMachineArn?: string; readonly Input?: Json };
    if (input.StateMachineArn !== undefined) return this.#beginChild(input.Input ?? {});
    const effect = (input.Payload ?? input) as unknown as Effect;
    const { step, token } = effect;
    if (this.#diesAt(`${step}, to be begun`)) return new Promise(() => undefined);
    if (step === 'flaky' && !this.#failed.has(step)) {
      this.#failed.add(step);
      return { kind: 'failed', error: 'Flaky', cause: 'out of order' };
    }
    this.#effects.push(effect);
    if (token !== undefined && !this.#isAnswered) this.#unanswered.add(token);
    if (this.#diesAt(`${step}, begun`)) return new Promise(() => undefined);
    await this.#answersTogether();
    if (this.#diesAt(`${step}, answered`)) return new Promise(() => undefined);
    const done = { done: `${step} of ${NAME}` };
    if (token !== undefined) return { kind: 'submitted', output: done, waitsFor: { kind: 'callback' } };
    return { kind: 'succeeded', output: input.Payload === undefined ? done : { Payload: done } };
  }

  /** Begun again after a death, it is the same child. */
  async #beginChild(input: Json): Promise<TaskEnd> {
    if (this.#diesAt('a child, to be begun')) return new Promise(() => undefined);
    const arn = this.#house.machine('inner', INNER);
    await this.#begin(arn, input, 'child');
    if (this.#diesAt('a child, begun')) return new Promise(() => undefined);
    const child = `${arn.replace(':stateMachine:', ':execution:')}:child`;
    return { kind: 'submitted', output: { ExecutionArn: child }, waitsFor: { kind: 'execution', arn: child } };
  }

  #pause: Promise<void> | undefined;

  /** What is under way at one time ends at one time, so that one step takes in several ends. */
  #answersTogether(): Promise<void> {
    this.#pause ??= this.#house.clock.pause(TASK_MS).finally(() => (this.#pause = undefined));
    return this.#pause;
  }

  #ask(what: string, ask: () => Promise<void>): void {
    if (this.#asked.has(what)) return;
    this.#asked.add(what);
    void ask();
  }

  async #start(arn: string): Promise<void> {
    await this.#begin(arn, JSON.parse(INPUT) as Json, NAME);
    this.#isAcknowledged = true;
  }

  async #begin(arn: string, input: Json, name: string): Promise<void> {
    await this.#house.start(arn, input, name).catch((error: unknown) => {
      // An earlier process had heard the same, and it has ended since.
      if ((error as { readonly code?: string }).code !== 'ExecutionAlreadyExists') throw error;
    });
  }

  async #answer(taskToken: string): Promise<void> {
    const { tasks } = this.#house.executions;
    const isAcknowledged = await tasks.succeed({ scope: SCOPE, taskToken, output: answerTo(NAME) }).then(
      () => true,
      (error: unknown) => {
        // It had heard the answer before it died.
        if ((error as { readonly code?: string }).code !== 'TaskTimedOut' || this.#life === 0) throw error;
        return false;
      },
    );
    this.#isAnswered ||= isAcknowledged;
    this.#unanswered.delete(taskToken);
  }

  async #row(arn: string) {
    return this.#journals.find({ scope: SCOPE, kind: 'execution', owner: arn, name: NAME });
  }

  async #status(arn: string): Promise<string | undefined> {
    await settled();
    return (await this.#row(arn))?.status;
  }

  async #examine(arn: string, status: string | undefined): Promise<readonly string[]> {
    const row = await this.#row(arn);
    if (row === undefined) return [`${NAME} was acknowledged and is lost`];
    const steps = await this.#journals.entries(row.number, { fromId: 1, order: 'forwards', limit: 1000 });
    const history = steps.flatMap(({ body }) => JSON.parse(body) as readonly HistoryEvent[]).map(seen);
    const { plan } = MACHINES[this.#options.machine];
    const left = await this.#journals.open(row.number);
    const findings = [
      ...findingsOf({
        name: NAME,
        plan,
        status: row.status,
        history,
        effects: this.#effects,
        isStopAsked: false,
        hasGoneOn: false,
        isAnswered: this.#isAnswered,
      }),
    ];
    if (row.status !== status) findings.push(`${NAME} was ${status} and is ${row.status}`);
    if (row.status !== 'SUCCEEDED') findings.push(`${NAME} has not succeeded`);
    if (left !== undefined && left.timers.size > 0)
      findings.push(`${NAME} has ended, and has timers: ${[...left.timers.keys()].join()}`);
    if ((await this.#journals.busy('execution', row.number - 1, 1)).length > 0) findings.push(`${NAME} has ended, and is busy`);
    for (const { token } of this.#effects)
      if (token !== undefined && (await this.#journals.callback(token)) !== undefined)
        findings.push(`${NAME} has ended, and waits for an answer`);
    return findings;
  }
}

function turnOf({ timers = [], callbacks = [], status }: JournalStep): string {
  if (status?.endedAtMs !== undefined) return 'ends';
  if (callbacks.length > 0) return callbacks.some(({ put }) => put !== undefined) ? 'waits for a callback' : 'takes a callback in';
  if (timers.length > 0) return timers.some(({ dueAtMs }) => dueAtMs !== undefined) ? 'sets a timer' : 'cancels a timer';
  return 'goes on';
}

function seen({ id, previousEventId, type, details }: HistoryEvent): SeenEvent {
  const textOf = (member: string, key: string): string | undefined => {
    const text = details?.member === member ? details.value[key] : undefined;
    return typeof text === 'string' ? text : undefined;
  };
  return {
    id,
    previousEventId,
    type,
    exited: textOf('stateExitedEventDetails', 'name'),
    output: textOf('taskSucceededEventDetails', 'output'),
  };
}
