// `mayfly logs [NAME]`: what functions wrote, or how their invocations went; once or as it comes.

import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { LogEvent } from '../aws/log-events.ts';
import { LogReader } from '../aws/log-reader.ts';
import { readReport } from '../explain/report-line.ts';
import type { Report } from '../explain/report-line.ts';
import { phasesOf, reasonOf, totalMs } from '../explain/sentence.ts';
import { usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { durationMs, localTime } from '../terminal/amounts.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface LogsOptions {
  readonly follow?: boolean;
  readonly since: string;
  readonly filter?: string;
  readonly explain?: boolean;
}

export function logsCommand(): Command {
  return new Command('logs')
    .description('show what functions wrote')
    .argument('[name]', 'one function (default: all)')
    .option('-f, --follow', 'go on as more comes, until Ctrl-C')
    .option('--since <time>', 'how far back: 90s, 10m, 2h, 7d, or an ISO time', '10m')
    .option('--filter <pattern>', "CloudWatch's filter pattern, for example ERROR or '{ $.level = \"error\" }'")
    .option('--explain', 'a line for each invocation instead: warm or not and why, and where its time went')
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<LogsOptions>(command);
      const show = options.explain === true ? showReports : showEvents;
      const query = { name, from: startOf(options.since), filter: filterOf(options) };
      const reader = new LogReader(await connection(), query);
      await show(reader, terminal, name === undefined);
      while (options.follow === true) {
        // The platform tells nobody yet that there is more; a look every 300 ms is quick for people and little work.
        await delay(FOLLOW_MS);
        await show(reader, terminal, name === undefined);
      }
    });
}

const FOLLOW_MS = 300;

function filterOf({ explain, filter }: LogsOptions): string | undefined {
  if (explain !== true) return filter;
  if (filter === undefined) return '"REPORT RequestId"';
  throw usageFailure(
    '--explain and --filter do not go together.',
    'An explanation has a line for every invocation, whatever it wrote.',
  );
}

function startOf(since: string): number {
  const age = durationMs(since);
  if (age !== undefined) return Date.now() - age;
  const time = Date.parse(since);
  if (Number.isNaN(time))
    throw usageFailure(`"${since}" is no time.`, 'Use 90s, 10m, 2h, 7d or an ISO time such as 2026-11-20T16:08:00Z.');
  return time;
}

async function showEvents(reader: LogReader, terminal: Terminal, withName: boolean): Promise<void> {
  for (const event of await reader.next()) {
    if (terminal.json) terminal.printJson({ ...event, id: undefined, timestamp: new Date(event.timestampMs).toISOString() });
    else terminal.print(formatEvent(event, terminal, withName));
  }
}

async function showReports(reader: LogReader, terminal: Terminal, withName: boolean): Promise<void> {
  for (const event of await reader.next()) {
    const report = readReport(event.message);
    // A function may print the same words.
    if (report === undefined) continue;
    if (terminal.json)
      terminal.printJson({ timestamp: new Date(event.timestampMs).toISOString(), function: event.function, ...report });
    else terminal.print(formatReport(event, report, terminal, withName));
  }
}

function formatReport(event: LogEvent, report: Report, { paint }: Terminal, withName: boolean): string {
  const time = paint.dim(localTime(new Date(event.timestampMs)).slice(11));
  const start = (report.start ?? 'unknown').padEnd(9);
  const failed = report.status === undefined ? '' : `  ${paint.red(report.errorType ?? report.status)}`;
  const reason = reasonOf(report);
  return [
    time,
    ...(withName ? [paint.cyan(event.function)] : []),
    report.start === 'cold' ? paint.yellow(start) : start,
    `${totalMs(report).toFixed(2).padStart(9)} ms`,
    `(${phasesOf(report)})${reason === '' ? '' : `  ${reason}`}${failed}`,
    paint.dim(report.requestId),
  ].join('  ');
}

export function formatEvent(event: LogEvent, { paint }: Terminal, withName: boolean): string {
  const time = paint.dim(localTime(new Date(event.timestampMs)).slice(11));
  const platform = /^(?:START|END|REPORT|INIT_START) /.test(event.message);
  const text = platform ? paint.dim(event.message) : event.message;
  return `${time}  ${withName ? `${paint.cyan(event.function)}  ` : ''}${text}`;
}
