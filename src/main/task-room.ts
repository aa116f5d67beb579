// What carries the tasks of state machines out, with its own connections to servers elsewhere: what a task waits for must not hold up what rules send.

import { createTasks } from '#executions';
import type { ConnectionPort, Tasks, TasksParts } from '#executions';
import { createOperationCaller } from '#gateway';
import type { Services } from '#gateway';
import { LIMITS } from '#kernel';
import type { Log } from '#kernel';
import { createHttpSender } from '#sources';
import type { HttpTargets } from '#sources';

export interface TaskRoomParts extends Pick<TasksParts, 'clock' | 'functions' | 'invocations'> {
  readonly log: Log;
  readonly connections: ConnectionPort;
  readonly httpTargets: HttpTargets;
  /** Made of the rooms that have tasks; asked for when one is begun. */
  readonly services: () => Services;
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
}

export interface TaskRoom {
  readonly tasks: Tasks;
  /** Ends idle connections. */
  close(): void;
}

export function createTaskRoom({
  clock,
  log,
  functions,
  invocations,
  connections,
  httpTargets,
  services,
  endpoint,
}: TaskRoomParts): TaskRoom {
  const sockets = { perServer: LIMITS.httpTasksPerServer, inAll: LIMITS.httpTasks };
  const http = createHttpSender({ clock, targets: httpTargets, sockets });
  const operations = createOperationCaller({ services, endpoint, log });
  return {
    tasks: createTasks({ clock, functions, invocations, connections, http, operations }),
    close: () => http.close(),
  };
}
