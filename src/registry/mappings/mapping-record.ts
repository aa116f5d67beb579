// What the store remembers of an event source mapping, and where.
// https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html

import type { FunctionName, Scope } from '#kernel';
import type { Resource, ResourceChange, ResourceKey } from '#store';
import { put, remove } from '../functions/function-documents.ts';

/** On its way from one state to another; whoever runs mappings brings it there. */
export type MappingTransition = 'Creating' | 'Enabling' | 'Disabling' | 'Updating' | 'Deleting';

export type MappingState = MappingTransition | 'Enabled' | 'Disabled';

export interface MappingSettings {
  readonly batchSize: number;
  readonly windowSeconds: number;
  /** Patterns as they were written; a record passes that matches one of them. None: all pass. */
  readonly filters: readonly string[];
  /** ReportBatchItemFailures */
  readonly reportsItemFailures: boolean;
  /** Null: as much as the account has. */
  readonly maximumConcurrency: number | null;
}

export interface MappingRecord {
  readonly uuid: string;
  readonly sourceArn: string;
  readonly function: FunctionName;
  /** Null for the function itself. */
  readonly qualifier: string | null;
  readonly enabled: boolean;
  readonly transition: MappingTransition | null;
  readonly settings: MappingSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly modifiedAtMs: number;
}

export const stateOf = ({ transition, enabled }: MappingRecord): MappingState => transition ?? (enabled ? 'Enabled' : 'Disabled');

export const mappingOf = (resource: Resource) => resource.body as unknown as MappingRecord;

export const mappingArn = ({ region, account }: Scope, uuid: string) =>
  `arn:aws:lambda:${region}:${account}:event-source-mapping:${uuid}`;

/** The mapping that an ARN names; undefined where it is not that of a mapping of this account. */
export function mappingUuidIn(scope: Scope, arn: string): string | undefined {
  const prefix = mappingArn(scope, '');
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}

export const mappingKey = (scope: Scope, uuid: string): ResourceKey => ({ scope, kind: 'event-source-mapping', name: uuid });

type Ends = Pick<MappingRecord, 'sourceArn' | 'function' | 'qualifier'>;

/** One function and one source have one mapping at most: this document is what there can be only one of, and the list by function. */
export const functionIndexKey = (scope: Scope, { function: name, qualifier, sourceArn }: Ends): ResourceKey => ({
  scope,
  kind: 'event-source-mapping-function',
  name: `${functionPrefix(name, qualifier)}${sourceArn}`,
});

export const functionPrefix = (name: FunctionName, qualifier: string | null) => `${name}/${qualifier ?? ''}/`;

const sourceIndexKey = (scope: Scope, { function: name, qualifier, sourceArn }: Ends): ResourceKey => ({
  scope,
  kind: 'event-source-mapping-source',
  name: `${sourcePrefix(sourceArn)}${name}/${qualifier ?? ''}`,
});

export const sourcePrefix = (sourceArn: string) => `${sourceArn}/`;

/** What the documents of both lists hold. */
export const uuidIn = (resource: Resource) => (resource.body as { readonly uuid: string }).uuid;

export const indexChanges = (scope: Scope, record: MappingRecord): readonly ResourceChange[] => [
  put(functionIndexKey(scope, record), { uuid: record.uuid }, 'absent'),
  put(sourceIndexKey(scope, record), { uuid: record.uuid }),
];

export const indexRemovals = (scope: Scope, ends: Ends): readonly ResourceChange[] => [
  remove(functionIndexKey(scope, ends)),
  remove(sourceIndexKey(scope, ends)),
];
