// What the store remembers of a function: its newest settings and code, what is running meanwhile, and what was published.

import type { ContentHash, FunctionName, FunctionVersion } from '#kernel';
import type { DurableSettings } from './durable-settings.ts';
import type { SealedEnvironment } from './sealer.ts';

export type Architecture = 'x86_64' | 'arm64';

export interface CodeReference {
  readonly hash: ContentHash;
  /** Base64, as CodeSha256. */
  readonly sha256: string;
  readonly bytes: number;
  readonly unzippedBytes: number;
}

export interface LayerReference extends CodeReference {
  /** Of the layer version. */
  readonly arn: string;
}

export interface FunctionSettings {
  readonly description: string;
  /** As it was asked for: runtimes.ts says what it runs on. */
  readonly runtime: string;
  readonly handler: string;
  readonly roleArn: string;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly ephemeralMiB: number;
  readonly architecture: Architecture;
  /** Null where the function was created without one. */
  readonly environment: SealedEnvironment | null;
  readonly layers: readonly LayerReference[];
  readonly logGroup: string;
  /** Absent: None. */
  readonly snapStart?: 'PublishedVersions';
  /** A queue's or topic's ARN. Absent: none. That of `$LATEST` holds for every version. */
  readonly deadLetterArn?: string;
  /** Absent: an invocation is one run. */
  readonly durable?: DurableSettings;
}

export interface Reason {
  readonly code: 'Creating' | 'InvalidZipFileException' | 'InvalidRuntime' | 'InternalError';
  readonly text: string;
}

/** `$LATEST` or a published version, which never changes but for its state. */
export interface VersionRecord {
  readonly version: FunctionVersion;
  readonly settings: FunctionSettings;
  readonly code: CodeReference;
  readonly state: 'Pending' | 'Active' | 'Failed';
  readonly stateReason: Reason | null;
  readonly lastUpdate: 'Successful' | 'InProgress' | 'Failed';
  readonly lastUpdateReason: Reason | null;
  readonly revisionId: string;
  readonly lastModifiedMs: number;
  /** Changes whenever code or any setting does: tells whether there is something new to publish. */
  readonly contentId: string;
  /** Changes whenever something does that an instance was specialised with. */
  readonly instanceKey: string;
}

/** The head of a function. Every change of anything that belongs to a function goes through a compare-and-set of it. */
export interface FunctionRecord {
  readonly name: FunctionName;
  readonly createdAtMs: number;
  readonly latest: VersionRecord;
  /** What `$LATEST` runs while its newest update is in progress, or has failed. */
  readonly serving: VersionRecord | null;
  /** The version that was published together with a change that is in progress. */
  readonly publishing: FunctionVersion | null;
  readonly nextVersion: number;
  readonly lastPublished: { readonly version: FunctionVersion; readonly contentId: string } | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Null: none reserved. */
  readonly reservedConcurrency: number | null;
  /** Absent: Terminate. */
  readonly recursiveLoop?: 'Allow';
  /** Absent: its instances serve whoever calls. */
  readonly tenantIsolation?: true;
  /** By version or alias; absent where there never was one. */
  readonly provisioned?: Readonly<Record<string, ProvisionedRecord>>;
}

export interface ProvisionedRecord {
  readonly requested: number;
  readonly modifiedAtMs: number;
}

export interface AliasRecord {
  readonly name: string;
  readonly description: string;
  readonly version: FunctionVersion;
  /** A second version and the share of calls that it gets, 0 to 1. */
  readonly additional: { readonly version: FunctionVersion; readonly weight: number } | null;
  readonly revisionId: string;
}

/** What runs when `$LATEST` is invoked. */
export const servingOf = (record: FunctionRecord): VersionRecord => record.serving ?? record.latest;

export const CREATING: Reason = { code: 'Creating', text: 'The function is being created.' };

export const provisionedTotal = ({ provisioned = {} }: Pick<FunctionRecord, 'provisioned'>): number =>
  Object.values(provisioned).reduce((sum, { requested }) => sum + requested, 0);

/** Every archive that this version needs. */
export const hashesOf = ({ code, settings }: VersionRecord): readonly ContentHash[] => [
  code.hash,
  ...settings.layers.map((layer) => layer.hash),
];
