// StartReplay, DescribeReplay, ListReplays, CancelReplay. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html

import { busArn, eventArn, ruleArn, type ReplayRecord } from '#buses';
import { ApiError, type Scope } from '#kernel';
import { nextPage, type EventBridgeHandler } from './operation.ts';

export const startReplay: EventBridgeHandler<'StartReplay'> =
  ({ buses }) =>
  async ({ ReplayName, Description, EventSourceArn, EventStartTime, EventEndTime, Destination }, { scope }) => {
    const { state, startedAtMs } = await buses.replays.start(scope, ReplayName, {
      archiveArn: EventSourceArn,
      busArn: Destination.Arn,
      ruleArns: Destination.FilterArns,
      fromMs: EventStartTime.getTime(),
      untilMs: EventEndTime.getTime(),
      description: Description,
    });
    return { ReplayArn: arnOf(scope, ReplayName), State: state, ReplayStartTime: new Date(startedAtMs) };
  };

export const describeReplay: EventBridgeHandler<'DescribeReplay'> =
  ({ buses }) =>
  async ({ ReplayName }, { scope }) => {
    const replay = await buses.replays.get(scope, ReplayName);
    const { bus, rules, description } = replay;
    return {
      ...summaryOf(scope, ReplayName, replay),
      ReplayArn: arnOf(scope, ReplayName),
      Destination: {
        Arn: busArn(scope, bus),
        ...(rules === undefined ? {} : { FilterArns: rules.map((rule) => ruleArn(scope, bus, rule)) }),
      },
      ...(description === undefined ? {} : { Description: description }),
    };
  };

export const listReplays: EventBridgeHandler<'ListReplays'> =
  ({ buses }) =>
  async ({ NamePrefix, State, EventSourceArn, NextToken, Limit }, { scope }) => {
    if ([NamePrefix, State, EventSourceArn].filter((filter) => filter !== undefined).length > 1)
      throw new ApiError(
        'ValidationException',
        'At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix.',
        { status: 400 },
      );
    const accepts = (replay: ReplayRecord) =>
      (State === undefined || replay.state === State) &&
      (EventSourceArn === undefined || eventArn(scope, { kind: 'archive', name: replay.archive }) === EventSourceArn);
    const page = await buses.replays.list(scope, { prefix: NamePrefix, token: NextToken, limit: Limit, accepts });
    return { Replays: page.items.map(({ name, body }) => summaryOf(scope, name, body)), ...nextPage(page) };
  };

export const cancelReplay: EventBridgeHandler<'CancelReplay'> =
  ({ buses }) =>
  async ({ ReplayName }, { scope }) => {
    await buses.replays.cancel(scope, ReplayName);
    // It has ended when this is answered; AWS's answer speaks of the way there.
    return { ReplayArn: arnOf(scope, ReplayName), State: 'CANCELLING' as const };
  };

function summaryOf(scope: Scope, name: string, replay: ReplayRecord) {
  const { archive, state, reason, fromMs, untilMs, startedAtMs, endedAtMs, lastEventMs } = replay;
  return {
    ReplayName: name,
    EventSourceArn: eventArn(scope, { kind: 'archive', name: archive }),
    State: state,
    ...(reason === undefined ? {} : { StateReason: reason }),
    EventStartTime: new Date(fromMs),
    EventEndTime: new Date(untilMs),
    ReplayStartTime: new Date(startedAtMs),
    ...(lastEventMs === undefined ? {} : { EventLastReplayedTime: new Date(lastEventMs) }),
    ...(endedAtMs === undefined ? {} : { ReplayEndTime: new Date(endedAtMs) }),
  };
}

function arnOf(scope: Scope, name: string): string {
  return eventArn(scope, { kind: 'replay', name });
}
