// The nine operations of durable executions. Who may call them was decided before (identity's decide), and for whom is decided by durable-access.ts.

import type { Handlers } from '../operation.ts';
import { checkpointDurableExecution } from './checkpoint-durable-execution.ts';
import type { DurableRooms } from './durable-access.ts';
import { getDurableExecution } from './get-durable-execution.ts';
import { getDurableExecutionHistory } from './get-durable-execution-history.ts';
import { getDurableExecutionState } from './get-durable-execution-state.ts';
import { listDurableExecutionsByFunction } from './list-durable-executions-by-function.ts';
import { sendDurableExecutionCallbackFailure } from './send-durable-execution-callback-failure.ts';
import { sendDurableExecutionCallbackHeartbeat } from './send-durable-execution-callback-heartbeat.ts';
import { sendDurableExecutionCallbackSuccess } from './send-durable-execution-callback-success.ts';
import { stopDurableExecution } from './stop-durable-execution.ts';

export type { DurableRooms } from './durable-access.ts';

export type DurableHandlers = Pick<
  Handlers<typeof import('@aws-sdk/client-lambda')>,
  | 'CheckpointDurableExecution'
  | 'GetDurableExecution'
  | 'GetDurableExecutionHistory'
  | 'GetDurableExecutionState'
  | 'ListDurableExecutionsByFunction'
  | 'SendDurableExecutionCallbackFailure'
  | 'SendDurableExecutionCallbackHeartbeat'
  | 'SendDurableExecutionCallbackSuccess'
  | 'StopDurableExecution'
>;

export function createDurableHandlers(rooms: DurableRooms): DurableHandlers {
  return {
    CheckpointDurableExecution: checkpointDurableExecution(rooms),
    GetDurableExecution: getDurableExecution(rooms),
    GetDurableExecutionHistory: getDurableExecutionHistory(rooms),
    GetDurableExecutionState: getDurableExecutionState(rooms),
    ListDurableExecutionsByFunction: listDurableExecutionsByFunction(rooms),
    SendDurableExecutionCallbackFailure: sendDurableExecutionCallbackFailure(rooms),
    SendDurableExecutionCallbackHeartbeat: sendDurableExecutionCallbackHeartbeat(rooms),
    SendDurableExecutionCallbackSuccess: sendDurableExecutionCallbackSuccess(rooms),
    StopDurableExecution: stopDurableExecution(rooms),
  };
}
