// Whom a bucket tells of its objects. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html

import { createHash } from 'node:crypto';
import type { FunctionNotification } from '#buckets';
import { ApiError } from '#kernel';
import { bucketRef, invalidArgument, type S3Handler, type S3Input } from './operation.ts';

type Configuration = S3Input<'PutBucketNotificationConfiguration'>['NotificationConfiguration'];
type FunctionConfiguration = NonNullable<Configuration['LambdaFunctionConfigurations']>[number];

export const putBucketNotificationConfiguration: S3Handler<'PutBucketNotificationConfiguration'> =
  (buckets) => async (input, context) => {
    const configuration = input.NotificationConfiguration;
    refuseOtherDestinations(configuration);
    const notifications = (configuration.LambdaFunctionConfigurations ?? []).map(notificationOf);
    const skipsValidation = input.SkipDestinationValidation === true;
    await buckets.setNotifications(bucketRef(input, context), notifications, { skipsValidation });
    return {};
  };

function refuseOtherDestinations(configuration: Configuration): void {
  const others = [
    ['SQS queues', configuration.QueueConfigurations?.length],
    ['SNS topics', configuration.TopicConfigurations?.length],
    ['EventBridge', configuration.EventBridgeConfiguration === undefined ? 0 : 1],
  ] as const;
  for (const [name, count = 0] of others)
    if (count > 0)
      throw new ApiError('NotImplemented', `Buckets cannot notify ${name} yet: name Lambda functions as destinations.`);
}

function notificationOf(configuration: FunctionConfiguration): FunctionNotification {
  const { LambdaFunctionArn: functionArn, Events: events } = configuration;
  const { prefix = '', suffix = '' } = filterOf(configuration);
  return { id: configuration.Id ?? idOf({ functionArn, events, prefix, suffix }), functionArn, events, prefix, suffix };
}

/** The same configuration keeps its id when it is sent again without one. */
function idOf(configuration: Omit<FunctionNotification, 'id'>): string {
  return createHash('sha256').update(JSON.stringify(configuration)).digest('base64url').slice(0, 36);
}

function filterOf(configuration: FunctionConfiguration): { readonly prefix?: string; readonly suffix?: string } {
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
    const configured = settings.notifications ?? [];
    return configured.length === 0 ? {} : { LambdaFunctionConfigurations: configured.map(configurationOf) };
  };

function configurationOf({ id, functionArn, events, prefix, suffix }: FunctionNotification): FunctionConfiguration {
  const rules = [
    ...(prefix === '' ? [] : [{ Name: 'prefix' as const, Value: prefix }]),
    ...(suffix === '' ? [] : [{ Name: 'suffix' as const, Value: suffix }]),
  ];
  return {
    Id: id,
    LambdaFunctionArn: functionArn,
    Events: [...events] as FunctionConfiguration['Events'],
    ...(rules.length === 0 ? {} : { Filter: { Key: { FilterRules: rules } } }),
  };
}
