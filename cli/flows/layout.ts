// Where the states of a graph stand in a picture, and how the arrows run. Pure. What is within a state is laid out first and is as large as it is.

import { Graph, layout as place } from '@dagrejs/dagre';
import type { Edge, Flow, FlowState } from './graph.ts';
import { oneLine, shortened } from './wording.ts';

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  /** Where an execution begins and where it ends; none within a state. */
  readonly dots: readonly Point[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** `x` and `y` are of the upper left corner, within the layout that it belongs to. */
export interface Box extends Point {
  readonly state: FlowState;
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly inner: readonly (Point & { readonly title: string; readonly isElsewhere: boolean; readonly layout: Layout })[];
}

export interface Arrow {
  readonly points: readonly Point[];
  readonly label: string;
  readonly labelAt: Point | undefined;
  /** Undefined for the one from the start. */
  readonly from: string | undefined;
  /** Undefined for those from the start and to the end. */
  readonly edge: Edge | undefined;
}

export const LINE_HEIGHT = 17;
export const PADDING = 12;
export const TITLE_HEIGHT = 18;
export const DOT_RADIUS = 7;
const CHARACTER_WIDTH = 7.1;
const LABEL_CHARACTER_WIDTH = 6;

/** Of nodes in the layout's graph, which keeps them as members of objects: a state may be called `__proto__` or `constructor`. */
const nodeName = (index: number): string => `state ${index}`;
const START = 'start';
const END = 'end';

/** @param linesOf What stands in a state's box. */
export function layOut(flow: Flow, linesOf: (state: FlowState, isElsewhere: boolean) => readonly string[]): Layout {
  return layOutFlow(flow, linesOf, { hasDots: true, isElsewhere: false });
}

interface Place {
  readonly hasDots: boolean;
  readonly isElsewhere: boolean;
}

function layOutFlow(flow: Flow, linesOf: Parameters<typeof layOut>[1], { hasDots, isElsewhere }: Place): Layout {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', nodesep: 36, ranksep: 44, edgesep: 18, marginx: 8, marginy: 8 });
  const sized = new Map(flow.states.map((state) => [state.name, sizedBox(state, linesOf, isElsewhere)]));
  const nodes = new Map([...sized.keys()].map((name, index) => [name, nodeName(index)]));
  const nodeOf = (name: string): string => nodes.get(name) ?? START;
  for (const [name, { width, height }] of sized) graph.setNode(nodeOf(name), { width, height });
  const edges = new Map<string, Way>();
  const connect: Connect = (from, to, edge, state) => {
    const id = String(edges.size);
    edges.set(id, { edge, from: state });
    const width = edge === undefined ? 0 : Math.ceil(labelOf(edge).length * LABEL_CHARACTER_WIDTH);
    graph.setEdge(
      from,
      to,
      { width, height: width === 0 ? 0 : LINE_HEIGHT, labelpos: 'c', weight: edge?.kind === 'catch' ? 1 : 2 },
      id,
    );
  };
  for (const state of flow.states)
    for (const edge of state.edges) if (sized.has(edge.to)) connect(nodeOf(state.name), nodeOf(edge.to), edge, state.name);
  if (hasDots) addDots({ graph, flow, nodeOf, connect });
  place(graph);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width,
    height,
    boxes: [...sized].map(([name, box]) => ({ ...box, ...cornerOf(graph.node(nodeOf(name))) })),
    arrows: graph.edges().map((id: EdgeId) => arrowOf(graph.edge(id), edges.get(id.name ?? '') ?? NO_WAY)),
    dots: hasDots ? [START, END].filter((name) => graph.hasNode(name)).map((name) => centreOf(graph.node(name))) : [],
  };
}

interface EdgeId {
  readonly name?: string;
}

/** From one node to another; `state` is whose way it is, undefined from the start. */
type Connect = (from: string, to: string, edge: Edge | undefined, state: string | undefined) => void;

interface Dots {
  readonly graph: Graph;
  readonly flow: Flow;
  readonly nodeOf: (name: string) => string;
  readonly connect: Connect;
}

function addDots({ graph, flow, nodeOf, connect }: Dots): void {
  // Each its own: the layout writes into them.
  const size = () => ({ width: 2 * DOT_RADIUS, height: 2 * DOT_RADIUS });
  graph.setNode(START, size());
  connect(START, nodeOf(flow.startAt), undefined, undefined);
  const ends = flow.states.filter(({ isEnd }) => isEnd);
  if (ends.length > 0) graph.setNode(END, size());
  for (const { name } of ends) connect(nodeOf(name), END, undefined, name);
}

export function labelOf({ label }: Edge): string {
  return shortened(oneLine(label), LABEL_MAX);
}

const LABEL_MAX = 36;

function sizedBox(state: FlowState, linesOf: Parameters<typeof layOut>[1], isElsewhere: boolean): Box {
  const lines = linesOf(state, isElsewhere);
  const inner: Box['inner'][number][] = [];
  const textHeight = lines.length * LINE_HEIGHT + 2 * PADDING - 6;
  let width = Math.max(...lines.map((line) => line.length * CHARACTER_WIDTH)) + 2 * PADDING + 18;
  let height = textHeight;
  let x = PADDING;
  for (const { title, flow, isElsewhere: isApart } of state.inner) {
    const layout = layOutFlow(flow, linesOf, { hasDots: false, isElsewhere: isElsewhere || isApart });
    const own = Math.max(layout.width, title.length * LABEL_CHARACTER_WIDTH + PADDING);
    inner.push({ title, isElsewhere: isApart, layout: { ...layout, width: own }, x, y: textHeight + TITLE_HEIGHT });
    x += own + PADDING;
    width = Math.max(width, x);
    height = Math.max(height, textHeight + TITLE_HEIGHT + layout.height + PADDING);
  }
  return { state, lines, x: 0, y: 0, width, height, inner };
}

interface Placed {
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
}

const centreOf = ({ x = 0, y = 0 }: Placed): Point => ({ x, y });
const cornerOf = ({ x = 0, y = 0, width = 0, height = 0 }: Placed): Point => ({ x: x - width / 2, y: y - height / 2 });

type Way = Pick<Arrow, 'edge' | 'from'>;
const NO_WAY: Way = { edge: undefined, from: undefined };

function arrowOf(placed: Placed & { readonly points?: readonly Point[] }, { edge, from }: Way): Arrow {
  const label = edge === undefined ? '' : labelOf(edge);
  const points = (placed.points ?? []).map(({ x, y }) => ({ x, y }));
  return { points, label, labelAt: label === '' ? undefined : centreOf(placed), from, edge };
}
