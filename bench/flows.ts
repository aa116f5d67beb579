// Workflows of three trivial steps beside Restate and DBOS, in one run with real syncs; and what a transition of a state machine costs, alone and as
// its history grows. Prints tables and a line of JSON. Run it on a quiet machine, on the disk that is meant: TMPDIR=/var/tmp npm run bench flows

import { setTimeout as delay } from 'node:timers/promises';
import { Children, median, table } from './harness.ts';
import type { Child } from './harness.ts';
import type { Order, Sample } from './flows/engine.ts';
import type { Transitions } from './flows/mayfly.ts';
import { installPeers } from './flows/peers.ts';
import { findPostgres } from './flows/postgres.ts';

const ROUNDS = 3;
const ALONE: Order = { concurrency: 1, forMs: 2000 };
const CROWD: Order = { concurrency: 32, forMs: 5000 };
/** Until whatever gives memory back has done so. */
const REST_MS = 10_000;
/** Each engine's memory is read when it has run so many at least. */
const WORKFLOWS = Number(process.argv[2] ?? 45_000);

interface Measured {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly crowdP99Ms: number;
  readonly cpuUs: number;
  readonly busyMiB: number;
  readonly restingMiB: number;
}

const children = new Children();
try {
  const engines = new Map<string, Child>([['Mayfly', start('mayfly')]]);
  if (installPeers() !== undefined) {
    engines.set('Restate', start('restate'));
    if (findPostgres() !== undefined) engines.set('DBOS', start('dbos'));
  }
  for (const engine of engines.values()) await engine.line();
  const measured = await compareEngines(engines);
  const transitions = await transitionsOf(engines.get('Mayfly'));
  report(measured, transitions);
} finally {
  await children.close();
}

function start(name: string): Child {
  return children.start(new URL(`./flows/${name}.ts`, import.meta.url));
}

async function compareEngines(engines: ReadonlyMap<string, Child>): Promise<readonly Measured[]> {
  const samples = new Map([...engines.keys()].map((name) => [name, { alone: [] as Sample[], crowd: [] as Sample[] }]));
  const done = new Map<string, number>();
  for (let round = -1; round < ROUNDS; round++) {
    const turn = [...engines];
    for (const [name, engine] of round % 2 === 0 ? turn : turn.toReversed()) {
      const alone = await carryOut(engine, ALONE);
      const crowd = await carryOut(engine, CROWD);
      process.stderr.write(
        `round ${round}, ${name}: ${crowd.perSecond.toFixed(0)} a second, p50 alone ${alone.p50Ms.toFixed(2)} ms\n`,
      );
      done.set(name, (done.get(name) ?? 0) + alone.workflows + crowd.workflows);
      // The first round only warms up.
      if (round < 0) continue;
      samples.get(name)?.alone.push(alone);
      samples.get(name)?.crowd.push(crowd);
    }
  }
  const measured: Measured[] = [];
  for (const [name, { alone, crowd }] of samples) {
    const engine = engines.get(name);
    if (engine === undefined) throw new Error(`${name} is not there`);
    const { engineMiB } = await carryOut(engine, {
      concurrency: CROWD.concurrency,
      workflows: Math.max(1, WORKFLOWS - (done.get(name) ?? 0)),
    });
    process.stderr.write(`${name} has run ${WORKFLOWS}\n`);
    await delay(REST_MS);
    engine.say(JSON.stringify('memory'));
    const restingMiB = JSON.parse(await engine.line()) as number;
    measured.push({
      name,
      perSecond: median(crowd.map(({ perSecond }) => perSecond)),
      crowdP99Ms: median(crowd.map(({ p99Ms }) => p99Ms)),
      p50Ms: median(alone.map(({ p50Ms }) => p50Ms)),
      cpuUs: median(crowd.map(({ engineCpuUs }) => engineCpuUs)),
      busyMiB: engineMiB,
      restingMiB,
    });
  }
  return measured;
}

async function carryOut(engine: Child, order: Order): Promise<Sample> {
  engine.say(JSON.stringify(order));
  return JSON.parse(await engine.line()) as Sample;
}

async function transitionsOf(mayfly: Child | undefined): Promise<Transitions> {
  if (mayfly === undefined) throw new Error('Mayfly is not there');
  mayfly.say(JSON.stringify('transitions'));
  return JSON.parse(await mayfly.line()) as Transitions;
}

function report(measured: readonly Measured[], transitions: Transitions): void {
  const [mayfly, ...others] = measured;
  const best = (of: (engine: Measured) => number, pick: (...values: number[]) => number) => pick(...others.map(of));
  const ratios = {
    perSecondOverBest: (mayfly?.perSecond ?? 0) / best(({ perSecond }) => perSecond, Math.max),
    p50OverBest: (mayfly?.p50Ms ?? 0) / best(({ p50Ms }) => p50Ms, Math.min),
    mayflyMiB: mayfly?.restingMiB,
    ...transitions,
  };
  process.stdout.write(
    [
      table([
        [
          'three steps',
          'at 32, workflows/s',
          'at 32, p99 ms',
          'at 1, p50 ms',
          'CPU µs',
          `MiB at the end of ${WORKFLOWS}`,
          '10 s later',
        ],
        ...measured.map(({ name, perSecond, crowdP99Ms, p50Ms, cpuUs, busyMiB, restingMiB }) => [
          name,
          perSecond.toFixed(0),
          crowdP99Ms.toFixed(1),
          p50Ms.toFixed(2),
          cpuUs.toFixed(0),
          busyMiB.toFixed(0),
          restingMiB.toFixed(0),
        ]),
      ]),
      JSON.stringify(ratios),
      '',
    ].join('\n'),
  );
}
