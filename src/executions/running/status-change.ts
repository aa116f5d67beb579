// What the default bus is told when an execution's status changes. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html

import { LIMITS } from '#kernel';
import type { Execution, JsonObject, Outcome } from '#workflows';
import type { LiveExecution } from './live-execution.ts';
import type { StatusChange } from './status-changes-port.ts';

/** Input and output together may have as much as an event of EventBridge holds beside the rest; longer ones are left out, and said to be. */
const DATA_BYTES_MAX = LIMITS.statePayloadBytes - 8192;

/** What of an execution is told. */
export type Changed = Pick<LiveExecution, 'scope' | 'attributes' | 'inputText' | 'endedAtMs'> & {
  readonly execution: Pick<Execution, 'facts' | 'outcome'>;
};

/** `status`: where it is not the one that it has now. */
export function changeOf(live: Changed, atMs: number, status?: 'RUNNING'): StatusChange {
  const { facts, outcome } = live.execution;
  const ended = status === undefined ? outcome : undefined;
  return { scope: live.scope, atMs, executionArn: facts.arn, detail: detailOf(live, ended) };
}

function detailOf(live: Changed, outcome: Outcome | undefined): JsonObject {
  const { attributes, inputText, endedAtMs } = live;
  const { facts } = live.execution;
  const output = outcome?.status === 'SUCCEEDED' ? outcome.output : undefined;
  const failure = outcome === undefined || outcome.status === 'SUCCEEDED' ? undefined : outcome;
  const isWhole = Buffer.byteLength(inputText) + Buffer.byteLength(output ?? '') <= DATA_BYTES_MAX;
  return {
    executionArn: facts.arn,
    stateMachineArn: facts.machineArn,
    stateMachineVersionArn: attributes.version ?? null,
    stateMachineAliasArn: attributes.alias ?? null,
    name: facts.name,
    status: outcome?.status ?? 'RUNNING',
    startDate: facts.startedMs,
    stopDate: outcome === undefined ? null : (endedAtMs ?? null),
    input: isWhole ? inputText : null,
    output: output !== undefined && isWhole ? output : null,
    inputDetails: { included: isWhole },
    outputDetails: output === undefined ? null : { included: isWhole },
    error: failure?.error ?? null,
    cause: failure?.cause ?? null,
    redriveCount: facts.redriveCount,
    redriveDate: facts.redrivenMs ?? null,
  };
}
