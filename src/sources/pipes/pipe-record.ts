// What the store remembers of a pipe, and where. https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_DescribePipe.html

import type { PipeEnrichmentParameters, PipeTargetParameters } from '@aws-sdk/client-pipes';
import type { Scope } from '#kernel';
import type { Resource, ResourceKey } from '#store';

export type DesiredState = 'RUNNING' | 'STOPPED';

/** On its way from one state to another; whoever runs pipes brings it there. */
export type PipeTransition = 'CREATING' | 'UPDATING' | 'STARTING' | 'STOPPING' | 'DELETING';

export interface PipeRecord {
  readonly name: string;
  readonly description: string | null;
  readonly source: string;
  /** Null: not said, the default of its target holds. */
  readonly batchSize: number | null;
  readonly windowSeconds: number | null;
  readonly filters: readonly string[];
  readonly enrichment: string | null;
  /** As they were given, after they were checked. */
  readonly enrichmentParameters: PipeEnrichmentParameters | null;
  readonly target: string;
  readonly targetParameters: PipeTargetParameters | null;
  readonly roleArn: string;
  readonly desired: DesiredState;
  readonly transition: PipeTransition | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

export interface FoundPipe {
  readonly record: PipeRecord;
  readonly revision: number;
}

export const stateOf = ({ transition, desired }: PipeRecord): PipeTransition | DesiredState => transition ?? desired;

export const pipeArn = ({ region, account }: Scope, name: string) => `arn:aws:pipes:${region}:${account}:pipe/${name}`;

/** The name in an ARN; undefined where it is not that of a pipe of this account. */
export function pipeNameIn(scope: Scope, arn: string): string | undefined {
  const prefix = pipeArn(scope, '');
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}

export const PIPE = 'pipe';

export const pipeKey = (scope: Scope, name: string): ResourceKey => ({ scope, kind: PIPE, name });

export const pipeOf = (resource: Resource): FoundPipe => ({
  record: resource.body as unknown as PipeRecord,
  revision: resource.revision,
});
