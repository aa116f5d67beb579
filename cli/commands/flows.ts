// `mayfly flows`: state machines, durable functions, and their executions; once, or as they go on.

import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import type { Connection } from '../connection.ts';
import { usageFailure } from '../failure.ts';
import { countsOf, lookAtFlows, newestOf } from '../flows/overview.ts';
import type { FlowExecution, FlowStatus, FlowSummary, Wanted } from '../flows/overview.ts';
import { plainStatus, statusOfWord, statusText, STATUS_WORDS } from '../flows/status-words.ts';
import { duration, oneLine } from '../flows/wording.ts';
import { openSession } from '../session.ts';
import { localTime } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { showCommand } from './flows-show.ts';
import { startCommand } from './flows-start.ts';
import { redriveCommand, stopCommand } from './flows-stop.ts';

interface FlowsOptions {
  readonly machine?: string;
  readonly status?: string;
  readonly count: string;
  readonly follow?: boolean;
}

export function flowsCommand(): Command {
  return new Command('flows')
    .description('look at workflows: state machines, durable functions and their executions')
    .option('-m, --machine <name>', 'one state machine, or one durable function (default: all)')
    .option('-s, --status <status>', `only executions that are ${STATUS_WORDS.join(', ')}`)
    .option('-n, --count <number>', 'how many of the newest executions, 1 to 1000', '20')
    .option('-f, --follow', 'go on with each execution that starts or ends, until Ctrl-C')
    .action(async (_options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<FlowsOptions>(command);
      const count = countOf(options.count);
      const wanted = { flow: options.machine, status: statusOf(options.status), count: COUNTED };
      const target = await connection();
      const flows = await lookAtFlows(target, wanted);
      if (options.follow === true) return follow(target, wanted, { terminal, flows, count });
      const newest = newestOf(flows, count);
      if (terminal.json) terminal.printJson(documentOf(flows, newest));
      else for (const line of linesOf(flows, newest, terminal)) terminal.print(line);
    })
    .addCommand(startCommand())
    .addCommand(showCommand())
    .addCommand(stopCommand())
    .addCommand(redriveCommand());
}

/** Of each, so many of the newest are counted: as many as one answer has. */
const COUNTED = 1000;

function countOf(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > COUNTED) throw usageFailure(`"${text}" is no number from 1 to ${COUNTED}.`);
  return count;
}

function statusOf(word: string | undefined): FlowStatus | undefined {
  const status = word === undefined ? undefined : statusOfWord(word);
  if (word !== undefined && status === undefined)
    throw usageFailure(`"${word}" is no status of an execution.`, `There are ${STATUS_WORDS.join(', ')}.`);
  return status;
}

function documentOf(flows: readonly FlowSummary[], newest: readonly FlowExecution[]): object {
  return {
    flows: flows.map(({ name, arn, kind, executions, hasMore }) => ({
      name,
      arn,
      kind,
      counts: executions && countsOf(executions),
      counted: executions?.length,
      hasMore,
    })),
    executions: newest.map(recordOf),
  };
}

function recordOf({ startedMs, endedMs, ...execution }: FlowExecution): object {
  return {
    ...execution,
    startedAt: new Date(startedMs).toISOString(),
    endedAt: endedMs === undefined ? undefined : new Date(endedMs).toISOString(),
  };
}

function linesOf(flows: readonly FlowSummary[], newest: readonly FlowExecution[], terminal: Terminal): readonly string[] {
  if (flows.length === 0) return ['There are no state machines and no durable functions.'];
  const isCut = flows.some(({ hasMore }) => hasMore);
  return [
    ...flowTable(flows),
    ...(isCut ? [terminal.paint.dim(`+ of the newest ${COUNTED} alone`)] : []),
    ...(newest.length === 0 ? [] : ['', ...executionTable(newest, terminal)]),
  ];
}

function flowTable(flows: readonly FlowSummary[]): readonly string[] {
  const rows = flows.map(({ name, kind, executions, hasMore }) => {
    if (executions === undefined) return [oneLine(name), kind.toLowerCase(), '', '', '', '', '(in its log group)'];
    const {
      RUNNING = 0,
      PENDING_REDRIVE = 0,
      SUCCEEDED = 0,
      FAILED = 0,
      TIMED_OUT = 0,
      ABORTED = 0,
      STOPPED = 0,
    } = countsOf(executions);
    const counts = [RUNNING + PENDING_REDRIVE, SUCCEEDED, FAILED + TIMED_OUT, ABORTED + STOPPED].map(String);
    const [newest] = newestOf([{ name, arn: '', kind, executions, hasMore }], 1);
    const time = newest === undefined ? '' : localTime(new Date(newest.startedMs));
    return [`${oneLine(name)}${hasMore ? ' +' : ''}`, kind.toLowerCase(), ...counts, time];
  });
  const count = (title: string) => ({ title, align: 'right' }) as const;
  return table(
    [
      { title: 'Flow' },
      { title: 'Kind' },
      count('Running'),
      count('Succeeded'),
      count('Failed'),
      count('Stopped'),
      { title: 'Newest' },
    ],
    rows,
  );
}

/** Colours would count as width: they are put in when the columns stand. */
function executionTable(executions: readonly FlowExecution[], { paint }: Terminal): readonly string[] {
  const rows = executions.map((execution) => [
    plainStatus(execution.status),
    oneLine(execution.name),
    localTime(new Date(execution.startedMs)),
    tookOf(execution),
  ]);
  const [head = '', ...lines] = table(
    [{ title: 'Status' }, { title: 'Execution' }, { title: 'Started' }, { title: 'Took', align: 'right' }],
    rows,
  );
  return [
    head,
    ...lines.map((line, index) => {
      const status = executions[index]?.status;
      return status === undefined ? line : line.replace(plainStatus(status), () => statusText(status, paint));
    }),
  ];
}

function tookOf({ startedMs, endedMs }: FlowExecution): string {
  return duration(Math.max(0, (endedMs ?? Date.now()) - startedMs));
}

interface Followed {
  readonly terminal: Terminal;
  readonly flows: readonly FlowSummary[];
  readonly count: number;
}

/** The platform tells nobody of all executions; a look every half second is quick for people and little work. */
const LOOK_MS = 500;

async function follow(connection: Connection, wanted: Wanted, { terminal, flows, count }: Followed): Promise<void> {
  const known = new Map<string, FlowStatus>();
  const changed = (looked: readonly FlowSummary[]) =>
    newestOf(looked, COUNTED)
      .filter(({ arn, status }) => known.get(arn) !== status)
      .toReversed();
  const news = changed(flows);
  for (const { arn, status } of news) known.set(arn, status);
  for (const execution of news.slice(-count)) showNews(terminal, execution);
  terminal.note(terminal.paint.dim('Executions as they start and end, until Ctrl-C:'));
  for (;;) {
    await delay(LOOK_MS);
    const looked = await lookAtFlows(connection, wanted);
    for (const execution of changed(looked)) {
      known.set(execution.arn, execution.status);
      showNews(terminal, execution);
    }
    // Those that are not among the newest any more come no more: who follows for weeks keeps none of them.
    const seen = new Set(looked.flatMap(({ executions = [] }) => executions.map(({ arn }) => arn)));
    for (const arn of known.keys()) if (!seen.has(arn)) known.delete(arn);
  }
}

function showNews(terminal: Terminal, execution: FlowExecution): void {
  if (terminal.json) return terminal.printJson(recordOf(execution));
  const { startedMs, endedMs, status, name } = execution;
  const time = terminal.paint.dim(localTime(new Date(endedMs ?? startedMs)).slice(11));
  const took = endedMs === undefined ? '' : terminal.paint.dim(`  ${tookOf(execution)}`);
  terminal.print(`${time}  ${statusText(status, terminal.paint)}  ${oneLine(name)}${took}`);
}
