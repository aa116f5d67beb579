// What every benchmark over HTTP shares: children that serve, a child that loads, alternating rounds, medians, and an eye on who else
// uses the machine. A figure is only ever a ratio inside one run; a sample with much foreign load is worth less, and says so.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../bin/node-flags.mjs';
import type { LoadOrder, LoadSample } from './load.ts';
import { findWrk, loadWithWrk } from './wrk.ts';

export interface Child {
  readonly process: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string>;
  say(text: string): void;
}

/** Children end with `close`, whatever happened. */
export class Children {
  readonly #children: Child[] = [];

  start(file: URL, ...parameters: readonly string[]): Child {
    const child = spawn(process.execPath, [...(parameters[0] === 'mayfly' ? NODE_FLAGS : []), fileURLToPath(file), ...parameters], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const started: Child = {
      process: child,
      async line() {
        const { value, done } = await lines.next();
        if (done === true) throw new Error(`${file.pathname} ${parameters.join(' ')} ended early`);
        return value;
      },
      say: (text) => void child.stdin.write(`${text}\n`),
    };
    this.#children.push(started);
    return started;
  }

  /** Closing their stdin is the sign for them to end. */
  async close(): Promise<void> {
    await Promise.all(
      this.#children.map(async ({ process: child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const exit = once(child, 'exit');
        child.stdin?.end();
        await exit;
      }),
    );
  }
}

export interface Target {
  readonly name: string;
  readonly order: Omit<LoadOrder, 'connections' | 'roundMs'>;
  /** Whose CPU counts: this process and everything below it. */
  readonly pid: number;
}

export interface Figures {
  readonly target: string;
  readonly connections: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Of the server and all its sandboxes, for each request. */
  readonly cpuUs: number;
  /** Share of all cores that neither server nor load used. */
  readonly foreign: number;
  readonly errors: number;
}

export interface Comparison {
  readonly targets: readonly Target[];
  readonly load: Child;
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly roundMs: number;
}

/** Medians over rounds that go through the targets forwards, then backwards, so that drift meets all of them alike. */
export async function compare({ targets, load, connections, rounds, roundMs }: Comparison): Promise<readonly Figures[]> {
  const samples: Figures[] = [];
  for (let round = -1; round < rounds; round += 1)
    for (const count of connections)
      for (const target of round % 2 === 0 ? targets : targets.toReversed()) {
        const sampled = await sample(target, load, { ...target.order, connections: count, roundMs });
        // The first round only warms up.
        if (round >= 0) samples.push(sampled);
      }
  return connections.flatMap((count) =>
    targets.map(({ name }) => medianOf(samples.filter((sampled) => sampled.target === name && sampled.connections === count))),
  );
}

const WRK = findWrk();
/** Said beside the figures: they depend on it. */
export const LOADED_BY = WRK === undefined ? 'a load generator on Node' : 'wrk';

async function sample(target: Target, load: Child, order: LoadOrder): Promise<Figures> {
  // wrk is this process's own child, and is counted here once it has ended.
  const loadCpuMs = () => (WRK === undefined ? cpuMsOf(load.process.pid ?? 0) : endedChildrenCpuMs());
  const servedBefore = cpuMsOf(target.pid);
  const loadBefore = loadCpuMs();
  const machineBefore = machineCpuMs();
  const measured = WRK === undefined ? await carryOut(load, order) : await loadWithWrk(WRK, order);
  const served = cpuMsOf(target.pid) - servedBefore;
  const foreign = machineCpuMs() - machineBefore - served - (loadCpuMs() - loadBefore);
  return {
    target: target.name,
    connections: order.connections,
    perSecond: measured.perSecond,
    p50Us: measured.p50Us,
    p99Us: measured.p99Us,
    cpuUs: (served * 1000) / Math.max(1, measured.requests),
    foreign: Math.max(0, foreign) / (order.roundMs * availableParallelism()),
    errors: measured.errors,
  };
}

async function carryOut(load: Child, order: LoadOrder): Promise<LoadSample> {
  load.say(JSON.stringify(order));
  return JSON.parse(await load.line()) as LoadSample;
}

/** CPU of this process's children that have ended. */
function endedChildrenCpuMs(): number {
  const fields = statOf(process.pid) ?? [];
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

function medianOf(samples: readonly Figures[]): Figures {
  const [first] = samples;
  if (first === undefined) throw new Error('no samples');
  const middle = (pick: (sampled: Figures) => number) => median(samples.map(pick));
  return {
    target: first.target,
    connections: first.connections,
    perSecond: middle(({ perSecond }) => perSecond),
    p50Us: middle(({ p50Us }) => p50Us),
    p99Us: middle(({ p99Us }) => p99Us),
    cpuUs: middle(({ cpuUs }) => cpuUs),
    foreign: middle(({ foreign }) => foreign),
    errors: samples.reduce((sum, { errors }) => sum + errors, 0),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick. */
const TICK_MS = 10;

/** CPU that a process and all that are below it have used. What has ended and was waited for is counted in its parent. */
export function cpuMsOf(pid: number, whom: 'tree' | 'alone' = 'tree'): number {
  let ticks = 0;
  for (const one of whom === 'tree' ? treeOf(pid) : [pid]) {
    const fields = statOf(one);
    // Children that have ended count in a tree; alone, a process is only itself.
    if (fields !== undefined) for (const index of whom === 'tree' ? [11, 12, 13, 14] : [11, 12]) ticks += Number(fields[index]);
  }
  return ticks * TICK_MS;
}

/** A process and everything below it. */
export function treeOf(pid: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(statOf(Number(name))?.[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [pid];
  for (const one of tree) tree.push(...(children.get(one) ?? []));
  return tree;
}

/** The fields after the name: state, parent, … Undefined for a process that has just ended. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
    throw error;
  }
}

function machineCpuMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (readFileSync('/proc/stat', 'latin1').split('\n')[0] ?? '')
    .split(/ +/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) * TICK_MS;
}

export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
    )
    .join('\n');
}
