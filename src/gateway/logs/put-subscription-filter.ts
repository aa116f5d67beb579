// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html

import { checkGroupName } from '#logs';
import { invalidParameter, refuse, type LogsHandler } from './operation.ts';

export const putSubscriptionFilter: LogsHandler<'PutSubscriptionFilter'> =
  ({ logs, mayBeTold }) =>
  async (input, { scope }) => {
    refuseWhatIsNotServed(input);
    const { filterName: name, filterPattern: pattern, destinationArn: functionArn } = input;
    const group = checkGroupName(input.logGroupName);
    const subscription = { scope, group, name, pattern, functionArn };
    logs.subscriptions.check(subscription);
    await logs.groups.need(scope, group);
    const verdict = await mayBeTold({ scope, group, functionArn });
    if (verdict === 'refused')
      throw invalidParameter(
        'Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.',
      );
    if (verdict === 'ownLog')
      throw invalidParameter(
        `The function ${functionArn} writes to ${group} itself: each of its runs would cause the next. Subscribe another function.`,
      );
    await logs.subscriptions.put(subscription);
    return {};
  };

interface Settings {
  readonly roleArn?: string | undefined;
  readonly distribution?: string | undefined;
  readonly applyOnTransformedLogs?: boolean | undefined;
  readonly fieldSelectionCriteria?: string | undefined;
  readonly emitSystemFields?: readonly string[] | undefined;
}

function refuseWhatIsNotServed(settings: Settings): void {
  if (settings.roleArn !== undefined && settings.roleArn !== '')
    throw invalidParameter('destinationArn for vendor lambda cannot be used with roleArn');
  if (settings.distribution === 'Random') throw refuse('distribution', 'Functions are told of each stream in its order.');
  if (settings.applyOnTransformedLogs === true) throw refuse('applyOnTransformedLogs', 'Log events are not transformed.');
  if (settings.fieldSelectionCriteria !== undefined && settings.fieldSelectionCriteria !== '')
    throw refuse('fieldSelectionCriteria', 'Events are chosen by filterPattern alone.');
  if ((settings.emitSystemFields ?? []).length > 0) throw refuse('emitSystemFields', 'System fields are not sent along.');
}
