// Histories for tests, written like stories: each event after the one before it, a quarter of a second apart.

import type { HistoryEvent } from '../../cli/flows/progress.ts';

export class FlowStory {
  readonly events: HistoryEvent[] = [];

  /** @param after The event before it; the last one where it is left out. */
  event(type: string, details: object = {}, after = this.events.length): number {
    const id = this.events.length + 1;
    const member = `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`;
    this.events.push({ id, previousEventId: after, type, timestamp: 1_000_000 + id / 4, [member]: details });
    return id;
  }

  entered(type: string, name: string, after = this.events.length): number {
    const id = this.event(`${type}StateEntered`, {}, after);
    this.#name(id, 'stateEnteredEventDetails', name);
    return id;
  }

  exited(type: string, name: string, after = this.events.length): number {
    const id = this.event(`${type}StateExited`, {}, after);
    this.#name(id, 'stateExitedEventDetails', name);
    return id;
  }

  #name(id: number, member: string, name: string): void {
    const event = this.events[id - 1];
    if (event !== undefined) this.events[id - 1] = { ...event, [member]: { name } };
  }
}
