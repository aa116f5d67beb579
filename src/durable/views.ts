// What can be asked of executions: one, its history, and those of a function.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetDurableExecution.html

import type { ErrorObject, Event } from '@aws-sdk/client-lambda';
import { LIMITS } from '#kernel';
import type { FunctionName, Scope } from '#kernel';
import { functionArn } from '#registry';
import type { JournalQuery, JournalRow, JournalStore } from '#store';
import { invalid } from './checkpoint-rules.ts';
import { executionArn, journalKeyOf } from './execution-arn.ts';
import type { ExecutionName } from './execution-arn.ts';
import { factsOf } from './execution.ts';
import { shownEvent } from './history-events.ts';
import type { KeptEvent } from './history-events.ts';
import type { Lookup } from './lookup.ts';
import { END, INPUT } from './records.ts';
import type { ExecutionEnd, ExecutionStatus } from './records.ts';

export interface ListedExecution {
  readonly arn: string;
  readonly name: string;
  /** With its version. */
  readonly functionArn: string;
  readonly version: string;
  readonly status: ExecutionStatus;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly executionTimeoutSeconds: number;
  readonly retentionDays: number;
  readonly traceHeader: string;
}

export interface DescribedExecution extends ListedExecution {
  readonly input?: string | undefined;
  readonly result?: string | undefined;
  readonly error?: ErrorObject | undefined;
}

export interface HistoryQuery {
  readonly includesData: boolean;
  readonly marker: string | undefined;
  readonly limit: number;
  readonly isReverse: boolean;
}

export interface ListQuery {
  readonly functionName: FunctionName;
  /** A version or an alias; all of them where it is left out. */
  readonly qualifier: string | undefined;
  readonly name: string | undefined;
  readonly statuses: readonly string[] | undefined;
  readonly startedAfterMs: number | undefined;
  readonly startedBeforeMs: number | undefined;
  readonly isOldestFirst: boolean;
  readonly marker: string | undefined;
  readonly limit: number;
}

/** Steps of a journal that one look takes. */
const STEPS = 200;

export class Views {
  readonly #journals: JournalStore;
  readonly #lookup: Lookup;

  constructor(journals: JournalStore, lookup: Lookup) {
    this.#journals = journals;
    this.#lookup = lookup;
  }

  async describe(name: ExecutionName, includesData: boolean): Promise<DescribedExecution> {
    const row = await this.#lookup.rowOf(name);
    const listed = listedExecution(row);
    if (!includesData) return listed;
    const [input, end] = await Promise.all([this.#record(row, INPUT), this.#record(row, END)]);
    const { result, error } = end === undefined ? {} : (JSON.parse(end) as Partial<ExecutionEnd>);
    return { ...listed, input, result, error };
  }

  /** In the order of their ids, or backwards. */
  async history(
    name: ExecutionName,
    query: HistoryQuery,
  ): Promise<{ readonly events: readonly Event[]; readonly nextMarker: string | undefined }> {
    const { number } = await this.#lookup.rowOf(name);
    const { isReverse, limit, includesData } = query;
    const events: Event[] = [];
    let nextId = eventIdOf(query.marker) ?? (isReverse ? Number.MAX_SAFE_INTEGER : 1);
    let bytes = 0;
    for (;;) {
      const order = isReverse ? 'backwards' : 'forwards';
      const steps = await this.#journals.entries(number, { fromId: nextId, order, limit: STEPS });
      const kept = steps.flatMap(({ firstId, body }) =>
        (JSON.parse(body) as readonly KeptEvent[]).map((event, place) => ({ event, id: firstId + place })),
      );
      const ahead = kept
        .filter(({ id }) => (isReverse ? id <= nextId : id >= nextId))
        .toSorted((a, b) => (isReverse ? b.id - a.id : a.id - b.id));
      if (ahead.length === 0) return { events, nextMarker: undefined };
      for (const { event, id } of ahead) {
        bytes += (event.input?.text?.length ?? 0) + (event.result?.text?.length ?? 0);
        const isFull = events.length >= limit || (includesData && events.length > 0 && bytes > LIMITS.invokePayloadBytes);
        if (isFull) return { events, nextMarker: markerOf(id) };
        events.push(shownEvent(event, id, includesData));
        nextId = isReverse ? id - 1 : id + 1;
      }
      if (isReverse && nextId < 1) return { events, nextMarker: undefined };
    }
  }

  async list(
    scope: Scope,
    query: ListQuery,
  ): Promise<{ readonly executions: readonly ListedExecution[]; readonly nextMarker: string | undefined }> {
    const { functionName, qualifier, name, limit } = query;
    if (name !== undefined) return { executions: await this.#named(scope, query, name), nextMarker: undefined };
    const arn = functionArn(scope, functionName, qualifier);
    const rows = await this.#journals.list({
      scope,
      kind: 'durable',
      of: qualifier === undefined ? { owner: arn } : { group: arn },
      statuses: query.statuses,
      startedAfterMs: query.startedAfterMs,
      startedBeforeMs: query.startedBeforeMs,
      order: query.isOldestFirst ? 'oldest' : 'newest',
      after: placeOf(query.marker),
      limit: limit + 1,
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const nextMarker = rows.length > limit && last !== undefined ? rowMarker(last) : undefined;
    return { executions: page.map(listedExecution), nextMarker };
  }

  /** One at most, if it is among those that are asked for. */
  async #named(scope: Scope, query: ListQuery, name: string): Promise<readonly ListedExecution[]> {
    const { functionName, qualifier, statuses, startedAfterMs = -Infinity, startedBeforeMs = Infinity } = query;
    const row = await this.#journals.find(journalKeyOf(scope, functionName, name));
    if (row === undefined) return [];
    const isAsked =
      (qualifier === undefined || row.groups.includes(functionArn(scope, functionName, qualifier))) &&
      (statuses === undefined || statuses.includes(row.status)) &&
      row.startedAtMs > startedAfterMs &&
      row.startedAtMs < startedBeforeMs;
    return isAsked ? [listedExecution(row)] : [];
  }

  async #record({ number }: JournalRow, key: string): Promise<string | undefined> {
    const [found] = await this.#journals.records(number, { prefix: key, limit: 1 });
    return found?.body;
  }
}

function listedExecution(row: JournalRow): ListedExecution {
  const facts = factsOf(row);
  const { functionName, version, executionTimeoutSeconds, retentionDays, traceHeader } = facts;
  return {
    arn: executionArn(row.scope, row.name, facts),
    name: row.name,
    functionArn: functionArn(row.scope, functionName, version),
    version,
    status: row.status as ExecutionStatus,
    startedAtMs: row.startedAtMs,
    endedAtMs: row.endedAtMs,
    executionTimeoutSeconds,
    retentionDays,
    traceHeader,
  };
}

const markerOf = (eventId: number) => Buffer.from(`event ${eventId}`).toString('base64url');

function eventIdOf(marker: string | undefined): number | undefined {
  if (marker === undefined) return undefined;
  const [, id] = /^event (\d{1,15})$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (id === undefined) throw invalid('Invalid Marker.');
  return Number(id);
}

const rowMarker = ({ startedAtMs, number }: JournalRow) => Buffer.from(`execution ${startedAtMs} ${number}`).toString('base64url');

function placeOf(marker: string | undefined): JournalQuery['after'] {
  if (marker === undefined) return undefined;
  const [, startedAtMs, number] = /^execution (\d{1,15}) (\d{1,15})$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (startedAtMs === undefined || number === undefined) throw invalid('Invalid Marker.');
  return { startedAtMs: Number(startedAtMs), number: Number(number) };
}
