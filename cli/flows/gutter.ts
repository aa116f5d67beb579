// Arrows on the left of lines, from one line to another, as a disassembler draws jumps: each in a lane of its own for as long as it runs. Pure.

export interface Jump {
  readonly from: number;
  readonly to: number;
  /** Others are drawn faintly. */
  readonly isTaken: boolean;
}

/** More than so many beside each other say nothing any more: the others are told by the text alone. */
const LANES_MAX = 12;

/** @returns What goes in front of each line; all are of the same width. */
export function gutterOf(jumps: readonly Jump[], lines: number, faint: ((text: string) => string) | undefined): readonly string[] {
  const laned = withLanes(jumps);
  const lanes = Math.max(-1, ...laned.map(({ lane }) => lane)) + 1;
  if (lanes === 0) return Array.from({ length: lines }, () => '');
  return Array.from({ length: lines }, (_, line) => lineOf(line, laned, lanes, faint));
}

interface LanedJump extends Jump {
  /** 0 is nearest to the text. */
  readonly lane: number;
}

/** Short ones inside, long ones around them. */
function withLanes(jumps: readonly Jump[]): readonly LanedJump[] {
  const taken: (readonly [number, number])[][] = [];
  const span = ({ from, to }: Jump) => Math.abs(to - from);
  return jumps
    .toSorted((one, other) => span(one) - span(other) || one.from - other.from)
    .flatMap((jump) => {
      const [top, bottom] = [Math.min(jump.from, jump.to), Math.max(jump.from, jump.to)];
      const isFree = (lane: number) => (taken[lane] ?? []).every(([first, last]) => bottom < first || top > last);
      const lane = Array.from({ length: LANES_MAX }, (_, each) => each).find(isFree);
      if (lane === undefined) return [];
      (taken[lane] ??= []).push([top, bottom]);
      return [{ ...jump, lane }];
    });
}

interface Cell {
  readonly text: string;
  readonly isTaken: boolean;
}

/** Where one meets another that is there already. */
const JOINTS: Readonly<Record<string, string>> = { '│─': '┼', '─╰': '┴', '╰─': '┴', '─╭': '┬', '╭─': '┬' };

function lineOf(line: number, jumps: readonly LanedJump[], lanes: number, faint: ((text: string) => string) | undefined): string {
  const width = lanes * 2 + 1;
  const cells: Cell[] = Array.from({ length: width }, () => ({ text: ' ', isTaken: false }));
  const columnOf = (lane: number): number => (lanes - 1 - lane) * 2;
  const put = (column: number, { text, isTaken }: Cell): void => {
    const before = cells[column] ?? { text: ' ', isTaken };
    const joined = JOINTS[`${before.text}${text}`];
    cells[column] = joined === undefined ? { text, isTaken } : { text: joined, isTaken: isTaken || before.isTaken };
  };
  for (const { from, to, lane, isTaken } of jumps)
    if (line > Math.min(from, to) && line < Math.max(from, to)) put(columnOf(lane), { text: '│', isTaken });
  for (const jump of jumps) {
    const { from, to, lane, isTaken } = jump;
    if (line !== from && line !== to) continue;
    const isTop = line === Math.min(from, to);
    put(columnOf(lane), { text: from === to ? '╶' : isTop ? '╭' : '╰', isTaken });
    for (let column = columnOf(lane) + 1; column < width; column++) put(column, { text: '─', isTaken });
    if (line === to) cells[width - 1] = { text: '▶', isTaken };
  }
  return cells.map(({ text, isTaken }) => (text === ' ' || isTaken || faint === undefined ? text : faint(text))).join('');
}
