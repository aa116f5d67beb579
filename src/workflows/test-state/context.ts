// The context object of a tested state, which has no execution: AWS makes one up, in which the state has no name of its own.

import type { Json } from '../expressions/json.ts';
import { isoTime } from '../interpreter/context-object.ts';
import type { ExecutionFacts } from '../interpreter/execution.ts';
import { UNNAMED } from './request.ts';

export function contextOfTest(facts: ExecutionFacts, roleArn: string | undefined, retryCount: number | undefined): Json {
  return {
    Execution: {
      Id: facts.arn,
      Input: facts.input,
      StartTime: isoTime(facts.startedMs),
      Name: facts.name,
      RoleArn: roleArn ?? null,
    },
    StateMachine: { Id: facts.machineArn, Name: facts.machineName },
    State: {
      Name: UNNAMED,
      EnteredTime: isoTime(facts.startedMs),
      ...(retryCount === undefined ? {} : { RetryCount: retryCount }),
    },
  };
}
