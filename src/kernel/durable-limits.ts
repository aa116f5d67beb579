// The bounds of durable executions, a part of LIMITS. https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html

const KiB = 1024;
const MiB = 1024 * KiB;

export const DURABLE_LIMITS = {
  /** Lambda: durable executions. https://docs.aws.amazon.com/lambda/latest/api/API_DurableConfig.html */
  durableExecutionSeconds: 31_622_400,
  durableRetentionDays: 90,
  /** Lambda: operations of a durable execution, and bytes written for it. https://docs.aws.amazon.com/lambda/latest/dg/durable-monitoring.html */
  durableOperations: 3000,
  durableWrittenBytes: 100 * MiB,
  /** Lambda: how long a caller, or an event source mapping, waits for the end of a durable execution. */
  durableCallSeconds: 900,
  /** Lambda's testing model: an error that is written down. */
  durableErrorBytes: 32_768,
  /** Lambda: what a callback may bring. https://docs.aws.amazon.com/lambda/latest/api/API_SendDurableExecutionCallbackSuccess.html */
  durableCallbackBytes: 256 * KiB,
  /** Ours: operations that go along with a run, or in one page of them; AWS has pages of the same kind and does not say how large. */
  durableStateBytes: 1 * MiB,
  /** Lambda: pages of operations, events and executions. */
  durablePage: 1000,
  durablePageDefault: 100,
  /** Ours: a payload in the history; longer ones are cut there, and said to be. */
  durableEventPayloadBytes: 256 * KiB,
  /** Lambda's testing model: runs that may fail in a row before the execution does. */
  durableRunFailures: 5,
  /** Ours: runs of durable executions at once, and invocations that they wait for. */
  durableRunsAtOnce: 1000,
  /** Ours: characters of executions that are in memory, about; the runs of others wait, and a checkpoint at twice as many begins its run anew later. */
  durableCharactersInMemory: 256 * MiB,
} as const;
