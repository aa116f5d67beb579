// The platform's own lines in a function's log, letter for letter as Lambda writes them, since many tools parse them; what is ours comes last.
// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html

import type { RuntimeName } from '#sandbox';
import type { Explanation } from './explanation.ts';

/** What `Status` says in the lines below; absent when all is well, and when the handler itself threw. */
export interface Trouble {
  readonly status: 'timeout' | 'error';
  readonly errorType: string | undefined;
}

/** Lambda names its runtime's build and ARN here; there is one build of each runtime here, the one that is pinned. */
export function initStart(runtime: RuntimeName): string {
  return `INIT_START Runtime Version: ${runtime.replace(/^(nodejs|python|provided)\.?(.+?)(?:\.x)?$/, '$1:$2')}`;
}

export function initReport(initMs: number, { status, errorType }: Trouble): string {
  return `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}${errorField(errorType)}`;
}

export function start(requestId: string, version: string): string {
  return `START RequestId: ${requestId} Version: ${version}`;
}

export function end(requestId: string): string {
  return `END RequestId: ${requestId}`;
}

export interface ReportFigures {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  readonly memoryMiB: number;
  /** Left out of the line where this machine cannot measure it. */
  readonly peakBytes: number | undefined;
  readonly initMs: number | undefined;
  readonly trouble: Trouble | undefined;
  readonly explanation: Explanation;
}

export function report({
  requestId,
  durationMs,
  billedMs,
  memoryMiB,
  peakBytes,
  initMs,
  trouble,
  explanation,
}: ReportFigures): string {
  let line = `REPORT RequestId: ${requestId}\tDuration: ${durationMs.toFixed(2)} ms\tBilled Duration: ${billedMs} ms\tMemory Size: ${memoryMiB} MB\t`;
  if (peakBytes !== undefined) line += `Max Memory Used: ${Math.ceil(peakBytes / 1_048_576)} MB\t`;
  if (initMs !== undefined) line += `Init Duration: ${initMs.toFixed(2)} ms\t`;
  if (trouble !== undefined) line += `Status: ${trouble.status}${errorField(trouble.errorType)}\t`;
  return line + explained(explanation);
}

/** Fields that Lambda has not: they hold none of its field names, so that whoever looks for those finds the first and right one. */
function explained({ start: kind, why, phases }: Explanation): string {
  return `Start: ${kind}\t${why === undefined ? '' : `Why: ${why}\t`}Phases: ${phases}\t`;
}

const errorField = (errorType: string | undefined) => (errorType === undefined ? '' : `\tError Type: ${errorType}`);
