// Takes in what happened outside: writes it into the history at once, and notes what follows from it. What nobody waits for is passed over.

import type { TaskState } from '../definition/state.ts';
import { ROOT } from './execution.ts';
import type { Phase, Thread } from './execution.ts';
import { endExecution, EXECUTION_TIMER, failExecution, startExecutionTimer } from './finish.ts';
import { haltAll } from './halt.ts';
import { errorDetails, inputDetails } from './history.ts';
import type { Input } from './messages.ts';
import { redrive } from './redrive.ts';
import { tooLarge } from './scope.ts';
import { beat, endTimers, noteFailed, noteStarted, noteSubmitted, noteSucceeded, noteTimedOut, resultOwner } from './tasks.ts';
import type { Turn } from './turn.ts';

type TaskPhase = Extract<Phase, { kind: 'task' }>;
type Waiting = { readonly thread: Thread; readonly phase: TaskPhase; readonly state: TaskState };

export function takeIn(turn: Turn, input: Input): void {
  if ((turn.execution.outcome !== undefined) !== (input.kind === 'redrive')) return;
  switch (input.kind) {
    case 'start':
      return start(turn);
    case 'task-started':
    case 'task-submitted':
    case 'task-succeeded':
    case 'task-failed':
    case 'task-heartbeat': {
      const waiting = waitingFor(turn, input.taskId);
      return waiting === undefined ? undefined : ofTask(turn, input, waiting);
    }
    case 'timer':
      return timer(turn, input.timerId);
    case 'items-read':
    case 'items-failed':
      return ofReading(turn, input);
    case 'map-run-succeeded':
    case 'map-run-failed':
      return ofMapRun(turn, input);
    case 'stop':
      haltAll(turn);
      return endExecution(turn, 'ABORTED', { error: input.error, cause: input.cause });
    case 'redrive':
      return redrive(turn);
    default:
      return input satisfies never;
  }
}

function start(turn: Turn): void {
  const { facts, threads } = turn.execution;
  if (threads.has(ROOT)) return;
  const text = turn.text(facts.input);
  turn.event('ExecutionStarted', 0, inputDetails('executionStartedEventDetails', text ?? '{}', { roleArn: facts.roleArn }));
  const flow = turn.machine.flows.get(facts.flowPath);
  const phase: Phase = { kind: 'entering', name: flow?.startAt ?? '', input: facts.input };
  const root: Thread = {
    id: ROOT,
    parent: undefined,
    flowPath: facts.flowPath,
    mapItem: facts.mapItem,
    previousEventId: 0,
    variables: {},
    variableBytes: 0,
    current: undefined,
    phase,
  };
  turn.add(root);
  if (text === undefined) {
    // Its service refuses such an input; a child's may be made of anything.
    haltAll(turn);
    return failExecution(turn, tooLarge(facts.machineName));
  }
  turn.phase(root, phase);
  startExecutionTimer(turn, facts.startedMs);
}

/** Ids begin with the thread's, so that nothing has to be searched. */
function threadOf(turn: Turn, id: string): Thread | undefined {
  return turn.thread(id.slice(0, id.indexOf(':')));
}

function waitingFor(turn: Turn, taskId: string): Waiting | undefined {
  const thread = threadOf(turn, taskId);
  if (thread?.phase.kind !== 'task' || thread.phase.taskId !== taskId || settled(turn, thread)) return undefined;
  const state = turn.state(thread);
  return state.kind === 'Task' ? { thread, phase: thread.phase, state } : undefined;
}

/** Whether an input of this very step has ended what the thread waits for. */
function settled(turn: Turn, thread: Thread): boolean {
  return turn.work.some((work) => work.threadId === thread.id && (work.kind === 'result' || work.kind === 'failure'));
}

type OfTask = Extract<Input, { readonly taskId: string }>;

function ofTask(turn: Turn, input: OfTask, { thread, phase, state: { resource } }: Waiting): void {
  if (input.kind === 'task-heartbeat') return beat(turn, thread, phase);
  const began = input.kind !== 'task-failed' || input.stage === undefined || input.stage === 'submit';
  if (began) noteStarted(turn, thread, phase, resource, input.kind === 'task-started' ? input.workerName : undefined);
  if (input.kind === 'task-started') return;
  if (input.kind === 'task-submitted') return noteSubmitted(turn, thread, resource, input.output);
  endTimers(turn, phase);
  if (input.kind === 'task-failed') {
    const failure = { error: input.error, cause: input.cause };
    noteFailed(turn, thread, resource, failure, input.stage);
    turn.work.push({ kind: 'failure', threadId: thread.id, waitedFor: phase.taskId, failure });
    return;
  }
  const text = turn.text(input.output);
  if (text === undefined) {
    const failure = tooLarge(resultOwner(resource));
    noteFailed(turn, thread, resource, failure);
    turn.work.push({ kind: 'failure', threadId: thread.id, waitedFor: phase.taskId, failure });
    return;
  }
  noteSucceeded(turn, thread, resource, text);
  turn.work.push({ kind: 'result', threadId: thread.id, waitedFor: phase.taskId, result: input.output });
}

function timer(turn: Turn, timerId: string): void {
  if (timerId === EXECUTION_TIMER) {
    haltAll(turn);
    // Its status says it all: AWS names no error here.
    return endExecution(turn, 'TIMED_OUT', { error: undefined, cause: undefined });
  }
  const thread = threadOf(turn, timerId);
  if (thread === undefined) return;
  const { phase } = thread;
  if (phase.kind === 'retrying' && phase.timerId === timerId) return turn.phase(thread, { kind: 'again' });
  if (phase.kind === 'waiting' && phase.timerId === timerId)
    return void turn.work.push({ kind: 'waited', threadId: thread.id, waitedFor: timerId });
  if (phase.kind !== 'task' || (phase.timeoutTimerId !== timerId && phase.heartbeatTimerId !== timerId)) return;
  const waiting = waitingFor(turn, phase.taskId);
  if (waiting === undefined) return;
  const { resource } = waiting.state;
  const failure = { error: phase.timeoutTimerId === timerId ? 'States.Timeout' : 'States.HeartbeatTimeout', cause: undefined };
  noteStarted(turn, thread, phase, resource);
  endTimers(turn, phase);
  turn.commands.push({ kind: 'cancel-task', taskId: phase.taskId });
  noteTimedOut(turn, thread, resource, failure);
  turn.work.push({ kind: 'failure', threadId: thread.id, waitedFor: phase.taskId, failure });
}

function ofReading(turn: Turn, input: Extract<Input, { readonly readId: string }>): void {
  const thread = threadOf(turn, input.readId);
  if (thread?.phase.kind !== 'reading' || thread.phase.readId !== input.readId) return;
  if (input.kind === 'items-read')
    turn.work.push({ kind: 'items', threadId: thread.id, waitedFor: input.readId, items: input.items, origin: input.origin });
  else
    turn.work.push({
      kind: 'failure',
      threadId: thread.id,
      waitedFor: input.readId,
      failure: { error: 'States.ItemReaderFailed', cause: input.cause },
    });
}

function ofMapRun(turn: Turn, input: Extract<Input, { readonly mapRunId: string }>): void {
  // The id is the run's ARN, which does not name its thread; an execution has few runs open.
  const thread = [...turn.execution.threads.values()].find(
    (candidate) => candidate.phase.kind === 'map-run' && candidate.phase.mapRunId === input.mapRunId,
  );
  if (thread === undefined || settled(turn, thread)) return;
  const started = thread.previousEventId;
  if (input.kind === 'map-run-succeeded') {
    const succeeded = turn.event('MapRunSucceeded', started);
    turn.event('MapStateSucceeded', succeeded);
    turn.work.push({ kind: 'result', threadId: thread.id, waitedFor: input.mapRunId, result: input.output });
    return;
  }
  const failure = { error: input.error, cause: input.cause };
  turn.note(thread, 'MapRunFailed', errorDetails('mapRunFailedEventDetails', failure));
  turn.work.push({ kind: 'failure', threadId: thread.id, waitedFor: input.mapRunId, failure });
}
