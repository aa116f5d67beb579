// A target between the wire and the room.

import type { Target } from '@aws-sdk/client-eventbridge';
import type { TargetInput, TargetRecord } from '#buses';

/** Settings of targets that are not offered. */
const UNSERVED = [
  'KinesisParameters',
  'RunCommandParameters',
  'EcsParameters',
  'BatchParameters',
  'RedshiftDataParameters',
  'SageMakerPipelineParameters',
  'AppSyncParameters',
] as const;

export function targetInput(member: Target & { readonly Id: string; readonly Arn: string }): TargetInput {
  const { Id, Arn, RoleArn, Input, InputPath, InputTransformer, SqsParameters, HttpParameters, RetryPolicy, DeadLetterConfig } =
    member;
  const target: TargetRecord = {
    id: Id,
    arn: Arn,
    roleArn: RoleArn,
    input: Input,
    inputPath: InputPath,
    inputTransformer: InputTransformer && {
      paths: InputTransformer.InputPathsMap ?? {},
      template: InputTransformer.InputTemplate ?? '',
    },
    messageGroupId: SqsParameters?.MessageGroupId,
    http: HttpParameters && {
      pathValues: HttpParameters.PathParameterValues,
      headers: HttpParameters.HeaderParameters,
      query: HttpParameters.QueryStringParameters,
    },
    retry: RetryPolicy && { attempts: RetryPolicy.MaximumRetryAttempts, ageSeconds: RetryPolicy.MaximumEventAgeInSeconds },
    deadLetterArn: DeadLetterConfig?.Arn,
  };
  return { target, unserved: UNSERVED.filter((name) => member[name] !== undefined) };
}

export function targetMember(target: TargetRecord): Target & { readonly Id: string; readonly Arn: string } {
  const { id, arn, roleArn, input, inputPath, inputTransformer, messageGroupId, http, retry, deadLetterArn } = target;
  return {
    Id: id,
    Arn: arn,
    ...(roleArn === undefined ? {} : { RoleArn: roleArn }),
    ...(input === undefined ? {} : { Input: input }),
    ...(inputPath === undefined ? {} : { InputPath: inputPath }),
    ...(inputTransformer === undefined ? {} : { InputTransformer: transformerMember(inputTransformer) }),
    ...(messageGroupId === undefined ? {} : { SqsParameters: { MessageGroupId: messageGroupId } }),
    ...(http === undefined ? {} : { HttpParameters: httpMember(http) }),
    ...(retry === undefined
      ? {}
      : { RetryPolicy: { MaximumRetryAttempts: retry.attempts, MaximumEventAgeInSeconds: retry.ageSeconds } }),
    ...(deadLetterArn === undefined ? {} : { DeadLetterConfig: { Arn: deadLetterArn } }),
  };
}

function transformerMember({ paths, template }: NonNullable<TargetRecord['inputTransformer']>) {
  return { InputTemplate: template, ...(Object.keys(paths).length === 0 ? {} : { InputPathsMap: { ...paths } }) };
}

function httpMember({ pathValues, headers, query }: NonNullable<TargetRecord['http']>) {
  return {
    ...(pathValues === undefined ? {} : { PathParameterValues: [...pathValues] }),
    ...(headers === undefined ? {} : { HeaderParameters: { ...headers } }),
    ...(query === undefined ? {} : { QueryStringParameters: { ...query } }),
  };
}
