// Reads logs as they grow: what has come since the last look, each event once.
// Owns: how far each function's log was read. Never: gives an event twice, also when lines of two instances arrive out of order.

import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { ServiceFailure } from '../http/client.ts';
import { functionsWithLogs, logEvents } from './log-events.ts';
import type { LogEvent } from './log-events.ts';

export interface LogReaderQuery {
  /** undefined for all functions, those included that come later. */
  readonly name: string | undefined;
  readonly from: number;
  readonly filter?: string;
}

/** Lines may arrive a little out of order across instances: each look goes back this far and leaves out what was shown. */
const OVERLAP_MS = 5000;

export class LogReader {
  readonly #connection: Connection;
  readonly #query: LogReaderQuery;
  readonly #positions = new Map<string, { latest: number; seen: Map<string, number> }>();

  constructor(connection: Connection, query: LogReaderQuery) {
    this.#connection = connection;
    this.#query = query;
  }

  /** What has come since the last call, in order of time. */
  async next(): Promise<readonly LogEvent[]> {
    const names = this.#query.name === undefined ? await functionsWithLogs(this.#connection) : [this.#query.name];
    const events: LogEvent[] = [];
    for (const name of names) events.push(...(await this.#read(name)));
    return events.toSorted((a, b) => a.timestampMs - b.timestampMs);
  }

  async #read(name: string): Promise<readonly LogEvent[]> {
    const position = this.#positions.get(name) ?? { latest: this.#query.from, seen: new Map<string, number>() };
    this.#positions.set(name, position);
    const from = Math.max(this.#query.from, position.latest - OVERLAP_MS);
    const events: LogEvent[] = [];
    try {
      for await (const event of logEvents(this.#connection, { function: name, from, filter: this.#query.filter })) {
        if (position.seen.has(event.id)) continue;
        position.seen.set(event.id, event.timestampMs);
        position.latest = Math.max(position.latest, event.timestampMs);
        events.push(event);
      }
    } catch (error) {
      throw explained(error, name);
    }
    for (const [id, time] of position.seen) if (time < position.latest - OVERLAP_MS) position.seen.delete(id);
    return events;
  }
}

function explained(error: unknown, name: string): unknown {
  if (!(error instanceof ServiceFailure) || error.code !== 'ResourceNotFoundException') return error;
  const mend = 'It writes some when it first runs; `mayfly ls` shows the functions that there are.';
  return new Failure(`The function ${name} has no logs.`, { code: error.code, mend, cause: error });
}
