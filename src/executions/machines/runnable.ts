// What an execution needs to know of its state machine: what it was when it began, whatever becomes of the machine later.

import type { Scope } from '#kernel';
import type { JsonObject } from '#workflows';

export type Machine = {
  readonly arn: string;
  readonly name: string;
  readonly type: 'STANDARD' | 'EXPRESS';
};

/** One revision of a state machine, found by its ARN, or that of a version or an alias (which may draw between two). */
export type RunnableMachine = {
  readonly scope: Scope;
  readonly machine: Machine;
  /** Names this text for ever: the same revision has the same definition, so that what was compiled from it may be kept. */
  readonly revisionId: string;
  readonly definition: string;
  readonly roleArn: string;
  /** Of the version it was started by, or that the alias led to. */
  readonly versionArn: string | undefined;
  readonly aliasArn: string | undefined;
  /** As CreateStateMachine takes it; undefined where nothing is logged. */
  readonly logging: JsonObject | undefined;
};
