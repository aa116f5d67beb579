// EventBridge: every operation that is served, or refused in better words, by name.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/

import {
  createApiDestination,
  deleteApiDestination,
  describeApiDestination,
  listApiDestinations,
  updateApiDestination,
} from './api-destinations.ts';
import { createArchive, deleteArchive, describeArchive, listArchives, updateArchive } from './archives.ts';
import {
  createConnection,
  deauthorizeConnection,
  deleteConnection,
  describeConnection,
  listConnections,
  updateConnection,
} from './connections.ts';
import { createEventBus, deleteEventBus, describeEventBus, listEventBuses, updateEventBus } from './event-buses.ts';
import { putEvents, testEventPattern } from './events.ts';
import {
  activateEventSource,
  createEndpoint,
  createPartnerEventSource,
  deactivateEventSource,
  deleteEndpoint,
  deletePartnerEventSource,
  describeEndpoint,
  describeEventSource,
  describePartnerEventSource,
  listEndpoints,
  listEventSources,
  listPartnerEventSourceAccounts,
  listPartnerEventSources,
  putPartnerEvents,
  updateEndpoint,
} from './not-offered.ts';
import { putPermission, removePermission } from './permissions.ts';
import { cancelReplay, describeReplay, listReplays, startReplay } from './replays.ts';
import { deleteRule, describeRule, disableRule, enableRule, listRuleNamesByTarget, listRules, putRule } from './rules.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import { listTargetsByRule, putTargets, removeTargets } from './targets.ts';
import type { EventBridgeHandlers, EventBridgeRooms } from './operation.ts';

export function eventBridgeHandlers(rooms: EventBridgeRooms): EventBridgeHandlers {
  return {
    ActivateEventSource: activateEventSource(rooms),
    CancelReplay: cancelReplay(rooms),
    CreateApiDestination: createApiDestination(rooms),
    CreateArchive: createArchive(rooms),
    CreateConnection: createConnection(rooms),
    CreateEndpoint: createEndpoint(rooms),
    CreateEventBus: createEventBus(rooms),
    CreatePartnerEventSource: createPartnerEventSource(rooms),
    DeactivateEventSource: deactivateEventSource(rooms),
    DeauthorizeConnection: deauthorizeConnection(rooms),
    DeleteApiDestination: deleteApiDestination(rooms),
    DeleteArchive: deleteArchive(rooms),
    DeleteConnection: deleteConnection(rooms),
    DeleteEndpoint: deleteEndpoint(rooms),
    DeleteEventBus: deleteEventBus(rooms),
    DeletePartnerEventSource: deletePartnerEventSource(rooms),
    DeleteRule: deleteRule(rooms),
    DescribeApiDestination: describeApiDestination(rooms),
    DescribeArchive: describeArchive(rooms),
    DescribeConnection: describeConnection(rooms),
    DescribeEndpoint: describeEndpoint(rooms),
    DescribeEventBus: describeEventBus(rooms),
    DescribeEventSource: describeEventSource(rooms),
    DescribePartnerEventSource: describePartnerEventSource(rooms),
    DescribeReplay: describeReplay(rooms),
    DescribeRule: describeRule(rooms),
    DisableRule: disableRule(rooms),
    EnableRule: enableRule(rooms),
    ListApiDestinations: listApiDestinations(rooms),
    ListArchives: listArchives(rooms),
    ListConnections: listConnections(rooms),
    ListEndpoints: listEndpoints(rooms),
    ListEventBuses: listEventBuses(rooms),
    ListEventSources: listEventSources(rooms),
    ListPartnerEventSourceAccounts: listPartnerEventSourceAccounts(rooms),
    ListPartnerEventSources: listPartnerEventSources(rooms),
    ListReplays: listReplays(rooms),
    ListRuleNamesByTarget: listRuleNamesByTarget(rooms),
    ListRules: listRules(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    ListTargetsByRule: listTargetsByRule(rooms),
    PutEvents: putEvents(rooms),
    PutPartnerEvents: putPartnerEvents(rooms),
    PutPermission: putPermission(rooms),
    PutRule: putRule(rooms),
    PutTargets: putTargets(rooms),
    RemovePermission: removePermission(rooms),
    RemoveTargets: removeTargets(rooms),
    StartReplay: startReplay(rooms),
    TagResource: tagResource(rooms),
    TestEventPattern: testEventPattern(rooms),
    UntagResource: untagResource(rooms),
    UpdateApiDestination: updateApiDestination(rooms),
    UpdateArchive: updateArchive(rooms),
    UpdateConnection: updateConnection(rooms),
    UpdateEndpoint: updateEndpoint(rooms),
    UpdateEventBus: updateEventBus(rooms),
  };
}
