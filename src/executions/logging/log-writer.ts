// Writes the histories of executions to log groups, for machines that ask for it.
//
// Owns: the log streams that are open, one for each machine and group; they are closed when others need their place, or after an hour.
// Never: makes an execution wait, or fail; what cannot be kept is the log's to count and tell.

import { LIMITS, type Clock, type Log, type Random } from '#kernel';
import { parseGroupIdentifier, type LogSink, type Logs } from '#logs';
import type { ExecutionFacts, HistoryEvent, JsonObject } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { ExecutionLog } from './execution-log.ts';
import { isLogged, type LogLevel } from './log-levels.ts';
import { logLine } from './log-line.ts';

export type ExecutionLogParts = {
  readonly logs: Pick<Logs, 'openStream'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

export interface ExecutionLogs extends ExecutionLog {
  close(): void;
}

type Open = { readonly sink: LogSink; readonly sinceMs: number };
type Wanted = { readonly level: LogLevel; readonly includeExecutionData: boolean; readonly groupArn: string | undefined };

const STREAM_AGE_MS = 3_600_000;

export function createExecutionLog({ logs, clock, random, log }: ExecutionLogParts): ExecutionLogs {
  /** The one that was used longest ago is first. */
  const streams = new Map<string, Open>();

  function sinkOf({ scope, machine }: Pick<RunnableMachine, 'scope' | 'machine'>, groupArn: string): LogSink {
    const id = `${groupArn} ${machine.arn}`;
    const known = streams.get(id);
    streams.delete(id);
    const nowMs = clock.now();
    if (known !== undefined && Math.abs(nowMs - known.sinceMs) < STREAM_AGE_MS) {
      streams.set(id, known);
      return known.sink;
    }
    known?.sink.close();
    const sink = logs.openStream(scope, parseGroupIdentifier(scope, groupArn), streamName(machine.name, nowMs, random));
    streams.set(id, { sink, sinceMs: nowMs });
    for (const [oldest, { sink: other }] of streams) {
      if (streams.size <= LIMITS.executionLogStreams) break;
      streams.delete(oldest);
      other.close();
    }
    return sink;
  }

  return {
    wrote(machine, facts: ExecutionFacts, events: readonly HistoryEvent[]) {
      const wanted = machine.logging === undefined ? undefined : wantedOf(machine.logging);
      if (wanted?.groupArn === undefined) return;
      const logged = events.filter(({ type }) => isLogged(wanted.level, type));
      if (logged.length === 0) return;
      try {
        sinkOf(machine, wanted.groupArn).write(
          logged.map((event) => ({
            timestampMs: event.timestampMs,
            text: logLine(facts, event, wanted.includeExecutionData),
          })),
        );
      } catch (cause) {
        // An execution goes on whatever becomes of its log.
        log.write('error', 'execution.not-logged', { executionArn: facts.arn, cause });
      }
    },
    close() {
      for (const { sink } of streams.values()) sink.close();
      streams.clear();
    },
  };
}

/** Written by the check of CreateStateMachine, and complete. */
function wantedOf(logging: JsonObject): Wanted {
  const { level, includeExecutionData, destinations } = logging as unknown as {
    readonly level: LogLevel;
    readonly includeExecutionData: boolean;
    readonly destinations?: readonly [{ readonly cloudWatchLogsLogGroup: { readonly logGroupArn: string } }];
  };
  return { level, includeExecutionData, groupArn: destinations?.[0].cloudWatchLogsLogGroup.logGroupArn };
}

/** `states/orders/2026-11-21-03-00/1f9c…`, as AWS names them. */
function streamName(machine: string, nowMs: number, random: Random): string {
  const minute = new Date(nowMs).toISOString().slice(0, 16).replaceAll(/[T:]/g, '-');
  return `states/${machine}/${minute}/${Buffer.from(random.bytes(4)).toString('hex')}`;
}
