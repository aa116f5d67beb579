// Buses in memory, as events need them: their rules in an index, their archives, their dead-letter queue.
// Owns: what was loaded, in step with the store: whoever changes a rule, an archive or a bus tells it after the commit, before the answer.
// Never: loads a bus that gets no events.
// I1: a rule that was acknowledged sees every event that is put afterwards. A change that comes while its bus is being loaded is made again
//     on what was loaded.
// I2: no more than LIMITS.rulesInMemory rules are kept, and the bus that an event came for last: the others go, those used longest ago first.

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ResourcePolicy } from '#identity';
import { LIMITS, type Log, type Scope } from '#kernel';
import { eventTest, InvalidPattern, parsePattern, RuleIndex, type EventTest } from '#patterns';
import type { ArchiveRecord, ArchiveRecords } from './archive-record.ts';
import { readPolicy, type BusRecord, type BusRecords } from './bus-record.ts';
import type { LiveDestinations } from './destination-record.ts';
import { liveRule, type LiveRule } from './live-rule.ts';
import { keyOf, ruleOfKey, type RuleRecord, type RuleRecords } from './rule-record.ts';

/** What an event meets. */
export interface LiveBus {
  /** Those that are enabled and have a pattern. */
  readonly index: RuleIndex<string>;
  /** All of them. */
  readonly rules: ReadonlyMap<string, LiveRule>;
  readonly archives: ReadonlyMap<string, LiveArchive>;
  /** Undefined where nobody has set one. */
  readonly policy: ResourcePolicy | undefined;
}

export interface LiveArchive {
  readonly place: string;
  readonly accepts: EventTest;
}

export interface LiveBusesParts {
  readonly buses: BusRecords;
  readonly rules: RuleRecords;
  readonly archives: ArchiveRecords;
  readonly destinations: LiveDestinations;
  readonly log: Log;
  readonly rulesMax?: number;
}

/** Of a bus that is loaded, at once: some five milliseconds, measured, in which nobody else has a turn. */
const RULES_PER_TURN = 100;

interface Held {
  readonly loaded: Promise<Loaded>;
  /** When it is loaded. */
  bus: LiveBus | undefined;
  /** While it is being loaded: what changed meanwhile. Undefined when it is loaded. */
  later: ((bus: Loaded) => void)[] | undefined;
  /** Rules, once they are counted. */
  size: number;
}

class Loaded implements LiveBus {
  readonly index = new RuleIndex<string>();
  readonly rules = new Map<string, LiveRule>();
  readonly archives = new Map<string, LiveArchive>();
  deadLetterArn: string | undefined;
  policy: ResourcePolicy | undefined;
}

export class LiveBuses {
  readonly #parts: LiveBusesParts;
  readonly #rulesMax: number;
  /** By scope and name; those used last are last. */
  readonly #held = new Map<string, Held>();

  constructor(parts: LiveBusesParts) {
    this.#parts = parts;
    this.#rulesMax = parts.rulesMax ?? LIMITS.rulesInMemory;
  }

  /** Undefined when there is no such bus. */
  async find(scope: Scope, bus: string): Promise<LiveBus | undefined> {
    const key = placeOf(scope, bus);
    const held = this.#held.get(key);
    if (held !== undefined) {
      this.#held.delete(key);
      this.#held.set(key, held);
      return held.loaded;
    }
    if ((await this.#parts.buses.findBus(scope, bus)) === undefined) return undefined;
    // Somebody else may have begun meanwhile.
    return this.#held.get(key)?.loaded ?? this.#hold(scope, bus);
  }

  /** Whether it is in memory, and nobody listens to it: an event would cause nothing. */
  isQuiet(scope: Scope, bus: string): boolean {
    const loaded = this.#held.get(placeOf(scope, bus))?.bus;
    return loaded !== undefined && loaded.rules.size === 0 && loaded.archives.size === 0;
  }

  ruleChanged(
    scope: Scope,
    { bus, rule }: { readonly bus: string; readonly rule: string },
    record: RuleRecord | undefined,
  ): Promise<void> {
    return this.#change(scope, bus, (loaded, destinations) => {
      if (record === undefined) {
        loaded.index.delete(rule);
        loaded.rules.delete(rule);
      } else this.#setRule(loaded, { scope, bus, rule, record, destinations });
    });
  }

  archiveChanged(scope: Scope, bus: string, name: string, record: ArchiveRecord | undefined): Promise<void> {
    return this.#change(scope, bus, (loaded) => {
      if (record === undefined) loaded.archives.delete(name);
      else loaded.archives.set(name, liveArchive(record));
    });
  }

  busChanged(scope: Scope, bus: string, record: BusRecord): Promise<void> {
    return this.#change(scope, bus, (loaded) => {
      setBus(loaded, record);
    });
  }

  /** The bus was deleted. */
  forget(scope: Scope, bus: string): void {
    this.#held.delete(placeOf(scope, bus));
  }

  async #change(scope: Scope, bus: string, change: (loaded: Loaded, destinations: Destinations) => void): Promise<void> {
    const held = this.#held.get(placeOf(scope, bus));
    if (held === undefined) return;
    const destinations = await this.#parts.destinations.of(scope);
    if (held.later !== undefined) {
      held.later.push((loaded) => change(loaded, destinations));
      return;
    }
    const loaded = await held.loaded;
    change(loaded, destinations);
    if (loaded.rules.size > held.size) {
      held.size = loaded.rules.size;
      this.#evict(placeOf(scope, bus));
    }
  }

  #hold(scope: Scope, bus: string): Promise<LiveBus> {
    const key = placeOf(scope, bus);
    const held: Held = { loaded: this.#load(scope, bus), bus: undefined, later: [], size: 0 };
    this.#held.set(key, held);
    // The list is emptied in the turn in which the loading is done, so that no change comes between.
    const done = held.loaded.then((loaded) => {
      for (const change of held.later ?? []) change(loaded);
      held.later = undefined;
      held.bus = loaded;
      held.size = loaded.rules.size;
      this.#evict(key);
      return loaded;
    });
    done.catch(() => this.#held.delete(key));
    return done;
  }

  async #load(scope: Scope, bus: string): Promise<Loaded> {
    const { buses, rules, archives, destinations: live } = this.#parts;
    const loaded = new Loaded();
    const destinations = await live.of(scope);
    const found = await buses.findBus(scope, bus);
    if (found !== undefined) setBus(loaded, found.record);
    for await (const { name, body } of rules.all(scope, keyOf({ bus, rule: '' }))) {
      this.#setRule(loaded, { scope, bus, rule: ruleOfKey(name), record: body, destinations });
      if (loaded.rules.size % RULES_PER_TURN === 0) await nextTurn();
    }
    for await (const { name, body } of archives.all(scope)) if (body.bus === bus) loaded.archives.set(name, liveArchive(body));
    return loaded;
  }

  #setRule(loaded: Loaded, { scope, bus, rule, record, destinations }: SetRule): void {
    const { log } = this.#parts;
    const name = { bus, rule };
    const live = liveRule({ scope, name, record, busDeadLetterArn: () => loaded.deadLetterArn, destinations, log });
    loaded.rules.set(rule, live);
    loaded.index.delete(rule);
    if (!live.isEnabled || record.pattern === undefined || record.targets.length === 0) return;
    try {
      loaded.index.set(rule, parsePattern(record.pattern));
    } catch (cause) {
      // Patterns are checked when they are put: this one was by an earlier version, and must not stop the others.
      if (!(cause instanceof InvalidPattern)) throw cause;
      log.write('error', 'buses.unreadable-pattern', { rule: live.arn, cause });
    }
  }

  #evict(used: string): void {
    let rules = 0;
    for (const { size } of this.#held.values()) rules += size;
    for (const [key, { size }] of this.#held) {
      if (rules <= this.#rulesMax) return;
      if (key === used) continue;
      this.#held.delete(key);
      rules -= size;
    }
  }
}

type Destinations = Awaited<ReturnType<LiveDestinations['of']>>;

interface SetRule {
  readonly scope: Scope;
  readonly bus: string;
  readonly rule: string;
  readonly record: RuleRecord;
  readonly destinations: Destinations;
}

function setBus(loaded: Loaded, { deadLetterArn, policy }: BusRecord): void {
  loaded.deadLetterArn = deadLetterArn;
  loaded.policy = policy === undefined ? undefined : readPolicy(policy);
}

function liveArchive({ place, pattern }: ArchiveRecord): LiveArchive {
  return { place, accepts: pattern === undefined ? () => true : eventTest(parsePattern(pattern)) };
}

function placeOf({ account, region }: Scope, bus: string): string {
  return `${account}/${region}/${bus}`;
}
