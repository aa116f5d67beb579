// What the runner of executions wants of state machines, and what it tells them.

import type { Scope } from '#kernel';
import type { RunnableMachine } from './runnable.ts';

export interface MachinePort {
  /**
   * By the ARN of a machine, a version or an alias; an alias of two versions draws. From memory, but for the first time and after a change.
   * Throws what StartExecution answers: InvalidArn, StateMachineDoesNotExist, StateMachineDeleting.
   */
  runnable(scope: Scope, arn: string): Promise<RunnableMachine>;
  /** What an execution that began with that revision runs, whatever has become of its machine since. Undefined only where no execution of it is kept any more. */
  revision(scope: Scope, machineArn: string, revisionId: string): Promise<RunnableMachine | undefined>;
  /** After each end of an execution: a machine that waits for its last one to end is gone then. */
  ended(scope: Scope, machineArn: string): void;
}
