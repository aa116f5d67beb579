// The news of executions' status: what the runner wants of the bus it is put on. https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html

import type { Scope } from '#kernel';
import type { NewDelivery } from '#store';
import type { JsonObject } from '#workflows';

export type StatusChange = {
  readonly scope: Scope;
  readonly atMs: number;
  readonly executionArn: string;
  readonly detail: JsonObject;
};

/** "Step Functions Execution Status Change" on the default bus. */
export interface StatusChanges {
  /** False where no rule could want one, which is to cost nothing. */
  isWanted(scope: Scope): boolean;
  /** What is to be carried out, written in the very step of the change. */
  deliveriesOf(change: StatusChange): Promise<readonly NewDelivery[]>;
}
