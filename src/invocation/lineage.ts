// How often a function has run in one chain of requests: counted in the trace header, which SDKs inside functions send along with
// whatever they call, and which queues, topics and buckets hand on with what they were given. A chain that came by sixteen times is
// taken for a loop that nobody meant. Pure.
//
// `Lineage=<runs in all>:<function>:<its runs before>`, with `|<function>:<its runs before>` for each other function of the chain.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html

import { LIMITS } from '#kernel';

interface Lineage {
  readonly runs: number;
  /** How often each function had run before, when it last ran. */
  readonly loops: ReadonlyMap<string, number>;
}

const MARK = ';Lineage=';
const LINEAGE = /^(\d{1,5})((?:[:|][0-9a-f]{8}:\d{1,3}){1,16})$/;
const RUNS_MAX = 32_767;

/** Whether the function has run so often in this chain that it must not run once more. */
export function isLoop(header: string, lineageId: string): boolean {
  // Nearly every header has none, and is read once.
  if (!header.includes(lineageId)) return false;
  const before = lineageIn(header).loops.get(lineageId);
  return before !== undefined && before + 1 >= LIMITS.recursiveInvocations;
}

/** Of what came together, the header of the longest chain of requests: whoever is to end a loop looks at that one. */
export function longestChain(headers: readonly (string | undefined)[]): string | undefined {
  const known = headers.filter((header) => header !== undefined);
  return known.reduce<string | undefined>(
    (longest, header) => (longest === undefined || lineageIn(header).runs > lineageIn(longest).runs ? header : longest),
    undefined,
  );
}

/** The header that the function gets, with this run of it counted. */
export function withRun(header: string, lineageId: string): string {
  const at = header.indexOf(MARK);
  if (at < 0) return `${header}${MARK}1:${lineageId}:0`;
  const { runs, loops } = lineageIn(header);
  const before = loops.get(lineageId);
  const own = before === undefined ? 0 : Math.min(before + 1, LIMITS.recursiveInvocations);
  const others = [...loops].filter(([id]) => id !== lineageId).slice(0, LIMITS.lineageFunctions - 1);
  const counts = [[lineageId, own] as const, ...others].map(([id, count]) => `${id}:${count}`);
  const end = header.indexOf(';', at + 1);
  const rest = end < 0 ? '' : header.slice(end);
  return `${header.slice(0, at)}${MARK}${Math.min(runs + 1, RUNS_MAX)}:${counts.join('|')}${rest}`;
}

/** What cannot be read counts for nothing. */
function lineageIn(header: string): Lineage {
  const at = header.indexOf(MARK);
  const end = header.indexOf(';', at + 1);
  const text = at < 0 ? '' : header.slice(at + MARK.length, end < 0 ? undefined : end);
  const [, runs = '0', counts = ''] = LINEAGE.exec(text) ?? [];
  const loops = new Map<string, number>();
  for (const [, id = '', count = '0'] of counts.matchAll(/[:|]([0-9a-f]{8}):(\d+)/g)) loops.set(id, Number(count));
  return { runs: Number(runs), loops };
}
