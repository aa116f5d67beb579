// workflows: the heart of Step Functions. What a definition means, and what an execution does next.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
//
// Purpose: the Amazon States Language, whole and pure. `definition/` reads and refuses; `expressions/` evaluates JSONPath, intrinsic functions
// and JSONata within bounds; `interpreter/` goes from what happened to what is to be done. Nothing here opens a file, a socket or a timer.
//
// Who owns which state: an `Execution` is its runner's. `advance` changes it in place and says which threads it touched, so that a step is
// written in as many small records as it changed; the history is handed over and not kept.
//
// What must never happen: a tenant's expression that hangs the platform, grows without bound, or reaches anything but its own data; a step that
// costs more because the history is long; a command that is carried out before the step that gave it is on the disk.
//
// What is kept: an execution's head (`facts`, `nextEventId`, `outcome`, `ready`), its threads and their progress, also after it has failed, was
// stopped or timed out, for as long as it may be redriven: a redrive is an input (`redrive`) to what it left behind, and changes `facts`. An
// execution that succeeded has no threads any more.
//
// Expressions that may take long are evaluated by the host's evaluator: the platform gives `advance` and `testState` its `createExpressionProcesses`, one for
// all. It rejects with no failure of a state when it is closed meanwhile: `advance` rejects then, and what it worked on is thrown away as where a commit failed.
//
// A value on its way: `start` puts the execution's input into a thread that is `entering` a state; the state's scope makes the task's parameters
// of it; `start-task` takes them outside, and `task-succeeded` brings a result back, which the state selects from, places, assigns and passes
// on to the next state, until a thread of no parent ends, and `finish` tells the outcome.

export { readDefinition } from './definition/read-definition.ts';
export type { ReadDefinition } from './definition/read-definition.ts';
export { refusalOf } from './definition/diagnostics.ts';
export type { Diagnostic } from './definition/diagnostics.ts';
export type { Machine } from './definition/state.ts';
export { variableReferences } from './definition/variable-references.ts';
export type { IntegrationPattern, TaskResource } from './definition/task-resource.ts';
export { isArray, isObject } from './expressions/json.ts';
export type { Json, JsonObject } from './expressions/json.ts';
export type { Evaluator } from './expressions/evaluator.ts';
export { createExpressionProcesses } from './expressions/processes.ts';
export type { ExpressionProcesses } from './expressions/processes.ts';
export { advance } from './interpreter/advance.ts';
export type { Host, Step } from './interpreter/advance.ts';
export { newExecution } from './interpreter/execution.ts';
export { refusalOfRedrive } from './interpreter/redrive.ts';
export type { Execution, ExecutionFacts, MapItem, Thread } from './interpreter/execution.ts';
export type { HistoryEvent } from './interpreter/history.ts';
export type { Command, Input, ItemOrigin, Outcome } from './interpreter/messages.ts';
export { testState } from './test-state/test-state.ts';
export type { TestStateHost } from './test-state/test-state.ts';
export type { TestStateAnswer } from './test-state/inspection.ts';
export type { MockMember, MockSchema } from './test-state/mock-schema.ts';
export type { TestStateRequest } from './test-state/request.ts';
