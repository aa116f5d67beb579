// Which children are to begin next: first those that a redrive brings back, then those that never began, as many as concurrency and a step's size allow.

import type { JournalStore } from '#store';
import type { Json } from '#workflows';
import type { InputReader } from './input-chunks.ts';
import type { RunContext } from './map-run-context.ts';
import { concurrencyOf } from './map-run-head.ts';
import type { ChildBegun, MapRunHead } from './map-run-head.ts';
import { itemsIn } from './map-run-plan.ts';
import { outcomes } from './outcomes.ts';

export type Chosen = ChildBegun & { readonly input: Json };

export type Choice = {
  readonly begun: readonly Chosen[];
  /** Up to where outcomes were looked at for a redrive. */
  readonly looked: string | undefined;
};

/** What one step begins: the inputs of more are read with the next. */
const STEP_INPUTS_BYTES = 4 * 1024 * 1024;

export async function chooseChildren(
  from: { readonly journals: Pick<JournalStore, 'records'>; readonly inputs: InputReader; readonly context: RunContext },
  head: MapRunHead,
): Promise<Choice> {
  const { plan, journal } = from.context;
  const begun: Chosen[] = [];
  const free = concurrencyOf(head) - head.executions.running;
  let bytes = 0;
  const isEnough = (): boolean => begun.length >= free || bytes > STEP_INPUTS_BYTES;
  const take = async (index: number, redrives: number): Promise<void> => {
    const input = await from.inputs.read(index);
    begun.push({ index, input, items: itemsIn(plan, input), redrives });
    bytes += JSON.stringify(input).length;
  };
  let looked: string | undefined;
  if (head.redrive !== undefined && head.executions.pendingRedrive > 0 && !isEnough()) {
    const { count, after } = head.redrive;
    for await (const { index, key, child } of outcomes(from.journals, journal, after)) {
      looked = key;
      if (child.outcome.status !== 'SUCCEEDED' && child.round < count) await take(index, child.redrives + 1);
      if (isEnough()) return { begun, looked };
    }
  }
  for (let index = head.next; index < plan.totals.executions && !isEnough(); index++) await take(index, 0);
  return { begun, looked };
}
