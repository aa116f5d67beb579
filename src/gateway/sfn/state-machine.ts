// The settings of a state machine as the wire has them.

import type { EncryptionConfiguration, LoggingConfiguration, TracingConfiguration } from '@aws-sdk/client-sfn';
import type { RevisionRecord } from '#executions';

/** Written by the checks of CreateStateMachine and UpdateStateMachine, which complete what they were given. */
export function configurationsOf({ logging, tracing, encryption }: RevisionRecord) {
  return {
    loggingConfiguration: logging as LoggingConfiguration,
    tracingConfiguration: tracing as TracingConfiguration,
    encryptionConfiguration: encryption as unknown as EncryptionConfiguration,
  };
}
