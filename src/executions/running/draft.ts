// What one step of an execution collects: what it takes in, and what is to be done once it is on the disk.

import type { Input } from '#workflows';
import type { Chore, Errand } from './errands.ts';

export class Draft {
  readonly inputs: Input[] = [];
  /** Tasks, readings and map runs that an input of this step ends: they are not to be aborted. */
  readonly ended = new Set<string>();
  /** Threads to be written. */
  readonly changed = new Set<string>();
  readonly timers = new Map<string, number | undefined>();
  readonly callbacks = new Map<string, { readonly taskId: string; readonly queue?: string } | undefined>();
  /** Whether anything but inputs changed. */
  isChanged = false;

  // From here on: for after the commit.
  /** By the threads that wait for them. */
  readonly toDo = new Map<string, Errand>();
  readonly chores: Chore[] = [];
  readonly aborted: string[] = [];
  /** Activities that a task has come to wait for a worker of. */
  readonly queues: string[] = [];
}
