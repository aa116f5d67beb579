// `mayfly flows show WHAT`: the graph of a state machine, or of one of its executions with what became of each state; a durable execution's operations.

import { writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { durableHistoryOf } from '../aws/durable-executions.ts';
import type { DurableExecutionDetails } from '../aws/durable-executions.ts';
import { definitionOf, historyOf, mapRunItems } from '../aws/states.ts';
import type { ExecutionDetails } from '../aws/states.ts';
import type { Connection } from '../connection.ts';
import { usageFailure } from '../failure.ts';
import { findMachine, shortName, theExecution } from '../flows/find.ts';
import { endingOf } from '../flows/ending.ts';
import { flowOf } from '../flows/graph.ts';
import type { Flow } from '../flows/graph.ts';
import { drawOperations } from '../flows/operation-tree.ts';
import { operationsOf } from '../flows/operations.ts';
import { progressOf } from '../flows/progress.ts';
import type { HistoryEvent, Iterations, Progress } from '../flows/progress.ts';
import { statusText, plainStatus } from '../flows/status-words.ts';
import { drawInTerminal } from '../flows/terminal-drawing.ts';
import { duration, oneLine, shortened } from '../flows/wording.ts';
import { openSession } from '../session.ts';
import { localTime } from '../terminal/amounts.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface ShowOptions {
  /** True where no file is named. */
  readonly svg?: string | true;
}

export function showCommand(): Command {
  return new Command('show')
    .description('draw a state machine or an execution: each state, its attempts and times, and why it failed')
    .argument('<what>', "an execution's ARN, name, machine/name or function/name; or a state machine")
    .option('--svg [file]', 'write a picture instead (default: NAME.svg; - for standard output)')
    .action(async (what: string, _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<ShowOptions>(command);
      const target = await connection();
      // One look tells whether it is a machine; an execution of that name alone may be any machine's.
      const machine = what.includes('/') ? undefined : await findMachine(target, what);
      if (machine === undefined) {
        const { kind, execution } = await theExecution(target, what, `There is no execution and no state machine ${what}.`);
        return kind === 'durable'
          ? showDurable(target, terminal, execution, options.svg)
          : showExecution(target, terminal, execution, options.svg);
      }
      const flow = flowOf(machine.definition);
      await show(terminal, options.svg, {
        name: machine.name,
        title: machine.name,
        lines: [`${machine.type.toLowerCase()} state machine`],
        foot: [],
        flow,
        progress: undefined,
        document: { ...machine, definition: JSON.parse(machine.definition) as unknown },
      });
    });
}

interface Shown {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly string[];
  readonly foot: readonly string[];
  readonly flow: Flow;
  readonly progress: Progress | undefined;
  readonly document: object;
}

async function showExecution(
  connection: Connection,
  terminal: Terminal,
  execution: ExecutionDetails,
  svg: ShowOptions['svg'],
): Promise<void> {
  const { executionArn, status, startDate, stopDate } = execution;
  const [definition, events] = await Promise.all([definitionOf(connection, executionArn), historyOf(connection, executionArn)]);
  const flow = flowOf(definition);
  const progress = progressOf(flow, events, { status, nowMs: Date.now(), mapRuns: await mapRunsOf(connection, events) });
  const took = duration(Math.max(0, (stopDate ?? Date.now() / 1000) - startDate) * 1000);
  const redrives = (execution.redriveCount ?? 0) === 0 ? '' : `, redriven ${execution.redriveCount}×`;
  const when = `${status === 'RUNNING' ? 'for' : 'after'} ${took}, started ${localTime(new Date(startDate * 1000))}${redrives}`;
  await show(terminal, svg, {
    name: execution.name,
    title: shortName(execution),
    lines: [`${terminal.json || svg !== undefined ? plainStatus(status) : statusText(status, terminal.paint)} ${when}`],
    foot: endingOf(execution, flow, progress),
    flow,
    progress,
    document: { ...execution, states: Object.fromEntries(progress.states) },
  });
}

/** Counted for each distributed map, a few in an execution. */
async function mapRunsOf(connection: Connection, events: readonly HistoryEvent[]): Promise<ReadonlyMap<string, Iterations>> {
  const runs = new Map<string, Iterations>();
  for (const { mapRunStartedEventDetails: details } of events) {
    const arn = (details as { readonly mapRunArn?: string } | undefined)?.mapRunArn;
    if (arn !== undefined) runs.set(arn, await mapRunItems(connection, arn));
  }
  return runs;
}

const TEXT_MAX = 2000;

async function show(terminal: Terminal, svg: ShowOptions['svg'], shown: Shown): Promise<void> {
  const { name, title, lines, foot, flow, progress, document } = shown;
  if (svg !== undefined) {
    // The layout is loaded where it is needed.
    const { drawPicture } = await import('../flows/picture.ts');
    return writePicture(
      terminal,
      svg === true ? `${fileName(name)}.svg` : svg,
      drawPicture({ title, lines: [...lines, ...foot], flow, progress }),
    );
  }
  if (terminal.json) return terminal.printJson(document);
  terminal.print(`${terminal.paint.bold(oneLine(title))}  ${lines.join('  ')}`);
  terminal.print('');
  for (const line of drawInTerminal({ flow, progress, columns: terminal.columns, paint: terminal.paint })) terminal.print(line);
  if (foot.length > 0) terminal.print('');
  for (const line of foot) terminal.print(line);
}

async function writePicture(terminal: Terminal, file: string, picture: string): Promise<void> {
  if (file === '-') return terminal.write(picture);
  try {
    await writeFile(file, picture);
  } catch (cause) {
    throw usageFailure(`Cannot write ${file} (${(cause as NodeJS.ErrnoException).code}).`);
  }
  if (terminal.json) terminal.printJson({ file });
  else terminal.print(file);
}

/** Of a name that may hold anything. */
function fileName(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[.-]+/, '') || 'flow';
}

async function showDurable(
  connection: Connection,
  terminal: Terminal,
  execution: DurableExecutionDetails,
  svg: ShowOptions['svg'],
): Promise<void> {
  if (svg !== undefined)
    throw usageFailure(
      'A durable execution has no picture: which operations come next is known to its code alone.',
      'Leave --svg out.',
    );
  const { DurableExecutionArn: arn, DurableExecutionName: name, Status: status, StartTimestamp, EndTimestamp } = execution;
  const { operations, invocations } = operationsOf(await durableHistoryOf(connection, arn), status);
  if (terminal.json) return terminal.printJson({ ...execution, invocations, operations });
  const { paint, columns } = terminal;
  const took = duration(Math.max(0, (EndTimestamp ?? Date.now() / 1000) - StartTimestamp) * 1000);
  const started = localTime(new Date(StartTimestamp * 1000));
  const calls = `${invocations} ${invocations === 1 ? 'invocation' : 'invocations'}`;
  terminal.print(
    `${paint.bold(oneLine(name))}  ${statusText(status, paint)} ${status === 'RUNNING' ? 'for' : 'after'} ${took}, started ${started}, ${calls}`,
  );
  terminal.print('');
  for (const line of drawOperations({ operations, columns, nowMs: Date.now(), paint })) terminal.print(line);
  const { Error: error, Result: result } = execution;
  const why = [error?.ErrorType, error?.ErrorMessage].filter((part) => part !== undefined).join(': ');
  if (status !== 'RUNNING' && why !== '') terminal.print(`\nIt ended with ${shortened(oneLine(why), TEXT_MAX)}`);
  else if (result !== undefined) terminal.print(`\nOutput  ${shortened(oneLine(result), TEXT_MAX)}`);
}
