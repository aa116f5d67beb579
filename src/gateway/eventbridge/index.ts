// EventBridge: every operation that is served, or refused in better words, by name.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/

import { createEventBus, deleteEventBus, describeEventBus, listEventBuses, updateEventBus } from './event-buses.ts';
import { putEvents, testEventPattern } from './events.ts';
import { putPermission, removePermission } from './permissions.ts';
import { deleteRule, describeRule, disableRule, enableRule, listRuleNamesByTarget, listRules, putRule } from './rules.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import { listTargetsByRule, putTargets, removeTargets } from './targets.ts';
import type { EventBridgeHandlers, EventBridgeRooms } from './operation.ts';

export function eventBridgeHandlers(rooms: EventBridgeRooms): EventBridgeHandlers {
  return {
    CreateEventBus: createEventBus(rooms),
    DeleteEventBus: deleteEventBus(rooms),
    DeleteRule: deleteRule(rooms),
    DescribeEventBus: describeEventBus(rooms),
    DescribeRule: describeRule(rooms),
    DisableRule: disableRule(rooms),
    EnableRule: enableRule(rooms),
    ListEventBuses: listEventBuses(rooms),
    ListRuleNamesByTarget: listRuleNamesByTarget(rooms),
    ListRules: listRules(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    ListTargetsByRule: listTargetsByRule(rooms),
    PutEvents: putEvents(rooms),
    PutPermission: putPermission(rooms),
    PutRule: putRule(rooms),
    PutTargets: putTargets(rooms),
    RemovePermission: removePermission(rooms),
    RemoveTargets: removeTargets(rooms),
    TagResource: tagResource(rooms),
    TestEventPattern: testEventPattern(rooms),
    UntagResource: untagResource(rooms),
    UpdateEventBus: updateEventBus(rooms),
  };
}
