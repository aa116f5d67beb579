// What everything that is done for a map run has to know of it.

import type { Scope } from '#kernel';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { ChildExecutions } from '../running/execution-requests.ts';
import type { MapRunPlan } from './map-run-plan.ts';

export type RunContext = {
  readonly scope: Scope;
  readonly journal: number;
  readonly plan: MapRunPlan;
  readonly machine: RunnableMachine;
  readonly arnOf: ChildExecutions['arnOf'];
};
