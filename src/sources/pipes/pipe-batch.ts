// One batch of a pipe: enriched where it has an enrichment, shaped by templates, handed to the target.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html

import type { Invocations } from '#invocation';
import { ApiError, LIMITS } from '#kernel';
import type { Clock, RequestId, Scope } from '#kernel';
import { targetOf } from '#registry';
import type { StateMachinePort } from '../courier/ports.ts';
import type { BatchCall, FunctionBatchParts, Looped } from '../mappings/function-batch.ts';
import { failuresIn } from '../mappings/batch-response.ts';
import { apartFromLoops, invokeWithBatch, outcomeOf, traceHeaderOf } from '../mappings/function-batch.ts';
import type { BatchOutcome } from '../polling/batch-outcome.ts';
import { doneWith } from '../polling/batch-outcome.ts';
import type { SourceRecord } from '../polling/source.ts';
import type { ExecutionBatch } from './execution-batch.ts';
import { runWithBatch, startWithBatch } from './execution-batch.ts';
import type { Deliver, Obstacle, PipeDeliveryParts } from './pipe-delivery.ts';
import { pipeDelivery } from './pipe-delivery.ts';
import { pipeArn } from './pipe-record.ts';
import type { PipeRecord } from './pipe-record.ts';
import type { PipeTarget } from './pipe-target.ts';
import { BATCH_MAX, pipeTargetOf } from './pipe-target.ts';
import type { Filled, PipeIdentity, Template } from './template.ts';
import { compileTemplate, filledOf, TextBudget, TextTooLong } from './template.ts';

export interface PipeBatchParts extends FunctionBatchParts, PipeDeliveryParts {
  readonly clock: Clock;
  readonly invocations: Pick<Invocations, 'invoke' | 'accept'>;
  readonly stateMachines: StateMachinePort;
}

type Records = readonly SourceRecord[];

/** What goes on to the target. `isList`: an array, of however many. */
interface Flow {
  readonly events: readonly { readonly event: unknown; readonly json?: string }[];
  readonly isList: boolean;
}

/** One run of it. */
interface Batch {
  readonly records: Records;
  readonly budget: TextBudget;
}

type Enriched =
  | { readonly kind: 'flows'; readonly flow: Flow }
  | { readonly kind: 'over'; readonly outcome: BatchOutcome | Looped };

export class PipeBatch {
  readonly #parts: PipeBatchParts;
  readonly #scope: Scope;
  readonly #pipe: PipeRecord;
  readonly #identity: PipeIdentity;
  readonly #target: PipeTarget;
  readonly #enrichmentTemplate: Template | undefined;
  readonly #targetTemplate: Template | undefined;
  /** Undefined for functions and state machines, which take the batch as one. */
  readonly #deliver: Deliver | undefined;

  constructor(parts: PipeBatchParts, scope: Scope, pipe: PipeRecord) {
    const { name, source, enrichment, target, enrichmentParameters, targetParameters } = pipe;
    this.#parts = parts;
    this.#scope = scope;
    this.#pipe = pipe;
    this.#identity = { arn: pipeArn(scope, name), name, source, enrichment, target };
    this.#target = pipeTargetOf(target, targetParameters ?? undefined);
    this.#enrichmentTemplate = templateOf(enrichmentParameters?.InputTemplate);
    this.#targetTemplate = templateOf(targetParameters?.InputTemplate);
    this.#deliver = takesBatches(this.#target) ? undefined : pipeDelivery(parts, scope, pipe, this.#target);
  }

  async run(records: Records): Promise<BatchOutcome> {
    try {
      const budget = new TextBudget(LIMITS.pipeTemplateCharacters);
      return await apartFromLoops(records, (together) => this.#run({ records: together, budget }));
    } catch (error) {
      const problem = misfitOf(error);
      if (problem === undefined) throw error;
      return failed(problem);
    }
  }

  async #run(batch: Batch): Promise<BatchOutcome | Looped> {
    const enriched = await this.#enrich(batch);
    if (enriched.kind === 'over') return enriched.outcome;
    const { flow } = enriched;
    if (flow.events.length === 0) return WELL;
    if (flow.events.length > BATCH_MAX[this.#target.kind])
      return failed(`the enrichment answered with ${flow.events.length} events, more than the target takes at once`);
    if (!takesBatches(this.#target)) return this.#toTarget(batch, flow);
    return this.#target.kind === 'function'
      ? this.#toFunction(batch, flow, this.#target)
      : this.#toMachine(batch, flow, this.#target);
  }

  async #enrich({ records, budget }: Batch): Promise<Enriched> {
    const { enrichment } = this.#pipe;
    const flow: Flow = { events: records.map(({ document, json }) => ({ event: document, json })), isList: true };
    if (enrichment === null) return { kind: 'flows', flow };
    const payload = this.#payload(budget, flow, this.#enrichmentTemplate);
    if (isStateMachine(enrichment)) {
      const result = await runWithBatch(this.#parts.stateMachines, this.#execution(records, enrichment, payload));
      return result.kind === 'over' ? result : { kind: 'flows', flow: flowOf(JSON.parse(result.output)) };
    }
    const result = await invokeWithBatch(this.#parts, this.#call(records, enrichment, payload));
    const outcome = outcomeOf(result, records, { reportsItemFailures: false });
    if (outcome.kind !== 'ran' || result.kind !== 'answered') return { kind: 'over', outcome };
    const answer = answerIn(result.answer.payload);
    if (answer === undefined) return { kind: 'over', outcome: failed('the enrichment did not answer with JSON') };
    return { kind: 'flows', flow: flowOf(answer.value) };
  }

  async #toFunction({ records, budget }: Batch, flow: Flow, { arn, isAsynchronous }: BatchTarget) {
    const payload = this.#payload(budget, flow, this.#targetTemplate);
    const bytesMax = isAsynchronous ? LIMITS.asyncPayloadBytes : LIMITS.invokePayloadBytes;
    if (payload.byteLength > bytesMax) return failed(`the batch has ${payload.byteLength} bytes, more than the function takes`);
    const call = this.#call(records, arn, payload);
    if (isAsynchronous) return this.#accept(call, arn);
    const result = await invokeWithBatch(this.#parts, call);
    const reportsItemFailures = result.kind === 'answered' && namesFailures(result.answer.payload);
    return outcomeOf(result, records, { reportsItemFailures });
  }

  /** The output of one that is waited for names failures as a function's answer does. */
  async #toMachine({ records, budget }: Batch, flow: Flow, { arn, isAsynchronous }: BatchTarget): Promise<BatchOutcome> {
    const execution = this.#execution(records, arn, this.#payload(budget, flow, this.#targetTemplate));
    const { stateMachines } = this.#parts;
    if (isAsynchronous) return (await startWithBatch(stateMachines, execution)) ?? WELL;
    const result = await runWithBatch(stateMachines, execution);
    if (result.kind === 'over') return result.outcome;
    const output = Buffer.from(result.output);
    if (!namesFailures(output)) return WELL;
    const failedIds = failuresIn(output, new Set(records.map(({ id }) => id)));
    if (failedIds === undefined) return failed('the execution did not end with a list of batchItemFailures');
    return { kind: 'ran', failed: failedIds, isCrowded: false };
  }

  /** An event for a function that is not there would be dropped later; here its messages can still stay where they are. */
  async #accept({ target, payload, traceHeader }: BatchCall, functionArn: string): Promise<BatchOutcome> {
    const { invocables, invocations, random } = this.#parts;
    try {
      await invocables.resolve(this.#scope, target);
    } catch (error) {
      if (error instanceof ApiError) return { kind: 'refused', problem: `PROBLEM: ${error.message}` };
      throw error;
    }
    await invocations.accept({ requestId: random.uuid() as RequestId, scope: this.#scope, functionArn, payload, traceHeader });
    return WELL;
  }

  async #toTarget(batch: Batch, flow: Flow): Promise<BatchOutcome> {
    const { records } = batch;
    const obstacles = await this.#deliverAll(batch, flow);
    const first = obstacles.find((each) => each !== undefined);
    if (first === undefined) return WELL;
    if (obstacles.every((each) => each?.isEarly === true)) return { kind: 'refused', problem: `PROBLEM: ${first.problem}` };
    // Behind an enrichment nobody can say which event came of which record.
    const isPerRecord = this.#pipe.enrichment === null;
    const failedIds = new Set(
      records.filter((_record, index) => !isPerRecord || obstacles[index] !== undefined).map(({ id }) => id),
    );
    if (failedIds.size === records.length || doneWith(records, failedIds).length === 0) return failed(first.problem);
    return { kind: 'ran', failed: failedIds, isCrowded: false, problem: `PROBLEM: ${first.problem}` };
  }

  /** What kept each event from its target. In order, one after the other, where the source has an order: a group stops at its first failure. */
  async #deliverAll(batch: Batch, flow: Flow): Promise<readonly (Obstacle | undefined)[]> {
    const { records } = batch;
    const isOrdered = this.#pipe.source.endsWith('.fifo');
    if (!isOrdered) return Promise.all(flow.events.map((_event, index) => this.#deliverOne(batch, flow, index)));
    const obstacles: (Obstacle | undefined)[] = [];
    const stopped = new Set<string | undefined>();
    for (const index of flow.events.keys()) {
      const group = this.#pipe.enrichment === null ? records[index]?.group : undefined;
      const obstacle = stopped.has(group) ? HELD_UP : await this.#deliverOne(batch, flow, index);
      if (obstacle !== undefined) stopped.add(group);
      obstacles.push(obstacle);
    }
    return obstacles;
  }

  /** What no template can make a text of is that event's own fault, and no other's of its batch. */
  async #deliverOne({ records, budget }: Batch, flow: Flow, index: number): Promise<Obstacle | undefined> {
    const given = flow.events[index];
    const record = records[index] ?? records[0];
    if (given === undefined || record === undefined || this.#deliver === undefined) return undefined;
    const id = `${this.#pipe.name}/${record.id}/${index}`;
    const traceHeader = record.traceHeader ?? traceHeaderOf(records);
    try {
      const { text } = this.#filled(new TextBudget(LIMITS.pipeEventCharacters, budget), given, this.#targetTemplate);
      return await this.#deliver({ id, event: given.event, text, traceHeader }, this.#parts.clock.now());
    } catch (error) {
      const problem = misfitOf(error);
      if (problem === undefined) throw error;
      return { problem };
    }
  }

  #call(records: Records, arn: string, payload: Uint8Array): BatchCall {
    return { scope: this.#scope, target: targetOf(this.#scope, arn), payload, traceHeader: traceHeaderOf(records) };
  }

  #execution(records: Records, machineArn: string, payload: Uint8Array): ExecutionBatch {
    return { scope: this.#scope, pipeArn: this.#identity.arn, machineArn, records, payload, traceHeader: traceHeaderOf(records) };
  }

  #payload(budget: TextBudget, { events, isList }: Flow, template: Template | undefined): Uint8Array {
    const texts = events.map((each) => this.#filled(budget, each, template).json);
    return Buffer.from(isList ? `[${texts.join(',')}]` : (texts[0] ?? 'null'));
  }

  #filled(budget: TextBudget, { event, json }: Flow['events'][number], template: Template | undefined): Filled {
    if (template !== undefined) return template({ event, pipe: this.#identity, nowMs: this.#parts.clock.now(), budget });
    return json === undefined ? filledOf(event) : { text: json, json };
  }
}

type BatchTarget = Extract<PipeTarget, { kind: 'function' | 'stateMachine' }>;

function takesBatches(target: PipeTarget): target is BatchTarget {
  return target.kind === 'function' || target.kind === 'stateMachine';
}

const isStateMachine = (arn: string): boolean => arn.split(':')[2] === 'states';

/** Undefined where it is not the events that are to blame. JSON is parsed at any depth, and put together again only to some thousands. */
function misfitOf(error: unknown): string | undefined {
  if (error instanceof TextTooLong) return error.message;
  return error instanceof RangeError ? 'the event is nested too deeply' : undefined;
}

const HELD_UP: Obstacle = { problem: 'an earlier message of its group failed' };

const WELL: BatchOutcome = { kind: 'ran', failed: new Set(), isCrowded: false };

const failed = (problem: string): BatchOutcome => ({ kind: 'failed', problem: `PROBLEM: ${problem}` });

const templateOf = (template: string | undefined) => (template === undefined ? undefined : compileTemplate(template));

/** An empty answer (`""`, `{}`, `[]`) is the end of the batch: the target gets nothing. */
function flowOf(answer: unknown): Flow {
  if (Array.isArray(answer)) return { events: answer.map((event: unknown) => ({ event })), isList: true };
  const isEmpty = answer === null || answer === '' || (typeof answer === 'object' && Object.keys(answer).length === 0);
  return { events: isEmpty ? [] : [{ event: answer }], isList: false };
}

/** A pipe's function may answer with anything; only a list of failures means something. */
function namesFailures(payload: Uint8Array): boolean {
  if (!Buffer.from(payload).includes('batchItemFailures')) return false;
  const answer = answerIn(payload)?.value;
  return typeof answer === 'object' && answer !== null && Object.hasOwn(answer, 'batchItemFailures');
}

/** Undefined where it is no JSON: a runtime of the user's own may answer with anything. */
function answerIn(payload: Uint8Array): { readonly value: unknown } | undefined {
  const text = Buffer.from(payload).toString();
  if (text === '') return { value: null };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined; // It is no document; its callers say what that means.
  }
}
