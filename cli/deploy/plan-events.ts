// Decides what changes between functions and the queues, topics, buses and clocks that wake them. Pure, like plan.ts.

import { Failure } from '../failure.ts';
import type { CheckedConfig } from './config-schema.ts';
import type { CheckedBusTrigger, CheckedQueueTrigger, CheckedScheduleTrigger, CheckedTopicTrigger } from './event-triggers.ts';

/** What ties a function to what wakes it. Two links of one key are the same link, perhaps with other settings. */
export type Link =
  | {
      readonly kind: 'queue';
      readonly function: string;
      readonly queue: string;
      readonly batchSize: number;
      readonly windowSeconds: number;
      readonly partialFailures: boolean;
      readonly concurrency: number | undefined;
    }
  | { readonly kind: 'topic'; readonly function: string; readonly topic: string; readonly filter: string }
  | { readonly kind: 'rule'; readonly function: string; readonly bus: string; readonly rule: string; readonly pattern: string }
  | {
      readonly kind: 'schedule';
      readonly function: string;
      readonly schedule: string;
      readonly expression: string;
      readonly timeZone: string;
      readonly input: string | undefined;
    };

export interface FoundLink {
  readonly link: Link;
  /** The mapping's UUID, the subscription's ARN; empty where the names say it all. */
  readonly handle: string;
}

export interface QueueWish {
  readonly queue: string;
  /** Seconds: at least as long as the functions that it wakes may run. */
  readonly visibility: number;
  readonly deadLetter: { readonly queue: string; readonly receives: number } | undefined;
}

export interface CurrentEvents {
  readonly links: readonly FoundLink[];
  /** Of those that are named: the attributes, undefined where there is none of that name. */
  readonly queues: ReadonlyMap<string, Readonly<Record<string, string>> | undefined>;
  readonly topics: ReadonlySet<string>;
  readonly buses: ReadonlySet<string>;
}

export const NO_EVENTS: CurrentEvents = { links: [], queues: new Map(), topics: new Set(), buses: new Set() };

export type EventChange =
  | { readonly kind: 'createQueue'; readonly wish: QueueWish }
  | { readonly kind: 'updateQueue'; readonly wish: QueueWish; readonly settings: readonly string[] }
  | { readonly kind: 'createTopic'; readonly topic: string }
  | { readonly kind: 'createBus'; readonly bus: string }
  | { readonly kind: 'putLink'; readonly link: Link; readonly found: FoundLink | undefined }
  | { readonly kind: 'removeLink'; readonly found: FoundLink };

interface Wanted {
  readonly name: string;
  readonly config: CheckedConfig;
}

export interface EventPlan {
  /** Before the functions. */
  readonly sources: readonly EventChange[];
  /** After them; what has to go comes first. */
  readonly links: readonly EventChange[];
}

export function planEvents(wanted: readonly Wanted[], current: CurrentEvents, gone: ReadonlySet<string>): EventPlan {
  const links = wanted.flatMap(linksOf);
  const managed = new Set([...wanted.map(({ name }) => name), ...gone]);
  const there = new Map(current.links.filter(({ link }) => managed.has(link.function)).map((found) => [keyOf(found.link), found]));
  const keys = new Set(links.map(keyOf));
  return {
    sources: [...planQueues(wanted, current), ...planTopics(links, current), ...planBuses(links, current)],
    links: [
      ...[...there].flatMap(([key, found]) => (keys.has(key) ? [] : [{ kind: 'removeLink', found } as const])),
      ...links.flatMap((link): readonly EventChange[] => {
        const found = there.get(keyOf(link));
        return found !== undefined && canonical(found.link) === canonical(link) ? [] : [{ kind: 'putLink', link, found }];
      }),
    ],
  };
}

export function linksOf({ name, config }: Wanted): readonly Link[] {
  return config.on.flatMap((trigger, index): readonly Link[] => {
    if ('queue' in trigger) return [queueLink(name, trigger)];
    if ('topic' in trigger) return [topicLink(name, trigger)];
    if ('bus' in trigger) return [ruleLink(name, index, trigger)];
    if ('schedule' in trigger) return [scheduleLink(name, index, trigger)];
    return [];
  });
}

function queueLink(name: string, trigger: CheckedQueueTrigger): Link {
  const { queue, batchSize, windowSeconds, partialFailures, concurrency } = trigger;
  return { kind: 'queue', function: name, queue, batchSize, windowSeconds, partialFailures, concurrency };
}

function topicLink(name: string, { topic, filter = {} }: CheckedTopicTrigger): Link {
  return { kind: 'topic', function: name, topic, filter: JSON.stringify(filter) };
}

function ruleLink(name: string, index: number, { bus, pattern }: CheckedBusTrigger): Link {
  return { kind: 'rule', function: name, bus, rule: ownName(name, index), pattern: JSON.stringify(pattern) };
}

function scheduleLink(name: string, index: number, { schedule, timeZone, input }: CheckedScheduleTrigger): Link {
  const text = input === undefined ? undefined : JSON.stringify(input);
  return { kind: 'schedule', function: name, schedule: ownName(name, index), expression: schedule, timeZone, input: text };
}

/** Of a rule or a schedule: told by it from anybody else's. */
function ownName(name: string, index: number): string {
  const own = `mayfly-${name}-${index}`;
  if (own.length <= OWN_NAME_MAX) return own;
  const message = `The function ${name} has too long a name for a trigger of a bus or a schedule: 54 characters are the most.`;
  throw new Failure(message, { code: 'BadConfig', mend: 'Give it a shorter one with `name` in its config.' });
}

/** EventBridge's rules and schedules alike. */
const OWN_NAME_MAX = 64;

export function isOwnName(text: string, name: string): boolean {
  const prefix = `mayfly-${name}-`;
  return text.startsWith(prefix) && /^\d+$/.test(text.slice(prefix.length));
}

function keyOf(link: Link): string {
  switch (link.kind) {
    case 'queue':
      return JSON.stringify([link.kind, link.function, link.queue]);
    case 'topic':
      return JSON.stringify([link.kind, link.function, link.topic]);
    case 'rule':
      return JSON.stringify([link.kind, link.function, link.bus, link.rule]);
    case 'schedule':
      return JSON.stringify([link.kind, link.function, link.schedule]);
    default:
      return link satisfies never;
  }
}

function canonical(link: Link): string {
  return JSON.stringify(
    Object.entries(link)
      .filter(([, value]) => value !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function planQueues(wanted: readonly Wanted[], { queues }: CurrentEvents): readonly EventChange[] {
  return wishesOf(wanted).flatMap((wish): readonly EventChange[] => {
    const found = queues.get(wish.queue);
    if (found === undefined) return [{ kind: 'createQueue', wish }];
    const settings = changedQueue(wish, found);
    return settings.length === 0 ? [] : [{ kind: 'updateQueue', wish, settings }];
  });
}

/** Dead-letter queues first: a queue may only name one that is there. */
export function wishesOf(wanted: readonly Wanted[]): readonly QueueWish[] {
  const triggers = wanted.flatMap(({ config }) =>
    config.on.flatMap((one) => ('queue' in one ? [{ ...one, timeout: config.timeout }] : [])),
  );
  const wishes = new Map<string, QueueWish>();
  for (const { deadLetter } of triggers)
    if (deadLetter !== undefined) wishes.set(deadLetter, { queue: deadLetter, visibility: 0, deadLetter: undefined });
  for (const { queue, timeout, windowSeconds, deadLetter, receives = RECEIVES } of triggers) {
    const before = wishes.get(queue);
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html: six times the function's timeout, and the window.
    const visibility = Math.max(before?.visibility ?? 0, Math.min(VISIBILITY_MAX, 6 * timeout + windowSeconds));
    const own = deadLetter === undefined ? before?.deadLetter : { queue: deadLetter, receives };
    wishes.delete(queue);
    wishes.set(queue, { queue, visibility, deadLetter: own });
  }
  return [...wishes.values()];
}

/** What AWS recommends for a queue that wakes a function. */
const RECEIVES = 5;
const VISIBILITY_MAX = 43_200;

function changedQueue({ visibility, deadLetter }: QueueWish, found: Readonly<Record<string, string>>): readonly string[] {
  const settings: string[] = [];
  // Somebody may have made it longer, for a reason of their own.
  if (Number(found['VisibilityTimeout']) < visibility)
    settings.push(`visibility timeout ${found['VisibilityTimeout']} s → ${visibility} s`);
  const policy = JSON.parse(found['RedrivePolicy'] ?? '{}') as {
    readonly deadLetterTargetArn?: string;
    readonly maxReceiveCount?: number | string;
  };
  const has = `${policy.deadLetterTargetArn?.split(':').at(-1)} after ${Number(policy.maxReceiveCount)}`;
  const wants = deadLetter === undefined ? has : `${deadLetter.queue} after ${deadLetter.receives}`;
  if (has !== wants) settings.push(`dead letters to ${wants}`);
  return settings;
}

function planTopics(links: readonly Link[], { topics }: CurrentEvents): readonly EventChange[] {
  const named = new Set(links.flatMap((link) => (link.kind === 'topic' && !topics.has(link.topic) ? [link.topic] : [])));
  return [...named].map((topic) => ({ kind: 'createTopic', topic }));
}

function planBuses(links: readonly Link[], { buses }: CurrentEvents): readonly EventChange[] {
  const isMissing = (bus: string): boolean => bus !== 'default' && !buses.has(bus);
  const named = new Set(links.flatMap((link) => (link.kind === 'rule' && isMissing(link.bus) ? [link.bus] : [])));
  return [...named].map((bus) => ({ kind: 'createBus', bus }));
}
