// https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html

import { namedExecution } from './durable-access.ts';
import type { DurableHandler } from './durable-access.ts';

export const getDurableExecution: DurableHandler<'GetDurableExecution'> =
  ({ durable }) =>
  async ({ DurableExecutionArn, IncludeExecutionData = true }, context) => {
    const execution = await durable.describe(namedExecution(DurableExecutionArn, context), IncludeExecutionData);
    return {
      DurableExecutionArn: execution.arn,
      DurableExecutionName: execution.name,
      FunctionArn: execution.functionArn,
      Version: execution.version,
      Status: execution.status,
      StartTimestamp: new Date(execution.startedAtMs),
      EndTimestamp: execution.endedAtMs === undefined ? undefined : new Date(execution.endedAtMs),
      InputPayload: execution.input,
      Result: execution.result,
      Error: execution.error,
      TraceHeader: { XAmznTraceId: execution.traceHeader },
      ExecutionDataIncluded: IncludeExecutionData,
      DurableConfig: {
        ExecutionTimeout: execution.executionTimeoutSeconds,
        RetentionPeriodInDays: execution.retentionDays,
      },
    };
  };
