// A rule ready for events: what each of its targets is sent.

import assert from 'node:assert/strict';
import { LIMITS, type Log, type Scope } from '#kernel';
import { deliveryOfEntry, type RetryPolicy, type Target } from '#outbox';
import type { NewDelivery } from '#store';
import type { BusEvent } from './bus-event.ts';
import { ruleArn } from './bus-names.ts';
import type { DestinationRecord } from './destination-record.ts';
import { cloudEventModeOf } from './cloud-event.ts';
import { httpDelivery } from './http-target.ts';
import { fillTemplate, parseTemplate, type RuleIdentity } from './input-template.ts';
import { parseJsonPath, valueAt } from './json-path.ts';
import type { RuleName, RuleRecord } from './rule-record.ts';
import { targetKindOf, type TargetRecord } from './target-record.ts';

export interface LiveRuleParts {
  readonly scope: Scope;
  readonly name: RuleName;
  readonly record: RuleRecord;
  /** Where what a target without a queue of its own cannot be handed goes. */
  readonly busDeadLetterArn: () => string | undefined;
  readonly destinations: ReadonlyMap<string, DestinationRecord>;
  readonly log: Log;
}

export interface LiveRule {
  readonly name: string;
  readonly arn: string;
  readonly isEnabled: boolean;
  /** What the event causes, ready for the outbox. */
  deliveriesFor(event: BusEvent, nowMs: number): readonly NewDelivery[];
}

interface LiveTarget {
  readonly record: TargetRecord;
  /** Undefined where it would be too large. */
  readonly inputOf: (event: BusEvent) => string | undefined;
  readonly retry: RetryPolicy;
}

const SERVICE = 'events.amazonaws.com';

export function liveRule({ scope, name, record, busDeadLetterArn, destinations, log }: LiveRuleParts): LiveRule {
  const arn = ruleArn(scope, name.bus, name.rule);
  const identity = { name: name.rule, arn };
  const targets = record.targets.map((target) => liveTarget(target, identity));
  return {
    name: name.rule,
    arn,
    isEnabled: record.state !== 'DISABLED',
    deliveriesFor: (event, nowMs) =>
      targets.flatMap((target) => {
        const deadLetterArn = target.record.deadLetterArn ?? busDeadLetterArn();
        const { id, roleArn } = target.record;
        const to = targetAndPayload(target, event, destinations);
        const reached = 'code' in to ? deadLetterOf(event, { arn, target: target.record, why: to, deadLetterArn, log }) : to;
        if (reached === undefined) return [];
        return deliveryOfEntry({
          ...reached,
          id: entryId(event, { name, target: id }),
          scope,
          sender: { service: SERVICE, arn, ...(roleArn === undefined ? {} : { roleArn }) },
          retry: target.retry,
          deadLetter: deadLetterArn === undefined ? undefined : { arn: deadLetterArn, style: 'eventbridge' },
          traceHeader: event.members.traceHeader,
          acceptedAtMs: nowMs,
        });
      }),
  };
}

/** Why a target is not even tried. */
interface Unsendable {
  readonly code: string;
  readonly message: string;
}

interface Unreached {
  readonly arn: string;
  readonly target: TargetRecord;
  readonly why: Unsendable;
  readonly deadLetterArn: string | undefined;
  readonly log: Log;
}

/** What cannot be sent is not tried: it is a dead letter at once. */
function deadLetterOf(event: BusEvent, { arn, target, why, deadLetterArn, log }: Unreached): Addressed | undefined {
  const { code, message } = why;
  const of = { rule: arn, target: target.arn, event: event.members.id, deadLetter: deadLetterArn };
  log.write('warn', 'buses.not-sent', { ...of, code, reason: message });
  if (deadLetterArn === undefined) return undefined;
  const texts = { RULE_ARN: arn, TARGET_ARN: target.arn, ERROR_CODE: code, ERROR_MESSAGE: message };
  const attributes = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { type: 'String', value }]));
  return { target: { kind: 'queue', arn: deadLetterArn, attributes }, payload: event.bytes };
}

interface Addressed {
  readonly target: Target;
  readonly payload: Uint8Array;
}

/** The same event for the same target is one delivery as long as it is under way, however often it was put. */
function entryId({ members }: BusEvent, { name, target }: { readonly name: RuleName; readonly target: string }): string {
  return [members.id, members.replayName ?? '', members.hops, name.bus, name.rule, target].join(':');
}

function liveTarget(record: TargetRecord, identity: RuleIdentity): LiveTarget {
  const { attempts = LIMITS.targetRetries, ageSeconds = LIMITS.targetAgeSeconds } = record.retry ?? {};
  return {
    record,
    inputOf: inputOf(record, identity),
    retry: {
      maximumRetries: attempts,
      maximumAgeSeconds: ageSeconds,
      // A day in at most 185 steps, as AWS promises it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
      backOff: { kind: 'exponential', leastMs: 1000, mostMs: 600_000 },
    },
  };
}

/** What was checked when the target was put is believed here. */
function inputOf(record: TargetRecord, identity: RuleIdentity): LiveTarget['inputOf'] {
  const { input, inputPath, inputTransformer } = record;
  if (input !== undefined) return () => input;
  if (inputTransformer !== undefined) {
    const template = parseTemplate(inputTransformer);
    assert(!('kind' in template), 'a template with an unknown placeholder is refused when it is put');
    return (event) => fillTemplate(template, event, identity);
  }
  if (inputPath === '$.detail') return ({ members }) => members.detailText;
  if (inputPath !== undefined && inputPath !== '$') {
    const path = parseJsonPath(inputPath);
    assert(path !== undefined, 'a path that is none is refused when it is put');
    return ({ exact }) => JSON.stringify(valueAt(exact, path) ?? null);
  }
  const isCloudEvent = cloudEventModeOf(lowerCased(record.http?.headers ?? {})) !== undefined;
  return isCloudEvent ? ({ members }) => members.detailText : (event) => event.text;
}

function targetAndPayload(
  { record, inputOf }: LiveTarget,
  event: BusEvent,
  destinations: ReadonlyMap<string, DestinationRecord>,
): Addressed | Unsendable {
  const { arn, messageGroupId } = record;
  const kind = targetKindOf(arn);
  const input = inputOf(event);
  if (input === undefined)
    return {
      code: 'INVALID_PARAMETER',
      message: `What the target's template makes of the event has more than ${LIMITS.busEntriesBytes} bytes.`,
    };
  switch (kind) {
    case 'function':
    case 'topic':
    case 'logGroup':
    case 'stateMachine':
      return { target: { kind, arn }, payload: payloadOf(event, input) };
    case 'queue':
      return {
        target: { kind, arn, ...(messageGroupId === undefined ? {} : { groupId: messageGroupId }) },
        payload: payloadOf(event, input),
      };
    case 'bus':
      return { target: busTarget(arn, event), payload: Buffer.from(event.members.detailText) };
    case 'apiDestination': {
      const [name = '', id] = arn.slice(arn.indexOf('/') + 1).split('/');
      const destination = destinations.get(name);
      if (destination === undefined || destination.id !== id)
        return { code: 'NO_RESOURCE', message: `The target ${arn} does not exist any more.` };
      const { request, payload } = httpDelivery(destination, record.http ?? {}, { event, input });
      return { target: { kind: 'http', request }, payload };
    }
    case undefined:
    default:
      throw new Error(`A target ${arn} was put that cannot be sent to.`);
  }
}

/** Who receives the whole event receives the same bytes. */
function payloadOf(event: BusEvent, input: string): Buffer {
  return input === event.text ? event.bytes : Buffer.from(input);
}

/** An event keeps its identity on its way through buses. */
function busTarget(arn: string, { members }: BusEvent): Target {
  const { id, account, region, source, detailType, resources, timeMs, replayName, hops } = members;
  const origin = { id, account, region, hops: hops + 1, ...(replayName === undefined ? {} : { replayName }) };
  return { kind: 'bus', arn, source, detailType, resources, timeMs, origin };
}

function lowerCased(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
