// Starts executions, answers and stops them and reads their histories until the platform dies, and remembers what it was told.

import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  ListStateMachinesCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type ExecutionStatus,
  type HistoryEvent,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { setTimeout as delay } from 'node:timers/promises';
import type { Effect, EffectSink } from './effect-sink.ts';
import { answerTo } from './execution-checks.ts';
import { executionArn, INPUT, machineArn, MACHINE_NAMES, statesClient, type MachineName } from './execution-house.ts';

/** What the witness knows of an execution. */
export interface Known {
  readonly name: string;
  readonly machine: MachineName;
  /** Its start was acknowledged. */
  isAcknowledged: boolean;
  isStopAsked: boolean;
  /** When it was stopped, or had ended before, as the platform acknowledged. */
  stopped: Date | undefined;
  /** The longest history, and the last status, that anybody was shown. */
  history: readonly HistoryEvent[];
  status: ExecutionStatus | undefined;
}

/** Over all lives of the platform. */
export class Testimony {
  readonly executions = new Map<string, Known>();
  /** Tokens that wait for an answer, and those whose answer was acknowledged, with the execution that they are of. */
  readonly unanswered = new Map<string, string>();
  readonly answered = new Map<string, string>();
  /** Tokens whose answer the platform may have heard although it died before it said so. */
  readonly doubtful = new Set<string>();
  readonly findings: string[] = [];

  newExecution(machine: MachineName, round: number): Known {
    const known: Known = {
      name: `${machine}-${round}-${this.executions.size}`,
      machine,
      isAcknowledged: false,
      isStopAsked: false,
      stopped: undefined,
      history: [],
      status: undefined,
    };
    this.executions.set(known.name, known);
    return known;
  }

  asked({ token, execution }: Effect): void {
    if (token !== undefined && !this.answered.has(token)) this.unanswered.set(token, execution);
  }
}

/** Started in one life, so that the machine has as many functions to run as it can. */
const STARTED_MOST = 10;
const START_PAUSE_MS = 120;

/** Ends when the platform has stopped answering; an error that is not its death is one of the test. */
export async function live(endpoint: string, sink: EffectSink, testimony: Testimony, round: number): Promise<void> {
  const states = statesClient(endpoint);
  const stopListening = sink.onEffect((effect) => testimony.asked(effect));
  // Whoever has nothing to ask does not notice that nobody is there.
  const death = new AbortController();
  const untilDeath = (work: Promise<void>): Promise<void> => work.finally(() => death.abort());
  const ended = await Promise.allSettled([
    startSome(states, testimony, round),
    untilDeath(repeat(() => answerAll(states, testimony), death.signal)),
    untilDeath(repeat(() => readOne(states, testimony), death.signal)),
  ]);
  stopListening();
  states.destroy();
  for (const end of ended) if (end.status === 'rejected' && !isDeath(end.reason)) throw end.reason;
}

async function repeat(step: () => Promise<void>, until: AbortSignal): Promise<void> {
  while (!until.aborted) {
    await step();
    await delay(20);
  }
}

async function startSome(states: SFNClient, testimony: Testimony, round: number): Promise<void> {
  for (let started = 0; started < STARTED_MOST; started += 1) {
    const machine = MACHINE_NAMES[started % MACHINE_NAMES.length] ?? 'sequence';
    const known = testimony.newExecution(machine, round);
    await start(states, known);
    await delay(START_PAUSE_MS);
    if (started % 5 === 4) await stop(states, known, testimony);
  }
}

/** A caller that does not know whether it was heard asks again in the same words. */
export async function start(states: SFNClient, known: Known): Promise<void> {
  const { name, machine } = known;
  const { executionArn: arn } = await states.send(
    new StartExecutionCommand({ stateMachineArn: machineArn(machine), name, input: INPUT }),
  );
  if (arn !== executionArn(machine, name)) throw new Error(`${name} was started as ${arn}`);
  known.isAcknowledged = true;
}

async function stop(states: SFNClient, known: Known, testimony: Testimony): Promise<void> {
  const { name, machine } = known;
  known.isStopAsked = true;
  try {
    const asked = { executionArn: executionArn(machine, name), error: 'Stopped', cause: 'by the witness' };
    known.stopped = (await states.send(new StopExecutionCommand(asked))).stopDate;
  } catch (error) {
    if (!(error instanceof ExecutionDoesNotExist)) throw error;
    testimony.findings.push(`${name} was acknowledged and is not there`);
  }
}

export async function answerAll(states: SFNClient, testimony: Testimony): Promise<void> {
  for (const [token, execution] of testimony.unanswered) {
    const wasDoubtful = testimony.doubtful.has(token);
    testimony.doubtful.add(token);
    try {
      await states.send(new SendTaskSuccessCommand({ taskToken: token, output: answerTo(execution) }));
      testimony.answered.set(token, execution);
    } catch (error) {
      if (isDeath(error)) throw error;
      // It had heard the answer before it died, or the execution was stopped.
      if (!wasDoubtful && testimony.executions.get(execution)?.isStopAsked !== true)
        testimony.findings.push(`the task of ${execution} waited for an answer, and did not take it: ${String(error)}`);
    }
    testimony.unanswered.delete(token);
  }
}

/** What a reader was shown once is so for ever. */
async function readOne(states: SFNClient, testimony: Testimony): Promise<void> {
  const all = [...testimony.executions.values()].slice(-STARTED_MOST).filter(({ isAcknowledged }) => isAcknowledged);
  const known = all[Math.floor(Math.random() * all.length)];
  // The platform is asked in any case: it is noticed here that it has died.
  if (known === undefined) await states.send(new ListStateMachinesCommand({}));
  else if (!(await read(states, known, testimony))) testimony.findings.push(`${known.name} was acknowledged and is not there`);
}

/** False where there is no such execution. */
export async function read(states: SFNClient, known: Known, testimony: Testimony): Promise<boolean> {
  const seen = await seenNow(states, executionArn(known.machine, known.name));
  if (seen === undefined) return false;
  const { status, history } = seen;
  if (known.status !== undefined && known.status !== 'RUNNING' && status !== known.status)
    testimony.findings.push(`${known.name} was shown as ${known.status}, and is ${status}`);
  const changed = known.history.findIndex((event, index) => JSON.stringify(event) !== JSON.stringify(history[index]));
  if (changed !== -1)
    testimony.findings.push(
      `${known.name} was shown the event ${JSON.stringify(known.history[changed])}, and has ${JSON.stringify(history[changed])}`,
    );
  Object.assign(known, { status, history });
  return true;
}

async function seenNow(states: SFNClient, arn: string): Promise<Pick<Known, 'status' | 'history'> | undefined> {
  try {
    const { status } = await states.send(new DescribeExecutionCommand({ executionArn: arn }));
    const history: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await states.send(new GetExecutionHistoryCommand({ executionArn: arn, maxResults: 1000, nextToken }));
      history.push(...(page.events ?? []));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    return { status, history };
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return undefined;
    throw error;
  }
}

/** The platform was killed under a request: a connection error, or an answer cut short. Everything else is a finding. */
export function isDeath(error: unknown): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  return /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|aborted|other side closed|premature|TimeoutError/i.test(
    `${String(error)} ${name} ${code}`,
  );
}
