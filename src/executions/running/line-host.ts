// What the line of an execution has of its runner.

import type { Clock, Log } from '#kernel';
import type { JournalRow, JournalStore, NewDelivery } from '#store';
import type { HistoryEvent, Step } from '#workflows';
import type { Carriers } from './carry-out.ts';
import type { Draft } from './draft.ts';
import type { FailedByHand } from './failed-by-hand.ts';
import type { Gate } from './gate.ts';
import type { Line } from './line.ts';
import type { LiveExecution } from './live-execution.ts';
import type { Changed } from './status-change.ts';

export interface LineHost {
  readonly clock: Clock;
  readonly log: Log;
  readonly journals: Pick<JournalStore, 'append' | 'open'>;
  readonly carriers: Carriers;
  readonly gate: Gate;
  /** As its journal has it; undefined where it is gone. Throws where it cannot be read, or its definition is none. */
  open(journal: number): Promise<LiveExecution | undefined>;
  advance(live: LiveExecution, draft: Draft, nowMs: number): Promise<Step>;
  /** What a change of its status causes. */
  deliveriesOf(changed: Changed, nowMs: number): Promise<readonly NewDelivery[] | undefined>;
  /** A step is on the disk. */
  committed(live: LiveExecution, draft: Draft, events: readonly HistoryEvent[]): void;
  /** Nobody knows whether a step is on the disk. */
  unknown(): void;
  ended(live: LiveExecution): void;
  endedByHand(row: JournalRow, failed: FailedByHand): void;
  /** Nothing is under way for it here. `isPostponed`: something is to be done for it that was not begun. */
  rest(line: Line, isPostponed: boolean): void;
  /** It is not to be taken up again by this process. */
  strand(journal: number): void;
}
