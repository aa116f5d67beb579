// durable: Lambda's durable functions: executions that are code, run from its beginning again and again past what it has written down, for up to a year.
// https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
//
// Its promise: an execution that was acknowledged goes on to its end, wherever the process dies; what a checkpoint has acknowledged is there once, and is
// never asked of the function again; while it waits, it holds no instance, no timer of the process and no memory.
//
// Who owns which state: the journal of the store (kind `durable`) everything that lasts; `book.ts` what is in memory of executions that something is
// going on with; `runner.ts` the runs of this process.
//
// A value on its way: an invocation of a durable function begins a journal; the runner invokes the function with the operations that there are; each
// checkpoint of the SDK is one step of the journal; what waits is a timer, a callback or an execution of its own, and when it comes, it is a step that
// leads to the next run; until the function answers with its result.

export { createDurableExecutions } from './durable-executions.ts';
export type { Begun, DurableCall, DurableExecutions, DurableParts } from './durable-executions.ts';
export type { Update } from './checkpoint-rules.ts';
export { parseExecutionArn } from './execution-arn.ts';
export type { ExecutionName } from './execution-arn.ts';
export type { DescribedExecution, ListedExecution } from './views.ts';
