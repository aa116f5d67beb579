// `npm run bench sim [seed]`: the keep-alive policy against a fixed ten minutes, on the same synthetic day. Nothing here is timed: the figures
// depend on the seed alone.

import { simulate } from './sim/simulate.ts';
import type { Course, Result } from './sim/simulate.ts';
import { traceOf } from './sim/trace.ts';
import type { Kind, Trace } from './sim/trace.ts';

const KINDS: readonly Kind[] = ['periodic', 'bursty', 'rare', 'steady'];
const FIXED: Course = { keepAlive: { fixedMs: 600_000 }, eviction: 'least-recently-used', memoryMiB: Infinity };
const HABITS: Course = { keepAlive: 'habits', eviction: 'greedy-dual', memoryMiB: Infinity };

const seed = Number(process.argv[2] ?? 1);
if (!Number.isSafeInteger(seed)) throw new Error(`a seed is a whole number, not "${process.argv[2]}"`);
const trace = traceOf(seed);

console.log(`seed ${seed}: ${trace.functions.length} functions, ${trace.arrivals.length} invocations in a day`);
console.log('\nkeep-alive alone           cold starts   share    over fixed   idle GiB·s   over fixed   started ahead');
compare('all', trace);
for (const kind of KINDS) compare(kind, only(trace, kind));

console.log('\nwith little memory         cold starts   share    over LRU     s waited     over LRU     evicted');
for (const memoryMiB of [4096, 8192, 16_384]) {
  const lru = simulate(trace, { ...FIXED, memoryMiB });
  const greedy = simulate(trace, { ...HABITS, memoryMiB });
  for (const [name, result] of [['fixed, LRU', lru] as const, ['policy', greedy] as const])
    row(`${memoryMiB} MiB ${name}`, result, lru, [
      result.coldSeconds.toFixed(0),
      ratio(result.coldSeconds, lru.coldSeconds),
      String(result.evicted),
    ]);
}

function compare(name: string, part: Trace): void {
  const fixed = simulate(part, FIXED);
  for (const [label, result] of [['fixed 10 min', fixed] as const, ['policy', simulate(part, HABITS)] as const])
    row(`${name}, ${label}`, result, fixed, [
      result.idleGiBSeconds.toFixed(0),
      ratio(result.idleGiBSeconds, fixed.idleGiBSeconds),
      String(result.startedAhead),
    ]);
}

function only({ functions, arrivals }: Trace, kind: Kind): Trace {
  return { functions, arrivals: arrivals.filter((arrival) => functions[arrival.function]?.kind === kind) };
}

function row(name: string, { coldStarts, invocations }: Result, base: Result, rest: readonly [string, string, string]): void {
  const share = `${((100 * coldStarts) / invocations).toFixed(2)} %`;
  const cells = [name.padEnd(26), String(coldStarts).padEnd(13), share.padEnd(8), ratio(coldStarts, base.coldStarts).padEnd(12)];
  console.log([...cells, rest[0].padEnd(12), rest[1].padEnd(12), rest[2]].join(' '));
}

function ratio(one: number, other: number): string {
  return other === 0 ? '–' : (one / other).toFixed(2);
}
