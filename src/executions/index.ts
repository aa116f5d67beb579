// executions: state machines and their executions (Step Functions), with everything that lasts: the journal, timers, callbacks, activities, map runs.
// https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html
//
// Its promise: an execution that was acknowledged goes on to its end, wherever the process dies; what a step recorded is recorded once, and a task is
// started at least once; an execution that cannot go on says why, and how to redrive it.
//
// Who owns which state: `machines/` the definitions, versions and aliases (resources of the store); `running/` the executions (journals of the store; in
// memory only what goes on at the moment); `tasks/` nothing but what is under way outside; `map-runs/` the runs of distributed maps (journals too);
// `activities/` who waits for a task.
//
// What must never happen: a command that is carried out before the step that gave it is on the disk; an answer (StartExecution, SendTaskSuccess, StopExecution)
// before the step that takes it in is; an execution in memory that is not what its journal says, which is why one whose step could not be written is thrown away
// and read again.
//
// A value on its way: StartExecution begins a journal whose first step is the interpreter's; its commands go to tasks, timers and map runs; what comes back
// is an input, which waits in the execution's own line; all that wait are taken in by one step, and so on until the outcome.

export { createExecutions } from './executions.ts';
export type { ExecutionRef, Executions, ExecutionsParts } from './executions.ts';
export { createActivities } from './activities/activities.ts';
export type { Activities } from './activities/activities.ts';
export type { Activity } from './activities/activity-book.ts';
export type { ActivityTask, ActivityTaskSource } from './activities/activity-port.ts';
export { createExecutionLog } from './logging/log-writer.ts';
export type { ExecutionLog } from './logging/execution-log.ts';
export type { Alias, Routing } from './machines/alias-book.ts';
export type { MachineDescription } from './machines/machine-description.ts';
export type { MachinePort } from './machines/machine-port.ts';
export type { RevisionRecord } from './machines/machine-record.ts';
export { createMachines } from './machines/machines.ts';
export type { Machines } from './machines/machines.ts';
export { machineArn } from './machines/states-arn.ts';
export type { Machine, RunnableMachine } from './machines/runnable.ts';
export type { MapRunPort, MapRunRequest } from './map-runs/map-port.ts';
export { createMapRuns } from './map-runs/map-runs.ts';
export type { MapRuns, MapRunsParts } from './map-runs/map-runs.ts';
export type { ConnectionAdditions, ConnectionPort, HttpAnswer, HttpPort, HttpRequest } from './tasks/http/http-port.ts';
export type { InspectedHttp } from './tasks/inspected-http.ts';
export type { MemberNames, OperationCall, OperationEnd, OperationError, OperationPort } from './tasks/operation-port.ts';
export type { StartedTask, TaskEnd, TaskPort } from './tasks/task-port.ts';
export { createTasks } from './tasks/tasks.ts';
export type { Tasks, TasksParts } from './tasks/tasks.ts';
export type {
  ChildExecutions,
  ChildRequest,
  ExecutionDescription,
  ExecutionEnd,
  ExecutionListItem,
  ExecutionQuery,
  ExecutionStatus,
  HistoryPage,
  HistoryQuery,
  Page,
  StartedExecution,
  StartRequest,
  SyncExecution,
} from './running/execution-requests.ts';
export type { StatusChange, StatusChanges } from './running/status-changes-port.ts';
