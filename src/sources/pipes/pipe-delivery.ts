// Hands one event of a pipe to its target: done when the target has it on the disk.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html

import { destinationRequest } from '#buses';
import type { Buses } from '#buses';
import { ApiError } from '#kernel';
import type { Scope } from '#kernel';
import type { Logs } from '#logs';
import type { OutboxEntry, Target } from '#outbox';
import type { Carry } from '../courier/carry.ts';
import { pipeArn } from './pipe-record.ts';
import type { PipeRecord } from './pipe-record.ts';
import type { PipeTarget } from './pipe-target.ts';
import { compileParameter, withBody } from './template.ts';

export interface PipeEvent {
  /** The same whenever the same message is delivered again. */
  readonly id: string;
  /** As it came to the target's template: what parameters look into. */
  readonly event: unknown;
  readonly text: string;
  readonly traceHeader: string | undefined;
}

export interface Obstacle {
  readonly problem: string;
  /** It was not tried: the destination takes no more for now. */
  readonly isEarly?: true;
}

/** Undefined: delivered. Else what kept it from being. */
export type Deliver = (event: PipeEvent, nowMs: number) => Promise<Obstacle | undefined>;

export interface PipeDeliveryParts {
  readonly carry: Carry;
  readonly logs: Pick<Logs, 'events' | 'streams'>;
  readonly apiDestinations: Pick<Buses['apiDestinations'], 'get'>;
}

type DirectTarget = Exclude<PipeTarget, { kind: 'function' | 'stateMachine' }>;

export function pipeDelivery(parts: PipeDeliveryParts, scope: Scope, pipe: PipeRecord, target: DirectTarget): Deliver {
  const deliver = target.kind === 'logGroup' ? toLogGroup(parts.logs, scope, target) : toService(parts, scope, pipe, target);
  return async (event, nowMs) => {
    try {
      return await deliver(event, nowMs);
    } catch (error) {
      if (error instanceof ApiError) return { problem: error.message };
      throw error;
    }
  };
}

/** The courier's own ways, taken at once: the message stays in its queue until the target has it. */
type ServiceTarget = Exclude<DirectTarget, { kind: 'logGroup' }>;

function toService(parts: PipeDeliveryParts, scope: Scope, pipe: PipeRecord, target: ServiceTarget): Deliver {
  const sender = { service: 'pipes.amazonaws.com', arn: pipeArn(scope, pipe.name), roleArn: pipe.roleArn };
  const entryTarget = addressOf(parts, scope, pipe, target);
  return async ({ id, event, text, traceHeader }, nowMs) => {
    const entry: OutboxEntry = {
      id,
      scope,
      target: await entryTarget(event, nowMs),
      payload: Buffer.from(text),
      sender,
      retry: { maximumRetries: 0, maximumAgeSeconds: 0, backOff: { kind: 'stages', delaysMs: [] } },
      traceHeader,
      acceptedAtMs: nowMs,
    };
    const outcome = await parts.carry(entry, { nowMs, signal: NEVER });
    switch (outcome.kind) {
      case 'delivered':
        return undefined;
      case 'refused':
      case 'failed':
        return { problem: outcome.message };
      case 'later':
        return { problem: 'the target takes no more for now', isEarly: true };
      default:
        return outcome satisfies never;
    }
  };
}

/** What is on its way ends by its own time limit. */
const NEVER = new AbortController().signal;

function addressOf(
  { apiDestinations }: PipeDeliveryParts,
  scope: Scope,
  { name }: PipeRecord,
  target: ServiceTarget,
): (event: unknown, nowMs: number) => Target | Promise<Target> {
  const { arn } = target;
  switch (target.kind) {
    case 'queue': {
      const groupId = textParameter(target.groupId);
      const deduplicationId = textParameter(target.deduplicationId);
      return (event) => ({
        kind: 'queue',
        arn,
        ...optional('groupId', groupId(event)),
        ...optional('deduplicationId', deduplicationId(event)),
      });
    }
    case 'topic':
      return () => ({ kind: 'topic', arn });
    case 'bus': {
      // So AWS names what has no name.
      const source = textParameter(target.source ?? `Pipe ${name}`);
      const detailType = textParameter(target.detailType ?? 'Event from aws:sqs');
      const resources = target.resources.map(textParameter);
      const time = compileParameter(target.time ?? '');
      return (event, nowMs) => ({
        kind: 'bus',
        arn,
        source: source(event) ?? '',
        detailType: detailType(event) ?? '',
        resources: resources.map((resource) => resource(event)).filter((resource) => resource !== undefined),
        timeMs: timeOf(time(event)) ?? nowMs,
      });
    }
    case 'apiDestination':
      return async (event) => {
        const { record } = await apiDestinations.get(scope, target.name);
        return { kind: 'http', request: destinationRequest(record, target.parameters, withBody(event)) };
      };
    default:
      return target satisfies never;
  }
}

function toLogGroup(logs: PipeDeliveryParts['logs'], scope: Scope, target: Extract<DirectTarget, { kind: 'logGroup' }>): Deliver {
  const group = target.arn.split(':')[6] ?? '';
  const streamName = textParameter(target.stream);
  const timestamp = compileParameter(target.timestamp ?? '');
  return async ({ event, text }, nowMs) => {
    const stream = streamName(event) ?? `pipes/${new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/')}`;
    const batch = { scope, group, stream, lines: [{ timestampMs: timeOf(timestamp(event)) ?? nowMs, text }] };
    try {
      await logs.events.put(batch);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'ResourceNotFoundException')) throw error;
      // The stream is new, or the group is missing: then this says so.
      await logs.streams.create(scope, group, stream);
      await logs.events.put(batch);
    }
    return undefined;
  };
}

function textParameter(parameter: string | undefined): (event: unknown) => string | undefined {
  if (parameter === undefined) return () => undefined;
  const of = compileParameter(parameter);
  return (event) => {
    const value = of(event);
    if (value === undefined || value === null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
}

const optional = <Name extends string>(name: Name, value: string | undefined) =>
  (value === undefined ? {} : { [name]: value }) as { readonly [Key in Name]?: string };

/** A date's text, or the milliseconds of one. Undefined where it is neither. */
function timeOf(value: unknown): number | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
  const timeMs = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
