// What main.ts tells the pool about the machine it is on.

import type { NetworkMode } from '#kernel';
import type { RuntimeName } from '#sandbox';

export interface PoolSettings {
  /** Memory for all sandboxes together. */
  readonly memoryMiB: number;
  /** How many sandboxes there may be, whatever they weigh: each takes a slot, a uid and some processes. */
  readonly sandboxes: number;
  /** How many processes can run at the same time. */
  readonly cores: number;
  /** Instances that one function may start in ten seconds; who asks for more is throttled. */
  readonly functionStarts: number;
  /** How many launches run side by side while invocations wait: the number of cores, or a little more. */
  readonly launchesAtOnce: number;
  /** Runtimes whose sandboxes wait before the first invocation; others are pre-warmed from their first use on. */
  readonly prewarmedRuntimes: readonly RuntimeName[];
  /** What functions may reach that say nothing about it: the network of those that wait. */
  readonly network: NetworkMode;
  /** How many generic sandboxes of a runtime wait when it is quiet, and at most. */
  readonly prewarmLeast: number;
  readonly prewarmMost: number;
}
