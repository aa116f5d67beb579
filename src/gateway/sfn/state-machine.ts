// The settings of a state machine as the wire has them.

import type { EncryptionConfiguration, LoggingConfiguration, TracingConfiguration } from '@aws-sdk/client-sfn';
import type { RevisionRecord } from '#executions';
import { readDefinition, variableReferences } from '#workflows';

/** Written by the checks of CreateStateMachine and UpdateStateMachine, which complete what they were given. */
export function configurationsOf({ logging, tracing, encryption }: RevisionRecord) {
  return {
    loggingConfiguration: logging as LoggingConfiguration,
    tracingConfiguration: tracing as TracingConfiguration,
    encryptionConfiguration: encryption as unknown as EncryptionConfiguration,
  };
}

/** Which variables its states refer to; undefined where none does. */
export function variableReferencesOf({ definition, type }: RevisionRecord): Record<string, string[]> | undefined {
  const read = readDefinition(definition, type);
  // One that was taken by an earlier release, whose language knew less.
  if (read.kind === 'invalid') return undefined;
  const references = Object.entries(variableReferences(read.machine));
  return references.length === 0 ? undefined : Object.fromEntries(references.map(([state, names]) => [state, [...names]]));
}
