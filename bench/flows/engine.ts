// One engine under load, in a process of its own: it is opened, told how many workflows to run at once, and closed.
// A line of JSON on stdin is an order, a line on stdout its result. It ends when its stdin does.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { cpuMsOf } from '../harness.ts';

export interface Engine {
  /** Starts one workflow of three trivial steps, and resolves when it has ended and its result is here. */
  run(): Promise<void>;
  /** The processes that are the engine: neither the load nor the code of the steps. */
  processes(): readonly number[];
  /** Further orders that this engine alone knows: the result is written as it is. */
  readonly others?: Readonly<Record<string, () => Promise<unknown>>>;
  close(): Promise<void>;
}

/** So many workflows, or as many as go into a time. */
export interface Order {
  readonly concurrency: number;
  readonly workflows?: number;
  readonly forMs?: number;
}

export interface Sample {
  readonly workflows: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly engineMiB: number;
  /** Processor time of the engine for each workflow. */
  readonly engineCpuUs: number;
}

export async function serve(engine: Engine): Promise<void> {
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as Order | string;
    const result = typeof order === 'string' ? await other(engine, order) : await carryOut(engine, order);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
  await engine.close();
}

function other(engine: Engine, order: string): unknown {
  return order === 'memory' ? residentMiB(engine.processes()) : engine.others?.[order]?.();
}

async function carryOut(engine: Engine, { concurrency, workflows = Infinity, forMs = Infinity }: Order): Promise<Sample> {
  const tookMs: number[] = [];
  let left = workflows;
  const cpuMs = () => engine.processes().reduce((sum, pid) => sum + cpuMsOf(pid, 'alone'), 0);
  const beganCpuMs = cpuMs();
  const beganMs = performance.now();
  const keepBusy = async (): Promise<void> => {
    while (left-- > 0 && performance.now() < beganMs + forMs) {
      const startedMs = performance.now();
      await engine.run();
      tookMs.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, keepBusy));
  const seconds = (performance.now() - beganMs) / 1000;
  tookMs.sort((one, other) => one - other);
  const at = (share: number): number => tookMs[Math.floor(tookMs.length * share)] ?? Number.NaN;
  return {
    workflows: tookMs.length,
    perSecond: tookMs.length / seconds,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    engineMiB: residentMiB(engine.processes()),
    engineCpuUs: ((cpuMs() - beganCpuMs) * 1000) / tookMs.length,
  };
}

function residentMiB(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + residentKiB(pid), 0) / 1024;
}

function residentKiB(pid: number): number {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
