// What is said of a state machine by whoever makes or changes one.

import type { Scope } from '#kernel';
import type { Logs } from '#logs';
import { invalid, partOfMachine } from './machine-answers.ts';
import type { MachineType, RevisionRecord } from './machine-record.ts';
import { checkEncryption, checkLogging, checkTracing } from './machine-settings.ts';
import type { EncryptionConfiguration, LoggingConfiguration, TracingConfiguration } from './machine-settings.ts';
import { parseMachineArn, type MachineName } from './states-arn.ts';
import type { Tags } from './states-tags.ts';

export type MachineSettings = {
  readonly definition?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly logging?: LoggingConfiguration | undefined;
  readonly tracing?: TracingConfiguration | undefined;
  readonly encryption?: EncryptionConfiguration | undefined;
  readonly publish?: boolean | undefined;
  readonly versionDescription?: string | undefined;
};

export type NewMachine = MachineSettings & {
  readonly name: string;
  readonly type: MachineType;
  readonly definition: string;
  readonly roleArn: string;
  readonly tags: Tags;
};

export type Configurations = Pick<RevisionRecord, 'logging' | 'tracing' | 'encryption'>;

export const DEFAULT_CONFIGURATIONS: Configurations = {
  logging: { level: 'OFF', includeExecutionData: false },
  tracing: { enabled: false },
  encryption: { type: 'AWS_OWNED_KEY' },
};

/** Those that the request says something of. */
export async function checkConfigurations(
  logs: Pick<Logs, 'groups'>,
  scope: Scope,
  { logging, tracing, encryption }: Pick<MachineSettings, 'logging' | 'tracing' | 'encryption'>,
): Promise<Partial<Configurations>> {
  return {
    ...(logging === undefined ? {} : { logging: await checkLogging(logs, scope, logging) }),
    ...(tracing === undefined ? {} : { tracing: checkTracing(tracing) }),
    ...(encryption === undefined ? {} : { encryption: checkEncryption(encryption) }),
  };
}

export function checkVersionDescription({ publish, versionDescription }: MachineSettings): void {
  if (versionDescription !== undefined && publish !== true)
    throw invalid('Version description can only be set when publish is true');
}

/** Everything that a revision says, as one text: two are the same where it is. */
export function settingsText({ type, definition, roleArn, logging, tracing, encryption }: RevisionRecord): string {
  return JSON.stringify([type, definition, roleArn, logging, tracing, encryption]);
}

/** Of the machine itself, and none of its versions, aliases and maps. */
export function wholeMachine(scope: Scope, arn: string): MachineName {
  const { name, qualifier } = parseMachineArn(scope, arn);
  if (qualifier.kind === 'map') throw partOfMachine(arn);
  if (qualifier.kind !== 'none')
    throw invalid(`${arn} names a part of a state machine. Name the state machine itself, without a version, an alias or a map.`);
  return { scope, name };
}
