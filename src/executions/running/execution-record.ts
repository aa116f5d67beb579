// How an execution is written into its journal: what lists show in the attributes, where it stands in the head, and what is large in records.

import type { Scope } from '#kernel';
import type { JournalRow } from '#store';
import type { Execution, ExecutionFacts, Json, MapItem, Outcome, Thread } from '#workflows';
import type { RunnableMachine } from '../machines/runnable.ts';
import type { Chore, Errand } from './errands.ts';
import { executionArn, shownName } from './execution-names.ts';
import type { ExecutionType } from './execution-names.ts';

/** Does not change, but for redrives. */
export type Attributes = {
  readonly type: ExecutionType;
  readonly revision: string;
  readonly role: string;
  readonly version?: string;
  readonly alias?: string;
  readonly trace?: string;
  readonly mapRun?: string;
  readonly label?: string;
  /** The path of the part of the definition that a map run's child runs. */
  readonly flow?: string;
  readonly items?: number;
  /** Its input where it is short; else it is a record. */
  readonly input?: string;
  readonly redrives?: number;
  readonly redrivenMs?: number;
  readonly redriveToken?: string;
};

/** A thread of states and what it waits for outside. */
export type Standing = { readonly thread: Thread; readonly errand?: Errand };

export type Head = {
  readonly next: number;
  readonly ready?: readonly string[];
  readonly outcome?: Outcome;
  /** The only thread, while it is short; all others are records. */
  readonly root?: Standing;
  readonly chores?: readonly Chore[];
  /** Whether tasks of others wait for its end. */
  readonly watched?: true;
};

export const INPUT_RECORD = 'input';
const ITEM_RECORD = 'item';
const THREAD_PREFIX = 't/';
const PROGRESS_PREFIX = 'p/';

/** Lists read the attributes of each execution: what is longer than this is only read where it is wanted. */
const SHORT_INPUT = 1024;

export function threadKey(id: string): string {
  return `${THREAD_PREFIX}${id}`;
}

export function progressKey(id: string): string {
  return `${PROGRESS_PREFIX}${id}`;
}

export type NewExecution = {
  readonly scope: Scope;
  readonly machine: RunnableMachine;
  /** With the label where it is a child of a map run. */
  readonly machineName: string;
  /** As it is kept: with the uuid where it is an express execution's. */
  readonly name: string;
  readonly executionType: ExecutionType;
  readonly startedAtMs: number;
  readonly inputText: string;
  readonly input: Json;
  readonly traceHeader: string | undefined;
  readonly child:
    | {
        readonly mapRunArn: string;
        readonly label: string;
        readonly flowPath: string;
        readonly mapItem: MapItem | undefined;
        readonly itemCount: number | undefined;
      }
    | undefined;
};

export function attributesOf(of: NewExecution): Attributes {
  const { machine, child, traceHeader, inputText } = of;
  return {
    type: of.executionType,
    revision: machine.revisionId,
    role: machine.roleArn,
    ...(machine.versionArn === undefined ? {} : { version: machine.versionArn }),
    ...(machine.aliasArn === undefined ? {} : { alias: machine.aliasArn }),
    ...(traceHeader === undefined ? {} : { trace: traceHeader }),
    ...(child === undefined ? {} : { mapRun: child.mapRunArn, label: child.label, flow: child.flowPath }),
    ...(child?.itemCount === undefined ? {} : { items: child.itemCount }),
    ...(inputText.length > SHORT_INPUT ? {} : { input: inputText }),
  };
}

/** What is in no step, since it never changes. */
export function firstRecordsOf({ inputText, child }: NewExecution): { readonly key: string; readonly body: string }[] {
  const records: { key: string; body: string }[] = [];
  if (inputText.length > SHORT_INPUT) records.push({ key: INPUT_RECORD, body: inputText });
  if (child?.mapItem !== undefined) records.push({ key: ITEM_RECORD, body: JSON.stringify(child.mapItem) });
  return records;
}

export function groupsOf({ machine, child }: NewExecution): readonly string[] {
  if (child !== undefined) return [child.mapRunArn];
  return [machine.versionArn, machine.aliasArn].filter((arn) => arn !== undefined);
}

type Place = {
  readonly scope: Scope;
  readonly machineName: string;
  readonly name: string;
  readonly startedAtMs: number;
  readonly input: Json;
  readonly mapItem: MapItem | undefined;
};

export function factsOf(attributes: Attributes, { scope, machineName, name, startedAtMs, input, mapItem }: Place): ExecutionFacts {
  return {
    arn: executionArn(scope, attributes.type, machineName, name),
    name: shownName(name),
    roleArn: attributes.role,
    machineArn: `arn:aws:states:${scope.region}:${scope.account}:stateMachine:${machineName}`,
    machineName,
    executionType: attributes.type,
    region: scope.region,
    accountId: scope.account,
    partition: 'aws',
    startedMs: startedAtMs,
    input,
    redriveCount: attributes.redrives ?? 0,
    ...(attributes.redrivenMs === undefined ? {} : { redrivenMs: attributes.redrivenMs }),
    flowPath: attributes.flow ?? '',
    ...(mapItem === undefined ? {} : { mapItem }),
  };
}

/** The parsers of what this file wrote: the only casts of it. */
export function attributesIn(row: Pick<JournalRow, 'attributes'>): Attributes {
  return row.attributes as Attributes;
}

export function headIn(text: string): Head {
  return JSON.parse(text) as Head;
}

export function arnOfRow(row: JournalRow): string {
  return executionArn(row.scope, attributesIn(row).type, machineNameOf(row), row.name);
}

export function machineNameOf({ owner }: Pick<JournalRow, 'owner'>): string {
  return owner.slice(owner.lastIndexOf(':') + 1);
}

export type Opened = {
  readonly head: Head;
  readonly attributes: Attributes;
  readonly inputText: string;
  readonly execution: Execution;
  readonly errands: Map<string, Errand>;
  /** Whether the root is a record. */
  readonly hasRootRecord: boolean;
  /** Characters that were read. */
  readonly length: number;
};

/** The execution as its journal has it. Throws where it is not what this file writes. */
export function openExecution(row: JournalRow, headText: string, records: ReadonlyMap<string, string>): Opened {
  const attributes = attributesIn(row);
  const head = headIn(headText);
  const inputText = attributes.input ?? records.get(INPUT_RECORD) ?? '{}';
  const item = records.get(ITEM_RECORD);
  const facts = factsOf(attributes, {
    ...row,
    machineName: machineNameOf(row),
    input: JSON.parse(inputText) as Json,
    mapItem: item === undefined ? undefined : (JSON.parse(item) as MapItem),
  });
  const execution: Execution = {
    facts,
    nextEventId: head.next,
    outcome: head.outcome,
    threads: new Map(),
    progress: new Map(),
    ready: [...(head.ready ?? [])],
  };
  const errands = new Map<string, Errand>();
  let length = headText.length;
  const stand = ({ thread, errand }: Standing) => {
    execution.threads.set(thread.id, thread);
    if (errand !== undefined) errands.set(thread.id, errand);
  };
  if (head.root !== undefined) stand(head.root);
  for (const [key, body] of records) {
    length += body.length;
    if (key.startsWith(THREAD_PREFIX)) stand(JSON.parse(body) as Standing);
    else if (key.startsWith(PROGRESS_PREFIX))
      execution.progress.set(
        key.slice(PROGRESS_PREFIX.length),
        JSON.parse(body) as { started: number; done: number; lastEventId: number },
      );
  }
  return { head, attributes, inputText, execution, errands, hasRootRecord: records.has(threadKey('root')), length };
}
