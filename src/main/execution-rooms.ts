// The rooms of Step Functions, put together: state machines, executions, their tasks, their map runs, and activities.

import type { Buckets } from '#buckets';
import type { Buses } from '#buses';
import { createActivities, createExecutionLog, createExecutions, createMachines, createMapRuns } from '#executions';
import type { Activities, Executions, Machines, MapRuns } from '#executions';
import type { SfnRooms } from '#gateway';
import type { Clock, Log, Random, Scope } from '#kernel';
import type { Logs } from '#logs';
import type { Store } from '#store';
import { createExpressionProcesses } from '#workflows';
import { createStatusChanges } from './status-changes.ts';
import { createTaskRoom } from './task-room.ts';
import type { TaskRoomParts } from './task-room.ts';

export interface ExecutionRoomParts extends TaskRoomParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: Store;
  readonly scope: Scope;
  readonly logs: Logs;
  readonly buckets: Buckets;
  readonly buses: Buses;
}

export interface ExecutionRooms extends SfnRooms {
  readonly machines: Machines;
  readonly activities: Activities;
  readonly executions: Executions;
  readonly mapRuns: MapRuns;
  /** Goes on with what an earlier process left. */
  start(): Promise<void>;
  /** Begins nothing from this call on, lets what is under way finish within the window, and leaves the rest to the next process. */
  close(windowMs: number): Promise<void>;
}

export function createExecutionRooms(parts: ExecutionRoomParts): ExecutionRooms {
  const { clock, random, log, store, scope, logs, buckets, buses } = parts;
  const ambient = { clock, random, log };
  const taskRoom = createTaskRoom(parts);
  const machines = createMachines({
    store,
    logs,
    scopes: [scope],
    resourceRefusal: (resource) => taskRoom.tasks.refusalOf(resource),
    ...ambient,
  });
  const evaluator = createExpressionProcesses({ clock });
  const executionLog = createExecutionLog({ logs, ...ambient });
  // Made within `createExecutions`, since each needs the other.
  let mapRuns!: MapRuns;
  const executions = createExecutions({
    ...ambient,
    store,
    machines,
    tasks: taskRoom.tasks,
    mapRuns: (links) => (mapRuns = createMapRuns({ ...ambient, ...links, journals: store.journals, machines, buckets })),
    executionLog,
    statusChanges: createStatusChanges({ buses, random }),
    evaluator,
  });
  const activities = createActivities({ store, clock, tasks: executions.activityTasks });
  return {
    machines,
    activities,
    executions,
    mapRuns,
    stateTests: { tasks: taskRoom.tasks, evaluator, clock, random },
    async start() {
      await machines.open();
      await executions.open();
      await mapRuns.open();
    },
    async close(windowMs) {
      activities.close();
      await Promise.all([executions.close(windowMs), mapRuns.close()]);
      await machines.close();
      executionLog.close();
      taskRoom.close();
      await evaluator.close();
    },
  };
}
