// Activities put together: the book, and the handing out of tasks to workers.

import { LIMITS, type Clock, type Scope } from '#kernel';
import type { ResourceStore } from '#store';
import { ActivityBook } from './activity-book.ts';
import type { ActivityTask, ActivityTaskSource } from './activity-port.ts';
import { ActivityWaiters } from './activity-waiters.ts';

export type ActivitiesParts = {
  readonly store: { readonly resources: ResourceStore };
  readonly clock: Clock;
  readonly tasks: ActivityTaskSource;
};

export interface Activities {
  readonly book: ActivityBook;
  /** The next task of an activity; undefined when none came for a minute, or the worker is gone. */
  nextTask(request: {
    readonly scope: Scope;
    readonly activityArn: string;
    readonly workerName: string | undefined;
    readonly signal: AbortSignal;
  }): Promise<ActivityTask | undefined>;
  close(): void;
}

export function createActivities({ store, clock, tasks }: ActivitiesParts): Activities {
  const book = new ActivityBook({ resources: store.resources, clock });
  const waiters = new ActivityWaiters(clock);
  const stop = tasks.onWaiting((activityArn) => waiters.wake(activityArn));
  return {
    book,
    async nextTask({ scope, activityArn, workerName, signal }) {
      await book.need(scope, activityArn);
      const line = waiters.join(activityArn);
      const untilMs = clock.monotonicMs() + LIMITS.activityPollMs;
      let isWoken = false;
      try {
        for (;;) {
          const { notices } = line;
          if (signal.aborted) return undefined;
          const task = await tasks.take(activityArn, workerName);
          isWoken = false;
          if (task !== undefined) return task;
          // Something came while it looked.
          if (line.notices !== notices) continue;
          const outcome = await waiters.wait(line, untilMs - clock.monotonicMs(), signal);
          if (outcome !== 'woken') return undefined;
          isWoken = true;
        }
      } finally {
        waiters.leave(activityArn, line);
        // Woken for a task that it has not looked for, since it left or could not: the next one may have it.
        if (isWoken) waiters.wake(activityArn);
      }
    },
    close() {
      stop();
      waiters.close();
    },
  };
}
