// What a map run is to do: written once when it begins, apart from where it stands.

import type { Scope } from '#kernel';
import type { JournalStep } from '#store';
import type { Command, Json, JsonObject } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { ChildRequest } from '../running/execution-requests.ts';
import type { MapRunRequest } from './map-port.ts';
import type { MapRunTotals } from './map-run-head.ts';
import { childName } from './map-run-names.ts';

export const PLAN = 'plan';

export type ResultWriterPlan = NonNullable<Extract<Command, { kind: 'start-map-run' }>['resultWriter']>;

export type MapRunPlan = {
  readonly mapRunArn: string;
  readonly executionArn: string;
  /** Its definition is found by these again. */
  readonly machine: {
    readonly arn: string;
    readonly revisionId: string;
    readonly versionArn: string | undefined;
    readonly aliasArn: string | undefined;
  };
  readonly label: string;
  readonly flowPath: string;
  readonly executionType: 'STANDARD' | 'EXPRESS';
  /** It is a state of another map run's child. */
  readonly isNested: boolean;
  readonly totals: MapRunTotals;
  /** Where each chunk of inputs begins. */
  readonly firsts: readonly number[];
  readonly resultWriter: ResultWriterPlan | undefined;
};

export function planOf(request: MapRunRequest, firsts: readonly number[]): MapRunPlan {
  const { command, facts, machine } = request;
  const { mapRunId, label, flowPath, executionType, inputs, itemCount, resultWriter } = command;
  return {
    mapRunArn: mapRunId,
    executionArn: facts.arn,
    machine: {
      arn: machine.machine.arn,
      revisionId: machine.revisionId,
      versionArn: machine.versionArn,
      aliasArn: machine.aliasArn,
    },
    label,
    flowPath,
    executionType,
    isNested: facts.flowPath !== '',
    totals: { executions: inputs.length, items: itemCount },
    firsts,
    resultWriter,
  };
}

export function planRecord(plan: MapRunPlan): NonNullable<JournalStep['records']>[number] {
  return { key: PLAN, body: JSON.stringify(plan) };
}

/** Of a batch, as many as it holds; where there are as many inputs as items, each is one. */
export function itemsIn(plan: MapRunPlan, input: Json): number {
  if (plan.totals.executions === plan.totals.items || input === null || typeof input !== 'object') return 1;
  const { Items } = input as JsonObject;
  return Array.isArray(Items) ? Items.length : 1;
}

export function childRequest(
  plan: MapRunPlan,
  of: { readonly scope: Scope; readonly machine: RunnableMachine },
  child: { readonly index: number; readonly input: Json; readonly redrives: number },
): ChildRequest {
  const { mapRunArn, label, executionType, flowPath } = plan;
  const { scope, machine } = of;
  const name = childName(plan, child.index, child.redrives);
  const itemCount = itemsIn(plan, child.input);
  // AWS has `$$.Map` in the selector of the map alone, not within its children.
  return { scope, machine, mapRunArn, label, name, executionType, flowPath, input: child.input, itemCount, mapItem: undefined };
}

/** What lists and descriptions show of it. */
export type MapRunAttributes = {
  readonly stateMachineArn: string;
  readonly label: string;
  readonly executions: number;
  readonly items: number;
};
