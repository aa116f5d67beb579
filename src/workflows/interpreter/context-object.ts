// The context object: `$$` of JSONPath and `$states.context` of JSONata. https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html

import type { State } from '../definition/state.ts';
import type { Json } from '../expressions/json.ts';
import type { Current, ExecutionFacts, MapItem } from './execution.ts';

type Place = {
  readonly facts: ExecutionFacts;
  readonly current: Current;
  readonly state: State;
  readonly mapItem: MapItem | undefined;
  readonly token: string | undefined;
};

export function contextOf({ facts, current, state, mapItem, token }: Place): Json {
  const counts = state.kind === 'Task' || state.kind === 'Map' || state.kind === 'Parallel';
  return {
    Execution: {
      Id: facts.arn,
      Input: facts.input,
      StartTime: isoTime(facts.startedMs),
      Name: facts.name,
      RoleArn: facts.roleArn,
      ...(facts.executionType === 'STANDARD' ? { RedriveCount: facts.redriveCount } : {}),
      ...(facts.redrivenMs === undefined ? {} : { RedriveTime: isoTime(facts.redrivenMs) }),
    },
    StateMachine: { Id: facts.machineArn, Name: facts.machineName },
    State: { Name: current.name, EnteredTime: isoTime(current.enteredMs), ...(counts ? { RetryCount: current.retryCount } : {}) },
    ...(mapItem === undefined ? {} : { Map: { Item: itemOf(mapItem) } }),
    ...(token === undefined ? {} : { Task: { Token: token } }),
  };
}

function itemOf({ index, key, value, source }: MapItem): Json {
  return {
    Index: index,
    ...(key === undefined ? {} : { Key: key }),
    Value: value,
    ...(source === undefined ? {} : { Source: source }),
  };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
