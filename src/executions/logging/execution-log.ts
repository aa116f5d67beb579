// What the runner of executions tells of each step that is on the disk, for whoever writes histories to log groups.

import type { ExecutionFacts, HistoryEvent } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';

export interface ExecutionLog {
  /** Takes the events and returns at once. It never throws: no execution waits for a log, or ends because of one. */
  wrote(
    machine: Pick<RunnableMachine, 'logging' | 'scope' | 'machine'>,
    facts: ExecutionFacts,
    events: readonly HistoryEvent[],
  ): void;
}
