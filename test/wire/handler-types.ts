// What must and must not compile as a handler: checked by `npm run check`, never run.

import type * as DynamoDB from '@aws-sdk/client-dynamodb';
import type * as Lambda from '@aws-sdk/client-lambda';
import type * as S3 from '@aws-sdk/client-s3';
import type { Handler, HandlerInput, ServiceHandlers } from '../../src/gateway/operation.ts';

const invoke: Handler<typeof Lambda, 'Invoke'> = async (input) => {
  const payload: Uint8Array = input.Payload ?? new Uint8Array();
  const name: string = input.FunctionName;
  return { StatusCode: 200, Payload: payload, ExecutedVersion: name, $status: 202, $headers: { 'x-amz-log-result': '' } };
};

const invokeWithResponseStream: Handler<typeof Lambda, 'InvokeWithResponseStream'> = async () => ({
  StatusCode: 200,
  EventStream: (async function* events() {
    yield { PayloadChunk: { Payload: new Uint8Array() } };
    yield { InvokeComplete: {} };
  })(),
});

export const lambda: ServiceHandlers<typeof Lambda> = {
  Invoke: invoke,
  InvokeWithResponseStream: invokeWithResponseStream,
  CreateFunction: async (input) => {
    const zip: Uint8Array | undefined = input.Code.ZipFile;
    const role: string = input.Role;
    return { Role: role, CodeSize: zip?.length };
  },
};

export const s3: ServiceHandlers<typeof S3> = {
  PutObject: async (input) => {
    for await (const chunk of input.Body ?? []) chunk satisfies Uint8Array;
    return { ETag: input.Bucket };
  },
  GetObject: async () => ({ Body: new Uint8Array(3), $status: 206 }),
};

export const item: HandlerInput<typeof DynamoDB, 'PutItem'>['Item'] = { id: { S: 'x' } };

// @ts-expect-error: no such operation
export const wrongName: ServiceHandlers<typeof Lambda> = { Invok: invoke };
// @ts-expect-error: StatusCode is a number
export const wrongOutput: ServiceHandlers<typeof Lambda> = { Invoke: async () => ({ StatusCode: 'x' }) };
// @ts-expect-error: $Command is the base class of all commands, no operation
export const baseClass: ServiceHandlers<typeof Lambda> = { $: invoke };
