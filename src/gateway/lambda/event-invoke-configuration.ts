// How asynchronous invocations are retried, as Lambda's API shows it.
// https://docs.aws.amazon.com/lambda/latest/api/API_FunctionEventInvokeConfig.html

import type { FunctionEventInvokeConfig } from '@aws-sdk/client-lambda';
import type { FunctionName, Scope } from '#kernel';
import type { EventInvokeRecord } from '#registry';
import { functionArn } from '#registry';

export function eventInvokeConfigurationOf(scope: Scope, name: FunctionName, record: EventInvokeRecord): FunctionEventInvokeConfig {
  return {
    FunctionArn: functionArn(scope, name, record.qualifier),
    LastModified: new Date(record.modifiedAtMs),
    MaximumRetryAttempts: record.maximumRetryAttempts ?? undefined,
    MaximumEventAgeInSeconds: record.maximumEventAgeSeconds ?? undefined,
    DestinationConfig: { OnSuccess: {}, OnFailure: {} },
  };
}
