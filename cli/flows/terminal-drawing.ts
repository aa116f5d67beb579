// A graph in lines of text: states below one another, each with what became of it, and arrows on the left for whatever does not simply go on
// to the next. Pure.

import type { Terminal } from '../terminal/terminal.ts';
import type { Edge, Flow, FlowState } from './graph.ts';
import { gutterOf } from './gutter.ts';
import type { Jump } from './gutter.ts';
import { NOT_REACHED, tookKey } from './progress.ts';
import type { Progress, StateProgress } from './progress.ts';
import { COLOURS, factsOf, kindOf, MARKS, oneLine, shortened, troubleText } from './wording.ts';

export interface TerminalDrawing {
  readonly flow: Flow;
  /** Undefined where no execution is shown. */
  readonly progress: Progress | undefined;
  readonly columns: number;
  readonly paint: Terminal['paint'];
}

export function drawInTerminal(drawing: TerminalDrawing): readonly string[] {
  return linesOf(drawing.flow, drawing.columns, drawing);
}

/** A line, and what it begins or ends of an arrow. */
interface Row {
  readonly text: string;
  /** An arrow starts here; `isTaken`: somebody went along it. */
  readonly leaves?: { readonly to: string; readonly isTaken: boolean };
  readonly state?: string;
}

const NAMES_WIDTH = 40;
const NAMES_WIDTH_LEAST = 12;

function linesOf(flow: Flow, columns: number, drawing: TerminalDrawing): readonly string[] {
  const longest = flow.states.reduce((length, { name }) => Math.max(length, oneLine(name).length), 0);
  // Half of a narrow terminal is for what is said of a state.
  const nameWidth = Math.min(NAMES_WIDTH, Math.max(Math.floor(columns / 2) - 4, NAMES_WIDTH_LEAST), longest);
  const rows = flow.states.flatMap((state, index) => rowsOf(state, flow.states[index + 1], { ...drawing, columns, nameWidth }));
  const rowOfState = new Map(rows.flatMap((row, index) => (row.state === undefined ? [] : [[row.state, index] as const])));
  const jumps = rows.flatMap(({ leaves }, from): Jump[] => {
    const to = leaves && rowOfState.get(leaves.to);
    return leaves === undefined || to === undefined ? [] : [{ from, to, isTaken: leaves.isTaken }];
  });
  const gutter = gutterOf(jumps, rows.length, drawing.progress === undefined ? undefined : drawing.paint.dim);
  return rows.map(({ text }, index) => `${gutter[index] ?? ''}${text}`.trimEnd());
}

interface Level extends TerminalDrawing {
  readonly nameWidth: number;
}

function rowsOf(state: FlowState, below: FlowState | undefined, level: Level): readonly Row[] {
  const progress = level.progress?.states.get(state.name) ?? NOT_REACHED;
  const straight = state.edges.find(({ to, kind }) => to === below?.name && kind === 'next');
  const leaving = state.edges.filter((edge) => edge !== straight);
  const isPath = state.edges.length > 0;
  return [
    { text: headline(state, progress, level), state: state.name },
    ...troubleOf(progress, isPath, level),
    ...innerRows(state, isPath, level),
    ...leaving.map((edge, index) => leavingRow(state, edge, straight !== undefined || index < leaving.length - 1, level)),
    ...(below === undefined ? [] : [{ text: straight === undefined ? '' : '│' }]),
  ];
}

function headline(state: FlowState, progress: StateProgress, { nameWidth, columns, paint, progress: shown }: Level): string {
  const { mark } = progress;
  const name = shortened(oneLine(state.name), nameWidth);
  const facts = [oneLine(kindOf(state)), ...(shown === undefined ? [] : factsOf(state, progress))].join(' · ');
  const room = columns - nameWidth - 8;
  const sign = shown === undefined ? '○' : MARKS[mark];
  const colour = shown === undefined ? paint.bold : paint[COLOURS[mark]];
  return `${colour(sign)} ${colour(name)}${' '.repeat(nameWidth - name.length)}  ${paint.dim(shortened(facts, Math.max(room, 20)))}`;
}

function troubleOf({ mark, error }: StateProgress, isPath: boolean, { columns, paint }: Level): readonly Row[] {
  if (error === undefined || mark === 'succeeded') return [];
  const text = troubleText(error.error, error.cause);
  const colour = mark === 'caught' || mark === 'running' ? paint.yellow : paint.red;
  return text === '' ? [] : [{ text: `${isPath ? '│' : ' '}   ${colour(shortened(text, Math.max(columns - 12, 20)))}` }];
}

function innerRows(state: FlowState, isPath: boolean, level: Level): readonly Row[] {
  const spine = isPath ? '│' : ' ';
  const rows = state.inner.flatMap(({ title, flow, isElsewhere }, index) => [
    `${index === 0 ? '┌' : '├'} ${level.paint.dim(title)}`,
    ...linesOf(flow, level.columns - 6, isElsewhere ? { ...level, progress: undefined } : level).map((line) => `│ ${line}`),
  ]);
  return [...rows, ...(rows.length === 0 ? [] : ['└'])].map((text) => ({ text: `${spine}   ${text}` }));
}

/** `┤ catch Card.Declined → Refuse`; `╯` where nothing goes on below. */
function leavingRow(state: FlowState, { to, kind, label }: Edge, goesOn: boolean, level: Level): Row {
  const { paint, progress, columns } = level;
  const isTaken = (progress?.taken.get(tookKey(state.name, to, kind === 'catch')) ?? 0) > 0;
  const colour = progress !== undefined && !isTaken ? paint.dim : (text: string) => text;
  const text = shortened(`${label === '' ? '' : `${oneLine(label)} `}→ ${oneLine(to)}`, Math.max(columns - 10, 20));
  return { text: `${goesOn ? '┤' : '╯'} ${colour(text)}`, leaves: { to, isTaken } };
}
