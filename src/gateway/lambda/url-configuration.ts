// A function URL as Lambda's API shows it. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionUrlConfig.html

import type { Cors, FunctionUrlConfig } from '@aws-sdk/client-lambda';
import type { FunctionName, Scope } from '#kernel';
import type { FunctionUrlCors, FunctionUrlRecord } from '#registry';
import { functionArn, invokeModeIn } from '#registry';
import type { LambdaRooms } from './operation.ts';

export function urlConfigurationOf(
  { functionUrl }: LambdaRooms,
  scope: Scope,
  name: FunctionName,
  url: FunctionUrlRecord,
): FunctionUrlConfig {
  return {
    FunctionUrl: functionUrl(url.urlId, scope.region),
    FunctionArn: functionArn(scope, name, url.qualifier ?? undefined),
    AuthType: url.authType,
    Cors: url.cors === null ? undefined : corsOf(url.cors),
    CreationTime: new Date(url.createdAtMs).toISOString(),
    LastModifiedTime: new Date(url.modifiedAtMs).toISOString(),
    InvokeMode: invokeModeIn(url),
  };
}

function corsOf(cors: FunctionUrlCors): Cors {
  return {
    AllowCredentials: cors.allowCredentials,
    AllowHeaders: cors.allowHeaders && [...cors.allowHeaders],
    AllowMethods: cors.allowMethods && [...cors.allowMethods],
    AllowOrigins: cors.allowOrigins && [...cors.allowOrigins],
    ExposeHeaders: cors.exposeHeaders && [...cors.exposeHeaders],
    MaxAge: cors.maxAgeSeconds,
  };
}
