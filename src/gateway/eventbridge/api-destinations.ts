// CreateApiDestination, DescribeApiDestination, ListApiDestinations, UpdateApiDestination, DeleteApiDestination.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateApiDestination.html

import { eventArn, type ApiDestination } from '#buses';
import type { ApiDestinationHttpMethod } from '@aws-sdk/client-eventbridge';
import { LIMITS, type Scope } from '#kernel';
import { nextPage, type EventBridgeHandler } from './operation.ts';

export const createApiDestination: EventBridgeHandler<'CreateApiDestination'> =
  ({ buses }) =>
  async ({ Name, Description, ConnectionArn, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond }, { scope }) => {
    const made = await buses.apiDestinations.create(scope, Name, {
      description: Description,
      connectionArn: ConnectionArn,
      url: InvocationEndpoint,
      method: HttpMethod,
      perSecondMax: InvocationRateLimitPerSecond,
    });
    return stateOf(scope, made);
  };

export const describeApiDestination: EventBridgeHandler<'DescribeApiDestination'> =
  ({ buses }) =>
  async ({ Name }, { scope }) => {
    const destination = await buses.apiDestinations.get(scope, Name);
    const { description } = destination.record;
    return { ...summaryOf(scope, destination), ...(description === undefined ? {} : { Description: description }) };
  };

export const listApiDestinations: EventBridgeHandler<'ListApiDestinations'> =
  ({ buses }) =>
  async ({ NamePrefix, ConnectionArn, NextToken, Limit }, { scope }) => {
    const query = { prefix: NamePrefix, connectionArn: ConnectionArn, token: NextToken, limit: Limit };
    const page = await buses.apiDestinations.list(scope, query);
    return { ApiDestinations: page.items.map((destination) => summaryOf(scope, destination)), ...nextPage(page) };
  };

export const updateApiDestination: EventBridgeHandler<'UpdateApiDestination'> =
  ({ buses }) =>
  async ({ Name, Description, ConnectionArn, InvocationEndpoint, HttpMethod, InvocationRateLimitPerSecond }, { scope }) => {
    const updated = await buses.apiDestinations.update(scope, Name, {
      description: Description,
      connectionArn: ConnectionArn,
      url: InvocationEndpoint,
      method: HttpMethod,
      perSecondMax: InvocationRateLimitPerSecond,
    });
    return stateOf(scope, updated);
  };

export const deleteApiDestination: EventBridgeHandler<'DeleteApiDestination'> =
  ({ buses }) =>
  async ({ Name }, { scope }) => {
    await buses.apiDestinations.delete(scope, Name);
    return {};
  };

function stateOf(scope: Scope, { name, record, isActive }: ApiDestination) {
  return {
    ApiDestinationArn: eventArn(scope, { kind: 'api-destination', name, id: record.id }),
    ApiDestinationState: isActive ? ('ACTIVE' as const) : ('INACTIVE' as const),
    CreationTime: new Date(record.createdAtMs),
    LastModifiedTime: new Date(record.modifiedAtMs),
  };
}

function summaryOf(scope: Scope, destination: ApiDestination) {
  const { connectionArn, url, method, perSecondMax } = destination.record;
  return {
    Name: destination.name,
    ...stateOf(scope, destination),
    ConnectionArn: connectionArn,
    InvocationEndpoint: url,
    HttpMethod: method as ApiDestinationHttpMethod,
    InvocationRateLimitPerSecond: perSecondMax ?? LIMITS.apiDestinationRequestsPerSecond,
  };
}
