// What a map run comes to: its children's outputs in the order of its items, in the state's output or as files in a bucket.
// https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html

import type { Actor, Buckets } from '#buckets';
import { LIMITS } from '#kernel';
import type { JournalStore } from '#store';
import { isArray } from '#workflows';
import type { Json } from '#workflows';
import { bucketFailure } from '../bucket-failure.ts';
import { InputReader } from '../input-chunks.ts';
import type { MapRunTotals } from '../map-run-head.ts';
import { childName, mapRunName } from '../map-run-names.ts';
import { itemsIn } from '../map-run-plan.ts';
import type { MapRunPlan } from '../map-run-plan.ts';
import type { RunContext } from '../map-run-context.ts';
import { outcomes } from '../outcomes.ts';
import type { ChildOutcome } from '../outcomes.ts';
import { endedRecord, pendingRecord } from './child-record.ts';
import type { ToldChild } from './child-record.ts';
import { ResultFiles } from './result-files.ts';
import { writerSettings } from './writer-settings.ts';
import type { Transformation, WriterSettings } from './writer-settings.ts';

export type Collected =
  | { readonly kind: 'output'; readonly output: Json; readonly written: MapRunTotals }
  | { readonly kind: 'failed'; readonly error: string; readonly cause: string };

export interface ResultParts {
  readonly journals: Pick<JournalStore, 'records'>;
  readonly buckets: Pick<Buckets, 'putObject' | 'getBucket'>;
}

/** Looked at before anything begins, so that a bucket that is not there costs no work. Undefined where nothing is wrong. */
export async function writerProblem(
  parts: ResultParts,
  { scope, plan }: Pick<RunContext, 'scope' | 'plan'>,
): Promise<string | undefined> {
  if (plan.resultWriter === undefined) return undefined;
  const read = writerSettings(plan.resultWriter, plan.mapRunArn);
  if (read.kind === 'unfit') return read.cause;
  const { destination } = read.settings;
  if (destination === undefined) return undefined;
  try {
    await parts.buckets.getBucket({ scope, bucket: destination.bucket });
    return undefined;
  } catch (error) {
    return bucketFailure(error, idOf(plan));
  }
}

/** The same each time that it is asked for: nothing of it is kept. */
export async function collectResults(parts: ResultParts, run: RunContext): Promise<Collected> {
  const { plan } = run;
  if (plan.resultWriter === undefined) return gather(parts, run, undefined);
  const read = writerSettings(plan.resultWriter, plan.mapRunArn);
  if (read.kind === 'unfit') return writerFailed(read.cause);
  if (read.settings.destination === undefined) return gather(parts, run, read.settings);
  try {
    return await writeFiles(parts, run, read.settings);
  } catch (error) {
    return writerFailed(bucketFailure(error, idOf(plan)));
  }
}

function writerFailed(cause: string): Collected {
  return { kind: 'failed', error: 'States.ResultWriterFailed', cause };
}

function idOf({ mapRunArn }: MapRunPlan): string {
  return mapRunName(mapRunArn)?.id ?? mapRunArn;
}

async function gather(parts: ResultParts, run: RunContext, settings: WriterSettings | undefined): Promise<Collected> {
  const texts: string[] = [];
  let bytes = 2;
  const inputs = new InputReader(parts.journals, run.journal, run.plan.firsts);
  for await (const { index, child } of outcomes(parts.journals, run.journal)) {
    for (const text of settings === undefined ? [plainText(child)] : await textsOf(run, { index, child, inputs, ...settings })) {
      texts.push(text);
      bytes += Buffer.byteLength(text) + 1;
    }
    if (bytes - 1 > LIMITS.statePayloadBytes) return tooLarge(run.plan);
  }
  const output: Json = settings?.isLines === true ? texts.join('\n') : JSON.parse(`[${texts.join(',')}]`);
  return { kind: 'output', output, written: { executions: 0, items: 0 } };
}

/** Without a writer, a child that failed within the tolerance has its place among the results. */
function plainText({ outcome }: ChildOutcome): string {
  if (outcome.status === 'SUCCEEDED') return outcome.output;
  const { status, error, cause } = outcome;
  return JSON.stringify({ Status: status, Error: error, Cause: cause });
}

function tooLarge({ label }: MapRunPlan): Collected {
  return {
    kind: 'failed',
    error: 'States.DataLimitExceeded',
    cause: `The state/task '${label}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  };
}

type EndedChild = {
  readonly index: number;
  readonly child: ChildOutcome;
  readonly inputs: InputReader;
  readonly transformation: Transformation;
};

/** AWS leaves the record of a failed child as it is, whatever the transformation. */
async function textsOf(run: RunContext, { index, child, inputs, transformation }: EndedChild): Promise<readonly string[]> {
  const { outcome } = child;
  if (outcome.status !== 'SUCCEEDED' || transformation === 'NONE')
    return [JSON.stringify(endedRecord(tellOf(run, child.name, await inputs.read(index)), child))];
  if (transformation === 'COMPACT') return [outcome.output];
  const output: Json = JSON.parse(outcome.output);
  return isArray(output) ? output.map((value) => JSON.stringify(value)) : [outcome.output];
}

function tellOf({ scope, machine, plan, arnOf }: RunContext, name: string, input: Json): ToldChild {
  const { label, executionType } = plan;
  return {
    executionArn: arnOf({ scope, machine, label, name, executionType }),
    stateMachineArn: `${machine.machine.arn}/${label}`,
    name,
    executionType,
    input: JSON.stringify(input),
  };
}

async function writeFiles(parts: ResultParts, run: RunContext, settings: WriterSettings): Promise<Collected> {
  const { scope, plan, journal } = run;
  const { destination, transformation, isLines } = settings;
  if (destination === undefined) return writerFailed(`The value for the field 'Bucket' must be a STRING`);
  const actor: Actor = { requestId: idOf(plan), principalId: 'AWS:states.amazonaws.com', sourceAddress: 'states.amazonaws.com' };
  const files = new ResultFiles(parts.buckets, { scope, actor, ...destination }, isLines);
  const inputs = new InputReader(parts.journals, journal, plan.firsts);
  let next = 0;
  let executions = 0;
  let items = 0;
  const pendingUpTo = async (end: number): Promise<void> => {
    for (; next < end; next++)
      await files.add('PENDING', JSON.stringify(pendingRecord(tellOf(run, childName(plan, next, 0), await inputs.read(next)))));
  };
  for await (const { index, child } of outcomes(parts.journals, journal)) {
    await pendingUpTo(index);
    const kind = child.outcome.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED';
    for (const text of await textsOf(run, { index, child, inputs, transformation })) await files.add(kind, text);
    executions += 1;
    items += itemsIn(plan, await inputs.read(index));
    next = index + 1;
  }
  await pendingUpTo(plan.totals.executions);
  const key = await files.finish(plan.mapRunArn);
  const output = { MapRunArn: plan.mapRunArn, ResultWriterDetails: { Bucket: destination.bucket, Key: key } };
  return { kind: 'output', output, written: { executions, items } };
}
