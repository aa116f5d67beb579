// The bounds of expressions, a part of LIMITS. AWS states no numbers; these are ours, and far above what a payload of 256 KiB needs.

const KiB = 1024;
const MiB = 1024 * KiB;

export const EXPRESSION_LIMITS = {
  /** What one JSONata expression may take: characters of it, time, depth, items of a sequence, values with their repetitions, characters of a text, and work of a match. */
  expressionSourceLength: 128 * KiB,
  expressionTimeMs: 1000,
  expressionDepth: 500,
  /** Groups that it may make of one sequence. */
  expressionGroups: 10_000,
  /** Processes for expressions that may take long, their memory, how much longer than its time one may take before its process is ended, how long that
   * may last by the clock where the machine is busy, and when an idle one is ended. Times are the processor's. */
  expressionProcesses: 2,
  expressionMemoryMiB: 256,
  expressionGraceMs: 500,
  expressionWaitMs: 30_000,
  expressionProcessIdleMs: 30_000,
  expressionSequence: 500_000,
  expressionNodes: 2_000_000,
  expressionTextLength: 4 * MiB,
  expressionRegexLength: 1000,
  expressionRegexWork: 50_000_000,
  /** What the paths and intrinsic functions of one state may take: a step is a value that is looked at. */
  statePathSteps: 2_000_000,
} as const;
