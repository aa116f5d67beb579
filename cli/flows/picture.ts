// A graph as a picture: an SVG document of its own, that needs nothing else, is light and readable, and tells a state by shape and words as well
// as by colour. Pure.

import type { Arrow, Box, Layout, Point } from './layout.ts';
import { DOT_RADIUS, layOut, LINE_HEIGHT, PADDING, TITLE_HEIGHT } from './layout.ts';
import type { Edge, Flow, FlowState } from './graph.ts';
import { NOT_REACHED, tookKey } from './progress.ts';
import type { Mark, Progress } from './progress.ts';
import { factsOf, kindOf, MARKS, oneLine, shortened } from './wording.ts';

export interface Picture {
  readonly title: string;
  /** Below the title: how the execution stands. */
  readonly lines: readonly string[];
  readonly flow: Flow;
  readonly progress: Progress | undefined;
}

const HEAD_LINE = 20;
const MARGIN = 16;
const TEXT_MAX = 60;

export function drawPicture({ title, lines, flow, progress }: Picture): string {
  const layout = layOut(flow, (state, isElsewhere) => textOf(state, isElsewhere ? undefined : progress));
  const head = [title, ...lines].map((line) => shortened(oneLine(line), 2 * TEXT_MAX));
  const headHeight = head.length * HEAD_LINE + MARGIN;
  const width = Math.ceil(Math.max(layout.width, ...head.map((line) => line.length * 7.5)) + 2 * MARGIN);
  const height = Math.ceil(layout.height + headHeight + 2 * MARGIN);
  const texts = head.map(
    (line, index) =>
      `<text x="${MARGIN}" y="${MARGIN + 14 + index * HEAD_LINE}" class="${index === 0 ? 'title' : 'quiet'}">${escaped(line)}</text>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(head.join(', '))}">`,
    STYLE,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...texts,
    `<g transform="translate(${MARGIN} ${headHeight + MARGIN})">`,
    ...drawLayout(layout, progress),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function textOf(state: FlowState, progress: Progress | undefined): readonly string[] {
  const of = progress?.states.get(state.name) ?? NOT_REACHED;
  const lines = [state.name, kindOf(state), ...(progress === undefined ? [] : [factsOf(state, of).join(' · ')])];
  const error = of.mark === 'succeeded' ? undefined : of.error?.error;
  return [...lines, ...(error === undefined ? [] : [error])]
    .map((line) => shortened(oneLine(line), TEXT_MAX))
    .filter((line) => line !== '');
}

function drawLayout({ boxes, arrows, dots }: Layout, progress: Progress | undefined): readonly string[] {
  return [
    ...arrows.map((arrow) => drawArrow(arrow, progress)),
    ...dots.map(({ x, y }) => `<circle cx="${round(x)}" cy="${round(y)}" r="${DOT_RADIUS}" fill="#5b6570"/>`),
    ...boxes.flatMap((box) => drawBox(box, progress)),
  ];
}

interface Look {
  readonly fill: string;
  readonly line: string;
  readonly dashes?: string;
}

const PLAIN: Look = { fill: '#f7f8fa', line: '#5b6570' };

/** Light enough for black text, and dark enough at the edge for whoever sees no colours. */
const LOOKS: Readonly<Record<Mark, Look>> = {
  succeeded: { fill: '#e8f6ec', line: '#1a7f37' },
  failed: { fill: '#fdecec', line: '#c0262d' },
  caught: { fill: '#fff6e0', line: '#a15c00' },
  running: { fill: '#e7f1fd', line: '#0b62c4' },
  aborted: { fill: '#f6ecec', line: '#8c4a4d', dashes: '6 3' },
  notReached: { fill: '#ffffff', line: '#6b7480', dashes: '3 4' },
};

function drawBox({ x, y, width, height, state, lines, inner }: Box, progress: Progress | undefined): readonly string[] {
  const mark = progress === undefined ? undefined : (progress.states.get(state.name)?.mark ?? 'notReached');
  const { fill, line, dashes } = mark === undefined ? PLAIN : LOOKS[mark];
  const dashed = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`;
  const sign = mark === undefined ? '' : `${MARKS[mark]} `;
  const left = x + PADDING;
  return [
    `<g><title>${escaped(lines.join(' — '))}</title>`,
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="7" fill="${fill}" stroke="${line}" stroke-width="1.5"${dashed}/>`,
    ...lines.map(
      (text, index) =>
        `<text x="${round(left)}" y="${round(y + PADDING + 9 + index * LINE_HEIGHT)}" ${index === 0 ? `class="name" style="fill:${line}"` : 'class="quiet"'}>${index === 0 ? sign : ''}${escaped(text)}</text>`,
    ),
    ...inner.flatMap((group) => [
      `<g transform="translate(${round(x + group.x)} ${round(y + group.y)})">`,
      `<rect y="${-TITLE_HEIGHT}" width="${round(group.layout.width)}" height="${round(group.layout.height + TITLE_HEIGHT)}" rx="5" fill="#ffffff" fill-opacity="0.7" stroke="${line}" stroke-opacity="0.4"/>`,
      `<text x="8" y="-4" class="label">${escaped(group.title)}</text>`,
      ...drawLayout(group.layout, group.isElsewhere ? undefined : progress),
      '</g>',
    ]),
    '</g>',
  ];
}

function drawArrow({ points, label, labelAt, from, edge }: Arrow, progress: Progress | undefined): string {
  const isTaken = progress === undefined || from === undefined || wasTaken(progress, from, edge);
  const colour = isTaken ? '#3a424b' : '#b6bec7';
  const dashes = edge?.kind === 'catch' ? ' stroke-dasharray="5 3"' : '';
  const path = `<path d="${smooth(points)}" fill="none" stroke="${colour}" stroke-width="${isTaken ? 1.6 : 1.2}"${dashes}/>${headOf(points, colour)}`;
  if (labelAt === undefined) return path;
  return `${path}<text x="${round(labelAt.x)}" y="${round(labelAt.y + 4)}" text-anchor="middle" class="label">${escaped(label)}</text>`;
}

function wasTaken({ taken, states }: Progress, from: string, edge: Edge | undefined): boolean {
  const { mark, leftMs } = states.get(from) ?? NOT_REACHED;
  // Nobody leaves a Fail state; it ends the execution.
  return edge === undefined ? leftMs !== undefined || mark === 'failed' : taken.has(tookKey(from, edge.to, edge.kind === 'catch'));
}

/** Through the middles between the points: curves without corners. */
function smooth(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return '';
  const steps = others.map((point, index) => {
    const next = others[index + 1];
    if (next === undefined) return `L${at(point)}`;
    return `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return [`M${at(first)}`, ...steps].join(' ');
}

const HEAD_LENGTH = 8;

/** A marker would need a name that is unique in the page that the picture is put into. */
function headOf(points: readonly Point[], colour: string): string {
  const [before, tip] = [points.at(-2), points.at(-1)];
  if (before === undefined || tip === undefined) return '';
  const angle = Math.atan2(tip.y - before.y, tip.x - before.x);
  const corner = (turn: number): Point => ({
    x: tip.x - HEAD_LENGTH * Math.cos(angle + turn),
    y: tip.y - HEAD_LENGTH * Math.sin(angle + turn),
  });
  return `<path d="M${at(tip)} L${at(corner(0.42))} L${at(corner(-0.42))} Z" fill="${colour}"/>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;
const at = ({ x, y }: Point): string => `${round(x)} ${round(y)}`;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Of one line. XML has no characters for halves of surrogate pairs, nor for the last two of Unicode's first plane. */
function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

const STYLE = `<style>
text { font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.name { font-size: 13px; font-weight: 600 }
.quiet { font-size: 12px; fill: #57606a }
.label { font-size: 11px; fill: #57606a; paint-order: stroke; stroke: #ffffff; stroke-width: 3px; stroke-linejoin: round }
</style>`;
