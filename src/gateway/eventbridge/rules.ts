// PutRule, DescribeRule, ListRules, ListRuleNamesByTarget, EnableRule, DisableRule, DeleteRule.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
//
// There are no managed rules here, so `Force` has nothing to force.

import { busNameOf, type Rule } from '#buses';
import { nextPage, tagsOf, type EventBridgeHandler } from './operation.ts';

export const putRule: EventBridgeHandler<'PutRule'> =
  ({ buses }) =>
  async ({ Name, ScheduleExpression, EventPattern, State, Description, RoleArn, Tags, EventBusName }, { scope }) => {
    const name = { bus: busNameOf(scope, EventBusName), rule: Name };
    const arn = await buses.rules.put(scope, name, {
      pattern: textOf(EventPattern),
      schedule: textOf(ScheduleExpression),
      state: State,
      description: Description,
      roleArn: RoleArn,
      tags: tagsOf(Tags),
    });
    return { RuleArn: arn };
  };

export const describeRule: EventBridgeHandler<'DescribeRule'> =
  ({ buses }) =>
  async ({ Name, EventBusName }, { scope }) => {
    const rule = await buses.rules.get(scope, { bus: busNameOf(scope, EventBusName), rule: Name });
    return { ...describedRule(rule), CreatedBy: scope.account };
  };

export const listRules: EventBridgeHandler<'ListRules'> =
  ({ buses }) =>
  async ({ NamePrefix, EventBusName, NextToken, Limit }, { scope }) => {
    const bus = busNameOf(scope, EventBusName);
    const page = await buses.rules.list(scope, bus, { prefix: NamePrefix, token: NextToken, limit: Limit });
    return { Rules: page.items.map(describedRule), ...nextPage(page) };
  };

export const listRuleNamesByTarget: EventBridgeHandler<'ListRuleNamesByTarget'> =
  ({ buses }) =>
  async ({ TargetArn, EventBusName, NextToken, Limit }, { scope }) => {
    const bus = busNameOf(scope, EventBusName);
    const page = await buses.rules.namesByTarget(scope, { bus, arn: TargetArn, token: NextToken, limit: Limit });
    return { RuleNames: [...page.items], ...nextPage(page) };
  };

export const enableRule: EventBridgeHandler<'EnableRule'> =
  ({ buses }) =>
  async ({ Name, EventBusName }, { scope }) => {
    await buses.rules.switch(scope, { bus: busNameOf(scope, EventBusName), rule: Name }, 'ENABLED');
    return {};
  };

export const disableRule: EventBridgeHandler<'DisableRule'> =
  ({ buses }) =>
  async ({ Name, EventBusName }, { scope }) => {
    await buses.rules.switch(scope, { bus: busNameOf(scope, EventBusName), rule: Name }, 'DISABLED');
    return {};
  };

export const deleteRule: EventBridgeHandler<'DeleteRule'> =
  ({ buses }) =>
  async ({ Name, EventBusName }, { scope }) => {
    await buses.rules.delete(scope, { bus: busNameOf(scope, EventBusName), rule: Name });
    return {};
  };

/** Clients that have nothing to say say nothing in quotes. */
function textOf(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function describedRule({ bus, rule, arn, record }: Rule) {
  const { pattern, schedule, state, description, roleArn } = record;
  return {
    Name: rule,
    Arn: arn,
    State: state,
    EventBusName: bus,
    ...(pattern === undefined ? {} : { EventPattern: pattern }),
    ...(schedule === undefined ? {} : { ScheduleExpression: schedule }),
    ...(description === undefined ? {} : { Description: description }),
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
  };
}
