// CreateEventBus, DescribeEventBus, ListEventBuses, UpdateEventBus, DeleteEventBus.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html

import { busArn, busNameOf, type Bus } from '#buses';
import type { Scope } from '#kernel';
import { nextPage, refuse, refuseKey, tagsOf, type EventBridgeHandler } from './operation.ts';

export const createEventBus: EventBridgeHandler<'CreateEventBus'> =
  ({ buses }) =>
  async ({ Name, EventSourceName, Description, KmsKeyIdentifier, DeadLetterConfig, LogConfig, Tags }, { scope }) => {
    if (EventSourceName !== undefined) throw refuse('EventSourceName', 'there are no partner event sources here.');
    refuseKey(KmsKeyIdentifier);
    refuseLogging(LogConfig);
    const { record } = await buses.administration.create(scope, Name, {
      description: Description,
      deadLetterArn: DeadLetterConfig?.Arn,
      tags: tagsOf(Tags),
    });
    return { EventBusArn: busArn(scope, Name), ...settingsOf(record) };
  };

export const describeEventBus: EventBridgeHandler<'DescribeEventBus'> =
  ({ buses }) =>
  async ({ Name }, { scope }) => {
    const bus = await buses.administration.get(scope, busNameOf(scope, Name));
    return { ...summaryOf(scope, bus), ...settingsOf(bus.record) };
  };

export const listEventBuses: EventBridgeHandler<'ListEventBuses'> =
  ({ buses }) =>
  async ({ NamePrefix, NextToken, Limit }, { scope }) => {
    const page = await buses.administration.list(scope, { prefix: NamePrefix, token: NextToken, limit: Limit });
    return { EventBuses: page.items.map((bus) => summaryOf(scope, bus)), ...nextPage(page) };
  };

export const updateEventBus: EventBridgeHandler<'UpdateEventBus'> =
  ({ buses }) =>
  async ({ Name, KmsKeyIdentifier, Description, DeadLetterConfig, LogConfig }, { scope }) => {
    refuseKey(KmsKeyIdentifier);
    refuseLogging(LogConfig);
    const name = busNameOf(scope, Name);
    const settings = { description: Description, deadLetterArn: DeadLetterConfig?.Arn };
    const record = await buses.administration.update(scope, name, settings);
    return { Arn: busArn(scope, name), Name: name, ...settingsOf(record) };
  };

export const deleteEventBus: EventBridgeHandler<'DeleteEventBus'> =
  ({ buses }) =>
  async ({ Name }, { scope }) => {
    await buses.administration.delete(scope, Name);
    return {};
  };

function refuseLogging(config: { readonly Level?: string | undefined } | undefined): void {
  if (config?.Level !== undefined && config.Level !== 'OFF')
    throw refuse('LogConfig', 'buses do not log their events; an archive keeps them, and a rule can send them to a log group.');
}

function summaryOf(scope: Scope, { name, record }: Bus) {
  const { createdAtMs, modifiedAtMs, description, policy } = record;
  return {
    Name: name,
    Arn: busArn(scope, name),
    ...(description === undefined ? {} : { Description: description }),
    ...(policy === undefined ? {} : { Policy: JSON.stringify(policy) }),
    // The default bus was there before anybody looked.
    ...(createdAtMs === 0 ? {} : { CreationTime: new Date(createdAtMs) }),
    ...(modifiedAtMs === 0 ? {} : { LastModifiedTime: new Date(modifiedAtMs) }),
  };
}

function settingsOf({ description, deadLetterArn }: Bus['record']) {
  return {
    ...(description === undefined ? {} : { Description: description }),
    ...(deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: deadLetterArn } }),
  };
}
