// What has become of the executions when the platform has gone on with them: each acknowledged one has ended, its history is whole and records each
// step once, and what it did outside was done in its order.

import { DescribeExecutionCommand, ExecutionDoesNotExist, type HistoryEvent, type SFNClient } from '@aws-sdk/client-sfn';
import { setTimeout as delay } from 'node:timers/promises';
import type { EffectSink } from './effect-sink.ts';
import { findingsOf, type Examined, type SeenEvent } from './execution-checks.ts';
import { executionArn, MACHINES, statesClient } from './execution-house.ts';
import { answerAll, read, start, type Known, type Testimony } from './execution-witness.ts';

/** What is acknowledged must have ended by then, however slow the machine. */
const END_MS = 90_000;

/** Every finding as a sentence; none when all that was ever acknowledged has ended as it should. */
export async function examine(
  endpoint: string,
  sink: EffectSink,
  testimony: Testimony,
  endMs = END_MS,
): Promise<readonly string[]> {
  const states = statesClient(endpoint);
  const stopListening = sink.onEffect((effect) => testimony.asked(effect));
  const open = new Set([...testimony.executions.values()].filter(({ status }) => status === undefined || status === 'RUNNING'));
  await unknownOnes(states, sink, open, testimony);
  const until = Date.now() + endMs;
  while (open.size > 0 && Date.now() < until) {
    await answerAll(states, testimony);
    for (const known of open) if (await hasEnded(states, known, testimony)) open.delete(known);
    await delay(50);
  }
  stopListening();
  states.destroy();
  const findings = [
    ...testimony.findings,
    ...[...open].map(({ name, status }) => `${name} was acknowledged and has not ended: ${status}`),
  ];
  testimony.findings.length = 0;
  for (const known of testimony.executions.values())
    if (!open.has(known)) findings.push(...findingsOf(examined(known, sink, testimony)));
  return findings;
}

/** Whoever was not heard asks again; but what did something outside had begun for good. */
async function unknownOnes(states: SFNClient, sink: EffectSink, open: ReadonlySet<Known>, testimony: Testimony): Promise<void> {
  for (const known of open) {
    if (known.isAcknowledged) continue;
    const hasActed = sink.effects.some(({ execution }) => execution === known.name);
    if (hasActed && !(await isThere(states, known)))
      testimony.findings.push(`${known.name} has done something outside, and is lost`);
    await start(states, known).catch((error: unknown) => {
      // It had begun, and has ended since.
      if ((error as Error).name !== 'ExecutionAlreadyExists') throw error;
      known.isAcknowledged = true;
    });
  }
}

async function isThere(states: SFNClient, { machine, name }: Known): Promise<boolean> {
  try {
    await states.send(new DescribeExecutionCommand({ executionArn: executionArn(machine, name) }));
    return true;
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return false;
    throw error;
  }
}

async function hasEnded(states: SFNClient, known: Known, testimony: Testimony): Promise<boolean> {
  if (await read(states, known, testimony)) return known.status !== 'RUNNING';
  testimony.findings.push(`${known.name} was acknowledged and is lost`);
  return true;
}

function examined(known: Known, sink: EffectSink, testimony: Testimony): Examined {
  const { name, machine, history, status = 'lost', isStopAsked, stopped } = known;
  const ended = history.at(-1)?.timestamp;
  return {
    name,
    plan: MACHINES[machine].plan,
    status,
    history: history.map(seen),
    effects: sink.effects.filter(({ execution }) => execution === name),
    isStopAsked,
    hasGoneOn: status !== 'ABORTED' && stopped !== undefined && (ended === undefined || ended > stopped),
    isAnswered: [...testimony.answered.values()].includes(name),
  };
}

function seen(event: HistoryEvent): SeenEvent {
  const { id = 0, previousEventId = 0, type = 'ExecutionStarted', executionFailedEventDetails: failed } = event;
  return {
    id,
    previousEventId,
    type,
    exited: event.stateExitedEventDetails?.name,
    output: event.taskSucceededEventDetails?.output,
    failure: failed && `${failed.error}: ${failed.cause}`,
  };
}
