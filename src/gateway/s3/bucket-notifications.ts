// Whom a bucket tells of its objects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html

import { createHash } from 'node:crypto';
import type { BucketNotification, NotificationConfiguration } from '#buckets';
import { bucketRef, invalidArgument, type S3Handler, type S3Input } from './operation.ts';

type Configuration = S3Input<'PutBucketNotificationConfiguration'>['NotificationConfiguration'];
type FunctionConfiguration = NonNullable<Configuration['LambdaFunctionConfigurations']>[number];
/** What the three kinds of configurations have in common. */
type RuleConfiguration = Pick<FunctionConfiguration, 'Id' | 'Events' | 'Filter'>;

export const putBucketNotificationConfiguration: S3Handler<'PutBucketNotificationConfiguration'> =
  (buckets) => async (input, context) => {
    const change = { skipsValidation: input.SkipDestinationValidation === true, requestId: context.requestId };
    await buckets.setNotifications(bucketRef(input, context), configurationOf(input.NotificationConfiguration), change);
    return {};
  };

function configurationOf(configuration: Configuration): NotificationConfiguration {
  const functions = configuration.LambdaFunctionConfigurations ?? [];
  const queues = configuration.QueueConfigurations ?? [];
  const topics = configuration.TopicConfigurations ?? [];
  return {
    rules: [
      ...functions.map((each) => ruleOf({ kind: 'function', arn: each.LambdaFunctionArn }, each)),
      ...queues.map((each) => ruleOf({ kind: 'queue', arn: each.QueueArn }, each)),
      ...topics.map((each) => ruleOf({ kind: 'topic', arn: each.TopicArn }, each)),
    ],
    // An empty element is how it is asked for.
    tellsEventBridge: configuration.EventBridgeConfiguration !== undefined,
  };
}

function ruleOf(target: Pick<BucketNotification, 'kind' | 'arn'>, configuration: RuleConfiguration): BucketNotification {
  const { prefix = '', suffix = '' } = filterOf(configuration);
  const rule = { ...target, events: configuration.Events, prefix, suffix };
  return { id: configuration.Id ?? idOf(rule), ...rule };
}

/** The same configuration keeps its id when it is sent again without one. */
function idOf({ arn, events, prefix, suffix }: Omit<BucketNotification, 'id'>): string {
  return createHash('sha256')
    .update(JSON.stringify([arn, events, prefix, suffix]))
    .digest('base64url')
    .slice(0, 36);
}

function filterOf(configuration: RuleConfiguration): { readonly prefix?: string; readonly suffix?: string } {
  const found: { prefix?: string; suffix?: string } = {};
  for (const { Name = '', Value = '' } of configuration.Filter?.Key?.FilterRules ?? []) {
    const name = Name.toLowerCase();
    if (name !== 'prefix' && name !== 'suffix')
      throw invalidArgument('FilterRule.Name', Name, 'filter rule name must be either prefix or suffix');
    if (found[name] !== undefined)
      throw invalidArgument('FilterRule.Name', Name, `Cannot specify more than one ${name} rule in a filter.`);
    found[name] = Value;
  }
  return found;
}

export const getBucketNotificationConfiguration: S3Handler<'GetBucketNotificationConfiguration'> =
  (buckets) => async (input, context) => {
    const { settings } = await buckets.getBucket(bucketRef(input, context));
    const { rules = [], tellsEventBridge = false } = settings.notifications ?? {};
    const of = (kind: BucketNotification['kind']) => rules.filter((rule) => rule.kind === kind);
    const [functions, queues, topics] = [of('function'), of('queue'), of('topic')];
    return {
      ...(functions.length === 0
        ? {}
        : { LambdaFunctionConfigurations: functions.map((rule) => ({ ...shown(rule), LambdaFunctionArn: rule.arn })) }),
      ...(queues.length === 0 ? {} : { QueueConfigurations: queues.map((rule) => ({ ...shown(rule), QueueArn: rule.arn })) }),
      ...(topics.length === 0 ? {} : { TopicConfigurations: topics.map((rule) => ({ ...shown(rule), TopicArn: rule.arn })) }),
      ...(tellsEventBridge ? { EventBridgeConfiguration: {} } : {}),
    };
  };

function shown({ id, events, prefix, suffix }: BucketNotification): RuleConfiguration {
  const rules = [
    ...(prefix === '' ? [] : [{ Name: 'prefix' as const, Value: prefix }]),
    ...(suffix === '' ? [] : [{ Name: 'suffix' as const, Value: suffix }]),
  ];
  return {
    Id: id,
    Events: [...events] as RuleConfiguration['Events'],
    ...(rules.length === 0 ? {} : { Filter: { Key: { FilterRules: rules } } }),
  };
}
