// What subscribers of log groups are told: events in the form that Lambda's functions know from CloudWatch Logs, and who may be told.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html

import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { groupArn } from '#logs';
import type { SubscribedEvent, SubscribedEvents } from '#logs';
import { ApiError, LIMITS } from '#kernel';
import type { Clock, Log, Random, Scope } from '#kernel';
import { deliveryOfEntry } from '#outbox';
import type { RetryPolicy } from '#outbox';
import { targetOf } from '#registry';
import type { FunctionTarget, Registry } from '#registry';
import type { NewDelivery } from '#store';

type Functions = Pick<Registry, 'policyAllows' | 'functions'>;

/** "CloudWatch Logs retries for up to 24 hours." */
const RETRY: RetryPolicy = {
  maximumRetries: 185,
  maximumAgeSeconds: 86_400,
  backOff: { kind: 'exponential', leastMs: 1000, mostMs: 300_000 },
};

export interface SubscriberQuestion {
  readonly scope: Scope;
  readonly group: string;
  readonly functionArn: string;
}

/** `ownLog`: every run of the function would write what makes it run again. */
export type SubscriberVerdict = 'admitted' | 'refused' | 'ownLog';
export type SubscriberCheck = (question: SubscriberQuestion) => Promise<SubscriberVerdict>;

export function createSubscriberCheck(functions: Functions): SubscriberCheck {
  return async ({ scope, group, functionArn }) => {
    try {
      const target = targetOf(scope, functionArn, undefined);
      const { version, record } = await functions.functions.get(scope, target);
      if (version.settings.logGroup === group) return 'ownLog';
      // A log group cannot say for which tenant it calls.
      if (record.tenantIsolation === true) return 'refused';
      return (await senderOf(functions, { scope, group, target })) === undefined ? 'refused' : 'admitted';
    } catch (error) {
      // Not there, or not ours: CloudWatch Logs says no more than that it could not be invoked.
      if (error instanceof ApiError) return 'refused';
      throw error;
    }
  };
}

interface Sending {
  readonly scope: Scope;
  readonly group: string;
  readonly target: FunctionTarget;
}

/** The name under which the function's policy lets the group in: the one for all regions, or the older one of this region. */
async function senderOf(functions: Functions, { scope, group, target }: Sending): Promise<string | undefined> {
  for (const service of ['logs.amazonaws.com', `logs.${scope.region}.amazonaws.com`]) {
    const allowed = await functions.policyAllows({
      scope,
      function: target.name,
      qualifier: target.qualifier,
      action: 'lambda:InvokeFunction',
      principal: { kind: 'service', service },
      sourceArn: sourceArn(scope, group),
      sourceAccount: scope.account,
    });
    if (allowed) return service;
  }
  return undefined;
}

const sourceArn = (scope: Scope, group: string) => `${groupArn(scope, group)}:*`;

export interface SubscriptionDeliveriesParts {
  readonly functions: Functions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** The courier asks the function's policy once more when it hands them on. */
export function createSubscriptionDeliveries(parts: SubscriptionDeliveriesParts) {
  return async (told: SubscribedEvents): Promise<readonly NewDelivery[]> => {
    const { scope, group, functionArn } = told;
    const target = targetOf(scope, functionArn, undefined);
    const service = (await senderOf(parts.functions, { scope, group, target })) ?? 'logs.amazonaws.com';
    const payloads = await payloadsOf(parts, told, told.events);
    const acceptedAtMs = parts.clock.now();
    return payloads.map((payload) =>
      deliveryOfEntry({
        id: parts.random.uuid(),
        scope,
        target: { kind: 'function', arn: functionArn },
        payload,
        sender: { service, arn: sourceArn(scope, group) },
        retry: RETRY,
        acceptedAtMs,
      }),
    );
  };
}

const compress = promisify(gzip);

/** In halves where they are too large for an event together; one that is too large alone cannot be told. */
async function payloadsOf(
  parts: SubscriptionDeliveriesParts,
  told: SubscribedEvents,
  events: readonly SubscribedEvent[],
): Promise<readonly Uint8Array[]> {
  const data = await compress(JSON.stringify(messageOf(told, events)));
  const payload = new Uint8Array(Buffer.from(JSON.stringify({ awslogs: { data: data.toString('base64') } })));
  if (payload.byteLength <= LIMITS.asyncPayloadBytes) return [payload];
  if (events.length === 1) {
    const { group, stream, filterName } = told;
    parts.log.write('warn', 'logs.event-too-large-to-tell', { group, stream, filterName, eventId: events[0]?.id });
    return [];
  }
  const middle = Math.ceil(events.length / 2);
  const halves = [events.slice(0, middle), events.slice(middle)];
  return (await Promise.all(halves.map((half) => payloadsOf(parts, told, half)))).flat();
}

function messageOf({ scope, group, stream, filterName }: SubscribedEvents, events: readonly SubscribedEvent[]) {
  return {
    messageType: 'DATA_MESSAGE',
    owner: scope.account,
    logGroup: group,
    logStream: stream,
    subscriptionFilters: [filterName],
    logEvents: events.map(({ id, timestampMs, text, extractedFields }) => ({
      id,
      timestamp: timestampMs,
      message: text,
      ...(extractedFields === undefined ? {} : { extractedFields }),
    })),
  };
}
