// One batch of a pipe as the input of one execution of a state machine: started and left, or waited for, as with functions.
// https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_PipeTargetStateMachineParameters.html

import { ApiError, derivedUuid, ERROR_CODES } from '#kernel';
import type { ErrorCode } from '#kernel';
import type { StateMachinePort } from '../courier/ports.ts';
import type { BatchCall } from '../mappings/function-batch.ts';
import type { BatchOutcome } from '../polling/batch-outcome.ts';
import type { SourceRecord } from '../polling/source.ts';

export interface ExecutionBatch extends Pick<BatchCall, 'scope' | 'payload' | 'traceHeader'> {
  readonly pipeArn: string;
  readonly machineArn: string;
  readonly records: readonly SourceRecord[];
}

/** Undefined when it is on the disk. A batch that comes again because nobody could say that it was started is the same execution. */
export async function startWithBatch(machines: StateMachinePort, batch: ExecutionBatch): Promise<BatchOutcome | undefined> {
  try {
    await machines.start(executionOf(batch));
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.code === 'ExecutionAlreadyExists' ? undefined : outcomeOf(error);
  }
}

export type BatchExecution =
  | { readonly kind: 'answered'; readonly output: string }
  | { readonly kind: 'over'; readonly outcome: BatchOutcome };

/** Waits for the end of it. */
export async function runWithBatch(machines: StateMachinePort, batch: ExecutionBatch): Promise<BatchExecution> {
  try {
    const end = await machines.startSync(executionOf(batch));
    switch (end.kind) {
      case 'succeeded':
        return { kind: 'answered', output: end.output };
      case 'failed':
        return { kind: 'over', outcome: { kind: 'failed', problem: `PROBLEM: ${end.why}` } };
      default:
        return end satisfies never;
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const isStandard = error.code === 'StateMachineTypeNotSupported';
    return { kind: 'over', outcome: isStandard ? hadNoChance(mendOf(batch.machineArn)) : outcomeOf(error) };
  }
}

function executionOf({ scope, machineArn, payload, records, pipeArn, traceHeader }: ExecutionBatch) {
  const name = derivedUuid([pipeArn, ...records.map(({ id }) => id)].join(' '));
  return { scope, arn: machineArn, name, input: Buffer.from(payload).toString(), traceHeader };
}

const NO_CHANCE: ReadonlySet<ErrorCode> = new Set([
  'StateMachineDoesNotExist',
  'StateMachineDeleting',
  'ExecutionLimitExceeded',
  'ThrottlingException',
]);

/** What is wrong with the machine is no fault of the batch, which goes back as if it had not been received. Input that cannot be taken would be the same again. */
function outcomeOf({ code, message }: ApiError): BatchOutcome {
  return NO_CHANCE.has(code) || ERROR_CODES[code].fault === 'server'
    ? hadNoChance(message)
    : { kind: 'failed', problem: `PROBLEM: ${message}` };
}

const hadNoChance = (message: string): BatchOutcome => ({ kind: 'refused', problem: `PROBLEM: ${message}` });

function mendOf(arn: string): string {
  return `${arn} is a standard state machine, whose executions cannot be waited for: as a target it needs StepFunctionStateMachineParameters.InvocationType FIRE_AND_FORGET, and it cannot enrich.`;
}
