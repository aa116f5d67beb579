// How asynchronous invocations are retried, and who is told of their end, as Lambda's API shows it.
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
    DestinationConfig: { OnSuccess: destinationOf(record.onSuccess), OnFailure: destinationOf(record.onFailure) },
  };
}

/** Lambda shows an empty object where there is none. */
const destinationOf = (arn: string | null | undefined) => (arn === null || arn === undefined ? {} : { Destination: arn });
