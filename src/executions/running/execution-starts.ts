// How executions begin: StartExecution, StartSyncExecution. https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html

import type { Clock, Random } from '#kernel';
import type { JournalRow, JournalStore } from '#store';
import type { Json } from '#workflows';
import type { MachinePort } from '../machines/machine-port.ts';
import { checkStatesName } from '../machines/states-names.ts';
import { executionExists, invalidInput, wrongMachineType } from './execution-answers.ts';
import { attributesOf, factsOf } from './execution-record.ts';
import type { NewExecution } from './execution-record.ts';
import { arnOfRow } from './execution-record.ts';
import type { StartedExecution, StartRequest, SyncExecution } from './execution-requests.ts';
import { inputTextOf } from './input-text.ts';
import { readData } from './json-data.ts';
import { OpenCount } from './open-count.ts';
import type { Runner } from './runner.ts';

export interface StartsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly journals: Pick<JournalStore, 'records' | 'countRunning'>;
  readonly machines: MachinePort;
  readonly runner: Runner;
}

/** Lambda's and Step Functions' smallest slice of memory that is billed, and of time. https://aws.amazon.com/step-functions/pricing/ */
const BILLED_MEMORY_MIB = 64;
const BILLED_MS = 100;

export class Starts {
  readonly #parts: StartsParts;
  readonly #openCount: OpenCount;

  constructor(parts: StartsParts) {
    this.#parts = parts;
    this.#openCount = new OpenCount(parts.journals);
  }

  async start(request: StartRequest): Promise<StartedExecution> {
    const of = await this.#newExecution(request);
    await this.#openCount.admit();
    const begun = await this.#parts.runner.begin(of);
    if (begun.kind === 'begun') return { executionArn: begun.arn, startedAtMs: of.startedAtMs };
    return this.#again(begun.row, of.input);
  }

  /** The same name and input while it is open is the same execution. */
  async #again(row: JournalRow, input: Json): Promise<StartedExecution> {
    const executionArn = arnOfRow(row);
    if (row.endedAtMs !== undefined) throw executionExists(executionArn);
    const text = await inputTextOf(this.#parts.journals, row);
    if (JSON.stringify(JSON.parse(text)) !== JSON.stringify(input)) throw executionExists(executionArn);
    return { executionArn, startedAtMs: row.startedAtMs };
  }

  async startSync(request: StartRequest, signal: AbortSignal): Promise<SyncExecution> {
    const of = await this.#newExecution(request);
    if (of.executionType !== 'EXPRESS') throw wrongMachineType();
    signal.throwIfAborted();
    const { clock, runner } = this.#parts;
    const { scope, machine, startedAtMs } = of;
    const facts = factsOf(attributesOf(of), { ...of, mapItem: undefined });
    const beganMs = clock.monotonicMs();
    const run = runner.express.runInMemory(scope, { runnable: machine, machine: runner.compiled.get(machine), facts });
    const outcome = await orAborted(run, signal);
    const durationMs = clock.monotonicMs() - beganMs;
    return {
      executionArn: facts.arn,
      stateMachineArn: machine.machine.arn,
      name: facts.name,
      startedAtMs,
      endedAtMs: clock.now(),
      input: of.inputText,
      traceHeader: of.traceHeader,
      outcome: outcome ?? { status: 'ABORTED', error: undefined, cause: 'The platform went down while the execution ran.' },
      billing: { durationMs: Math.max(1, Math.ceil(durationMs / BILLED_MS)) * BILLED_MS, memoryMiB: BILLED_MEMORY_MIB },
    };
  }

  async #newExecution(request: StartRequest): Promise<NewExecution> {
    const { clock, machines, random } = this.#parts;
    const { scope, traceHeader } = request;
    if (request.name !== undefined) checkStatesName(request.name);
    const inputText = request.input ?? '{}';
    const read = readData(inputText);
    if (read.kind === 'invalid') throw invalidInput(read.why);
    const machine = await machines.runnable(scope, request.stateMachineArn);
    const { name: machineName, type: executionType } = machine.machine;
    const shown = request.name ?? random.uuid();
    const name = executionType === 'EXPRESS' ? `${shown}:${random.uuid()}` : shown;
    return {
      scope,
      machine,
      machineName,
      name,
      executionType,
      startedAtMs: clock.now(),
      inputText,
      input: read.value,
      traceHeader,
      child: undefined,
    };
  }
}

/** The execution goes on without its caller, as on AWS. */
async function orAborted<Result>(run: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>();
  const aborted = () => reject(signal.reason);
  signal.addEventListener('abort', aborted, { once: true });
  try {
    return await Promise.race([run, promise]);
  } finally {
    signal.removeEventListener('abort', aborted);
  }
}
