// What can be asked about executions: how they stand, which there are, and what happened in them.

import type { Clock, Scope } from '#kernel';
import { ApiError } from '#kernel';
import type { JournalRow, JournalStore } from '#store';
import { refusalOfRedrive } from '#workflows';
import type { HistoryEvent, Outcome } from '#workflows';
import type { ExecutionRef, Executions } from '../executions.ts';
import { invalidArn } from '../machines/machine-answers.ts';
import type { MachinePort } from '../machines/machine-port.ts';
import { parseMachineArn } from '../machines/states-arn.ts';
import type { EndNotice, Ends } from './ends.ts';
import { noSuchExecution, wrongMachineType } from './execution-answers.ts';
import { parseExecutionArn, shownName } from './execution-names.ts';
import { arnOfRow, attributesIn, factsOf, headIn, machineNameOf } from './execution-record.ts';
import type {
  ExecutionDescription,
  ExecutionListItem,
  ExecutionQuery,
  ExecutionStatus,
  HistoryPage,
  HistoryQuery,
  Page,
} from './execution-requests.ts';
import { inputTextOf } from './input-text.ts';
import { partsOfToken, tokenOfParts } from './page-tokens.ts';

export interface QueriesParts {
  readonly clock: Clock;
  readonly journals: JournalStore;
  readonly machines: MachinePort;
  readonly ends: Ends;
}

/** Steps that are read at once, and characters of events that one page holds; it may have fewer events than were asked for. */
const STEPS_AT_ONCE = 200;
const PAGE_CHARACTERS = 4 * 1024 * 1024;

export class Queries {
  readonly #parts: QueriesParts;

  constructor(parts: QueriesParts) {
    this.#parts = parts;
  }

  /** Throws InvalidArn, ExecutionDoesNotExist. An express execution can be asked about only where it is a child of a map run, as on AWS. */
  async find(scope: Scope, executionArn: string): Promise<JournalRow> {
    const name = parseExecutionArn(scope, executionArn);
    if (name?.type === 'EXPRESS' && !name.key.owner.includes('/'))
      throw invalidArn('Resource type not valid in this context: express');
    const row = name === undefined ? undefined : await this.#parts.journals.find(name.key);
    if (row === undefined || attributesIn(row).type !== name?.type) throw noSuchExecution(executionArn);
    return row;
  }

  async describe({ scope, executionArn }: ExecutionRef): Promise<ExecutionDescription> {
    return this.describeRow(await this.find(scope, executionArn));
  }

  async describeRow(row: JournalRow): Promise<ExecutionDescription> {
    const { journals } = this.#parts;
    const isOver = row.endedAtMs !== undefined;
    const [input, headText] = await Promise.all([inputTextOf(journals, row), isOver ? journals.head(row.number) : undefined]);
    const head = headText === undefined ? undefined : headIn(headText);
    return this.#description(row, { input, outcome: head?.outcome, nextEventId: head?.next ?? 1 });
  }

  #description(row: JournalRow, { input, outcome, nextEventId }: Standing): ExecutionDescription {
    const failure = outcome === undefined || outcome.status === 'SUCCEEDED' ? undefined : outcome;
    return {
      ...this.#item(row),
      status: outcome?.status ?? 'RUNNING',
      input,
      output: outcome?.status === 'SUCCEEDED' ? outcome.output : undefined,
      error: failure?.error,
      cause: failure?.cause,
      traceHeader: attributesIn(row).trace,
      ...this.#redriveStatus(row, nextEventId, outcome),
    };
  }

  #redriveStatus(
    row: JournalRow,
    nextEventId: number,
    outcome: Outcome | undefined,
  ): Pick<ExecutionDescription, 'redriveStatus' | 'redriveStatusReason'> {
    const nowMs = this.#parts.clock.now();
    const attributes = attributesIn(row);
    const place = { ...row, machineName: machineNameOf(row), input: null, mapItem: undefined };
    const execution = { facts: factsOf(attributes, place), outcome, nextEventId };
    const reason = refusalOfRedrive(execution, { nowMs, endedMs: row.endedAtMs ?? nowMs });
    if (reason !== undefined) return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason };
    if (attributes.mapRun === undefined) return { redriveStatus: 'REDRIVABLE', redriveStatusReason: undefined };
    return {
      redriveStatus: 'REDRIVABLE_BY_MAP_RUN',
      redriveStatusReason: 'Execution is a child of a Map Run and is redriven with the execution that the Map Run belongs to',
    };
  }

  #item(row: JournalRow): ExecutionListItem {
    const attributes = attributesIn(row);
    return {
      executionArn: arnOfRow(row),
      stateMachineArn: row.owner,
      name: shownName(row.name),
      status: row.status as ExecutionStatus,
      startedAtMs: row.startedAtMs,
      stoppedAtMs: row.endedAtMs,
      mapRunArn: attributes.mapRun,
      itemCount: attributes.items,
      versionArn: attributes.version,
      aliasArn: attributes.alias,
      redriveCount: attributes.redrives ?? 0,
      redrivenAtMs: attributes.redrivenMs,
    };
  }

  async machineOf({ scope, executionArn }: ExecutionRef): ReturnType<Executions['machineOf']> {
    const row = await this.find(scope, executionArn);
    const attributes = attributesIn(row);
    const machineArn = row.owner.split('/')[0] ?? row.owner;
    const machine = await this.#parts.machines.revision(scope, machineArn, attributes.revision);
    if (machine === undefined) throw noSuchExecution(executionArn);
    return { machine, mapRunArn: attributes.mapRun, label: attributes.label };
  }

  async list({ scope, of, status, redriveFilter, limit, nextToken }: ExecutionQuery): Promise<Page<ExecutionListItem>> {
    const after = nextToken === undefined ? undefined : partsOfToken(nextToken, 'executions', 2);
    const rows = await this.#parts.journals.list({
      scope,
      kind: 'execution',
      of: 'mapRunArn' in of ? { group: of.mapRunArn } : placeOf(scope, of.stateMachineArn),
      statuses: status === undefined ? undefined : [status],
      order: 'newest',
      after: after === undefined ? undefined : { startedAtMs: after[0] ?? 0, number: after[1] ?? 0 },
      limit: limit + 1,
    });
    const [newest] = rows;
    const isChecked = newest !== undefined && attributesIn(newest).type === 'STANDARD';
    if (after === undefined && 'stateMachineArn' in of && !isChecked) await this.#checkListed(scope, of.stateMachineArn);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const isRedriven = redriveFilter === 'REDRIVEN';
    const items = shown.map((row) => this.#item(row));
    return {
      items: redriveFilter === undefined ? items : items.filter(({ redriveCount }) => redriveCount > 0 === isRedriven),
      nextToken:
        rows.length > limit && last !== undefined ? tokenOfParts('executions', [last.startedAtMs, last.number]) : undefined,
    };
  }

  /** None are to be listed: is there such a machine, and has it executions that could be? One that is being deleted has. */
  async #checkListed(scope: Scope, stateMachineArn: string): Promise<void> {
    if (parseMachineArn(scope, stateMachineArn).qualifier.kind === 'map') return;
    try {
      const { machine } = await this.#parts.machines.runnable(scope, stateMachineArn);
      if (machine.type === 'EXPRESS') throw wrongMachineType();
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'StateMachineDeleting')) throw error;
    }
  }

  async history(query: HistoryQuery): Promise<HistoryPage> {
    const { reverseOrder, includeExecutionData, limit } = query;
    const row = await this.find(query.scope, query.executionArn);
    if (attributesIn(row).type === 'EXPRESS') throw invalidArn('Resource type not valid in this context: express');
    const order = reverseOrder ? 'backwards' : 'forwards';
    let fromId: number | undefined = reverseOrder ? Number.MAX_SAFE_INTEGER : 1;
    if (query.nextToken !== undefined) fromId = partsOfToken(query.nextToken, order, 1)[0];
    const items: HistoryEvent[] = [];
    let characters = 0;
    while (fromId !== undefined && items.length < limit && characters < PAGE_CHARACTERS) {
      const steps = await this.#parts.journals.entries(row.number, { fromId, order, limit: STEPS_AT_ONCE });
      if (steps.length === 0) fromId = undefined;
      for (const { body } of steps) {
        if (fromId === undefined || items.length >= limit || (items.length > 0 && characters >= PAGE_CHARACTERS)) break;
        const taken = eventsFrom(body, fromId, reverseOrder).slice(0, limit - items.length);
        items.push(...(includeExecutionData ? taken : taken.map(withoutData)));
        characters += body.length;
        const last = taken.at(-1);
        if (last !== undefined) fromId = reverseOrder ? before(last.id) : last.id + 1;
      }
    }
    const isMore = fromId !== undefined && (await this.#hasEvents(row.number, fromId, order));
    return { items, nextToken: isMore && fromId !== undefined ? tokenOfParts(order, [fromId]) : undefined };
  }

  async #hasEvents(journal: number, fromId: number, order: 'forwards' | 'backwards'): Promise<boolean> {
    return (await this.#parts.journals.entries(journal, { fromId, order, limit: 1 })).length > 0;
  }

  async finished({ scope, executionArn }: ExecutionRef, signal: AbortSignal): Promise<ExecutionDescription> {
    const { promise, resolve } = Promise.withResolvers<EndNotice | undefined>();
    const unlisten = this.#parts.ends.listen(executionArn, resolve);
    const aborted = () => resolve(undefined);
    signal.addEventListener('abort', aborted, { once: true });
    try {
      const row = await this.find(scope, executionArn);
      if (row.endedAtMs !== undefined || signal.aborted) return await this.describeRow(row);
      const end = await promise;
      // What was told needs not be read; but of whether a failed one can be redriven, its journal knows more.
      if (end?.outcome.status !== 'SUCCEEDED') return await this.describe({ scope, executionArn });
      const input = await inputTextOf(this.#parts.journals, row);
      const over = { ...row, status: end.outcome.status, endedAtMs: end.endedAtMs };
      return this.#description(over, { input, outcome: end.outcome, nextEventId: 1 });
    } finally {
      unlisten();
      signal.removeEventListener('abort', aborted);
    }
  }
}

type Standing = { readonly input: string; readonly outcome: Outcome | undefined; readonly nextEventId: number };

function placeOf(scope: Scope, arn: string): { readonly owner: string } | { readonly group: string } {
  const { qualifier } = parseMachineArn(scope, arn);
  return qualifier.kind === 'version' || qualifier.kind === 'alias' ? { group: arn } : { owner: arn };
}

function eventsFrom(body: string, fromId: number, reverseOrder: boolean): readonly HistoryEvent[] {
  const events = JSON.parse(body) as readonly HistoryEvent[];
  return reverseOrder ? events.filter(({ id }) => id <= fromId).toReversed() : events.filter(({ id }) => id >= fromId);
}

function before(id: number): number | undefined {
  return id > 1 ? id - 1 : undefined;
}

const DATA = new Set(['input', 'output', 'parameters', 'assignedVariables']);

function withoutData(event: HistoryEvent): HistoryEvent {
  if (event.details === undefined) return event;
  const value = Object.fromEntries(Object.entries(event.details.value).filter(([name]) => !DATA.has(name)));
  return { ...event, details: { ...event.details, value } };
}
