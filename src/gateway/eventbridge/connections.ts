// CreateConnection, DescribeConnection, ListConnections, UpdateConnection, DeauthorizeConnection, DeleteConnection.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateConnection.html

import { eventArn, type ConnectionRecord } from '#buses';
import type { Scope } from '#kernel';
import { settingsOf, shownAuthorization } from './connection-members.ts';
import { nextPage, refuse, refuseKey, type EventBridgeHandler } from './operation.ts';

const NO_PRIVATE_NETWORKS = 'there are no private networks of VPC Lattice here.';

export const createConnection: EventBridgeHandler<'CreateConnection'> =
  ({ buses }) =>
  async (
    { Name, Description, AuthorizationType, AuthParameters, InvocationConnectivityParameters, KmsKeyIdentifier },
    { scope },
  ) => {
    refuseKey(KmsKeyIdentifier);
    if (InvocationConnectivityParameters !== undefined) throw refuse('InvocationConnectivityParameters', NO_PRIVATE_NETWORKS);
    const settings = { description: Description, ...settingsOf(AuthorizationType, AuthParameters) };
    return stateOf(scope, Name, await buses.connections.create(scope, Name, settings));
  };

export const describeConnection: EventBridgeHandler<'DescribeConnection'> =
  ({ buses }) =>
  async ({ Name }, { scope }) => {
    const record = await buses.connections.get(scope, Name);
    return {
      ...summaryOf(scope, Name, record),
      ...(record.description === undefined ? {} : { Description: record.description }),
      AuthParameters: shownAuthorization(record),
    };
  };

export const listConnections: EventBridgeHandler<'ListConnections'> =
  ({ buses }) =>
  async ({ NamePrefix, ConnectionState, NextToken, Limit }, { scope }) => {
    const query = { prefix: NamePrefix, token: NextToken, limit: Limit, state: ConnectionState };
    const page = await buses.connections.list(scope, query);
    return { Connections: page.items.map(({ name, body }) => summaryOf(scope, name, body)), ...nextPage(page) };
  };

export const updateConnection: EventBridgeHandler<'UpdateConnection'> =
  ({ buses }) =>
  async (
    { Name, Description, AuthorizationType, AuthParameters = {}, InvocationConnectivityParameters, KmsKeyIdentifier },
    { scope },
  ) => {
    refuseKey(KmsKeyIdentifier);
    if (InvocationConnectivityParameters !== undefined) throw refuse('InvocationConnectivityParameters', NO_PRIVATE_NETWORKS);
    const record = await buses.connections.update(scope, Name, (before, secrets) => ({
      description: Description ?? before.description,
      ...settingsOf(AuthorizationType ?? before.authorization.kind, AuthParameters, { record: before, secrets }),
    }));
    return authorizedOf(scope, Name, record);
  };

export const deauthorizeConnection: EventBridgeHandler<'DeauthorizeConnection'> =
  ({ buses }) =>
  async ({ Name }, { scope }) =>
    authorizedOf(scope, Name, await buses.connections.deauthorize(scope, Name));

export const deleteConnection: EventBridgeHandler<'DeleteConnection'> =
  ({ buses }) =>
  async ({ Name }, { scope }) => ({
    ...authorizedOf(scope, Name, await buses.connections.delete(scope, Name)),
    ConnectionState: 'DELETING' as const,
  });

function stateOf(scope: Scope, name: string, { id, state, createdAtMs, modifiedAtMs }: ConnectionRecord) {
  return {
    ConnectionArn: eventArn(scope, { kind: 'connection', name, id }),
    ConnectionState: state,
    CreationTime: new Date(createdAtMs),
    LastModifiedTime: new Date(modifiedAtMs),
  };
}

function authorizedOf(scope: Scope, name: string, record: ConnectionRecord) {
  const { authorizedAtMs } = record;
  return {
    ...stateOf(scope, name, record),
    ...(authorizedAtMs === undefined ? {} : { LastAuthorizedTime: new Date(authorizedAtMs) }),
  };
}

function summaryOf(scope: Scope, name: string, record: ConnectionRecord) {
  return {
    Name: name,
    ...authorizedOf(scope, name, record),
    AuthorizationType: record.authorization.kind,
    ...(record.reason === undefined ? {} : { StateReason: record.reason }),
  };
}
