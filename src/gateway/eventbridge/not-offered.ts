// What EventBridge has and Mayfly has not: partner event sources and global endpoints. Lists of them are empty; whatever names one says so.

import { ApiError } from '#kernel';
import type { EventBridgeHandler } from './operation.ts';

const PARTNERS =
  'There are no partner event sources here: send events of other systems with PutEvents, or as CloudEvents over HTTP.';
const ENDPOINTS = 'There are no global endpoints here: a platform is one region.';

const refused = (message: string) => () => async (): Promise<never> => {
  throw new ApiError('OperationDisabledException', message, { status: 400 });
};

export const activateEventSource: EventBridgeHandler<'ActivateEventSource'> = refused(PARTNERS);
export const createPartnerEventSource: EventBridgeHandler<'CreatePartnerEventSource'> = refused(PARTNERS);
export const deactivateEventSource: EventBridgeHandler<'DeactivateEventSource'> = refused(PARTNERS);
export const deletePartnerEventSource: EventBridgeHandler<'DeletePartnerEventSource'> = refused(PARTNERS);
export const describeEventSource: EventBridgeHandler<'DescribeEventSource'> = refused(PARTNERS);
export const describePartnerEventSource: EventBridgeHandler<'DescribePartnerEventSource'> = refused(PARTNERS);
export const listPartnerEventSourceAccounts: EventBridgeHandler<'ListPartnerEventSourceAccounts'> = refused(PARTNERS);
export const putPartnerEvents: EventBridgeHandler<'PutPartnerEvents'> = refused(PARTNERS);
export const createEndpoint: EventBridgeHandler<'CreateEndpoint'> = refused(ENDPOINTS);
export const deleteEndpoint: EventBridgeHandler<'DeleteEndpoint'> = refused(ENDPOINTS);
export const describeEndpoint: EventBridgeHandler<'DescribeEndpoint'> = refused(ENDPOINTS);
export const updateEndpoint: EventBridgeHandler<'UpdateEndpoint'> = refused(ENDPOINTS);

export const listEventSources: EventBridgeHandler<'ListEventSources'> = () => async () => ({ EventSources: [] });
export const listPartnerEventSources: EventBridgeHandler<'ListPartnerEventSources'> = () => async () => ({
  PartnerEventSources: [],
});
export const listEndpoints: EventBridgeHandler<'ListEndpoints'> = () => async () => ({ Endpoints: [] });
