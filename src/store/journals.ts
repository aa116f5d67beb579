// Journals: what happened in each execution, step by step, and the small records that say where it stands. A step is one commit (its entries, the
// records that it changed, its timers, its callbacks, the deliveries that it causes), so that an execution is after a crash where its last step left it.

import type { NewDelivery } from './deliveries.ts';
import type { Json, Scope } from './store.ts';

/** Who runs it, and reads what is in it. Timers, callbacks and what is busy are asked for by kind. */
export type JournalKind = 'execution' | 'map-run' | 'durable';

export interface JournalKey {
  readonly scope: Scope;
  readonly kind: JournalKind;
  /** What it is an execution of (a state machine's ARN, a function's, the execution that a map run belongs to). */
  readonly owner: string;
  /** Unique among the owner's journals of that kind for as long as the journal is kept. */
  readonly name: string;
}

export interface JournalRow extends JournalKey {
  /** Never reused. */
  readonly number: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** `RUNNING` while it is open; the words are its owner's. */
  readonly status: string;
  /** What else it is listed under: a version, an alias, a map run. */
  readonly groups: readonly string[];
  /** What lists and descriptions show, and does not change from step to step. Small, since lists hold many: what is large is a record. */
  readonly attributes: Json;
}

export interface OpenJournal {
  readonly row: JournalRow;
  /** 1 after `begin`; grows by one with each step. */
  readonly revision: number;
  readonly head: string;
  readonly records: ReadonlyMap<string, string>;
  readonly timers: ReadonlyMap<string, number>;
}

export interface JournalStep {
  /** What happened: ids without gaps from `firstId` on. `body` is its owner's text. */
  readonly entries?: { readonly firstId: number; readonly count: number; readonly body: string } | undefined;
  /** What changes with each step, small: it is written anew each time. */
  readonly head: string;
  /** What changes seldom, or is large: each is written when it changes, and removed where `body` is undefined. */
  readonly records?: readonly { readonly key: string; readonly body: string | undefined }[] | undefined;
  /** Set, or cancelled where `dueAtMs` is undefined. */
  readonly timers?: readonly { readonly id: string; readonly dueAtMs: number | undefined }[] | undefined;
  /** Tokens that the outside may answer with. `queue`: it waits there to be taken (an activity's task); undefined removes the callback. */
  readonly callbacks?:
    | readonly {
        readonly token: string;
        readonly put: { readonly taskId: string; readonly queue?: string | undefined } | undefined;
      }[]
    | undefined;
  /** True while its runner has something to do for it by itself; what only waits for a timer or for the outside is not busy, and costs a start nothing. */
  readonly isBusy: boolean;
  /** An end, or (a redrive) a new beginning. What has expired is removed some time later, with everything that belongs to it. */
  readonly status?:
    | { readonly status: string; readonly endedAtMs: number | undefined; readonly expiresAtMs: number | undefined }
    | undefined;
  readonly attributes?: Json | undefined;
  readonly deliveries?: readonly NewDelivery[] | undefined;
}

export interface NewJournal extends JournalKey {
  readonly startedAtMs: number;
  /** At most two. */
  readonly groups: readonly string[];
  readonly attributes: Json;
  readonly first: JournalStep;
}

export type BeginOutcome =
  | { readonly kind: 'begun'; readonly number: number }
  /** The name is taken: nothing was written. */
  | { readonly kind: 'exists'; readonly row: JournalRow };

export interface JournalQuery {
  readonly scope: Scope;
  readonly kind: JournalKind;
  /** The owner's, or those of one group. */
  readonly of: { readonly owner: string } | { readonly group: string };
  /** Of any of these; of all where it is left out. Who looks for a name finds it (`find`): an owner has one of each. */
  readonly statuses?: readonly string[] | undefined;
  /** Both exclusive. */
  readonly startedAfterMs?: number | undefined;
  readonly startedBeforeMs?: number | undefined;
  readonly order: 'newest' | 'oldest';
  /** Where the page before ended. */
  readonly after?: { readonly startedAtMs: number; readonly number: number } | undefined;
  readonly limit: number;
}

export interface JournalEntries {
  readonly firstId: number;
  readonly count: number;
  readonly body: string;
}

export interface JournalTimer {
  readonly journal: number;
  readonly id: string;
  readonly dueAtMs: number;
}

export interface JournalCallback {
  readonly journal: number;
  readonly token: string;
  readonly taskId: string;
}

export interface JournalStore {
  begin(journal: NewJournal): Promise<BeginOutcome>;
  /** False when its revision is another: somebody else went on with it, or it is gone. Nothing was written then, and what the caller holds is out of date. */
  append(journal: number, revision: number, step: JournalStep): Promise<boolean>;
  find(key: JournalKey): Promise<JournalRow | undefined>;
  get(journal: number): Promise<JournalRow | undefined>;
  /** Everything that its runner needs to go on, whatever its length. */
  open(journal: number): Promise<OpenJournal | undefined>;
  head(journal: number): Promise<string | undefined>;
  /** Records whose keys begin with it, in the order of their keys, from after a key on, fewer than `limit` when they are large; for what is too large to be opened whole. */
  records(
    journal: number,
    query: { readonly prefix: string; readonly after?: string | undefined; readonly limit: number },
  ): Promise<readonly { readonly key: string; readonly body: string }[]>;
  list(query: JournalQuery): Promise<readonly JournalRow[]>;
  /** How many are `RUNNING`, counted up to `most`: it looks at each of them. */
  countRunning(kind: JournalKind, most: number): Promise<number>;
  /** Steps' entries in order or backwards, from the step that holds `fromId` on; at most `limit` steps, fewer when they are large, none only where there are none. */
  entries(
    journal: number,
    query: { readonly fromId: number; readonly order: 'forwards' | 'backwards'; readonly limit: number },
  ): Promise<readonly JournalEntries[]>;
  /** The earliest timers of journals of that kind. They stay until a step cancels them. */
  earliestTimers(
    kind: JournalKind,
    after: { readonly dueAtMs: number; readonly journal: number; readonly id: string } | undefined,
    limit: number,
  ): Promise<readonly JournalTimer[]>;
  callback(token: string): Promise<JournalCallback | undefined>;
  /** What waits in a queue, oldest first. */
  queued(queue: string, limit: number): Promise<readonly JournalCallback[]>;
  /** What a runner has to go on with after a start, by number. */
  busy(kind: JournalKind, after: number, limit: number): Promise<readonly number[]>;
  /** It is gone at once, with its timers and callbacks; what it holds goes in small steps. False when there is none. */
  remove(journal: number): Promise<boolean>;
  /** Removes some that have expired; how many. */
  expireSome(nowMs: number, limit: number): Promise<number>;
}
