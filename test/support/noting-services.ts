// Handlers that note what they were given, and the requests that reach them: what the gateway's tests ask for.

import { ApiError } from '#kernel';
import { StoreFailure } from '#store';
import type { CallContext } from '../../src/gateway/operation.ts';
import type { AnyHandler, Service } from '../../src/gateway/service.ts';
import type { RawRequest } from './gateway-house.ts';

type Input = Record<string, unknown>;

/** What a handler saw, for the test to look at. */
export interface Seen {
  input?: Input;
  context?: CallContext;
  body?: string;
}

export const seen: Seen = {};

const note: AnyHandler = async (input: Input, context: CallContext) => {
  Object.assign(seen, { input, context, body: undefined });
  if (input['Body'] !== undefined) {
    const parts: Uint8Array[] = [];
    for await (const part of input['Body'] as AsyncIterable<Uint8Array>) parts.push(part);
    seen.body = Buffer.concat(parts).toString();
  }
  return {};
};

export const NOTING_SERVICES: Readonly<Record<string, Service>> = {
  lambda: {
    handlers: {
      Invoke: async (input: Input, context: CallContext) => {
        Object.assign(seen, { input, context });
        return { StatusCode: 200, Payload: input['Payload'] ?? Buffer.from('null') };
      },
      ListFunctions: async () => {
        throw new Error('the secret of the house');
      },
      GetAccountSettings: async () => {
        throw new StoreFailure({ kind: 'full', what: 'The disk is full', where: '/the/data/folder', mend: 'Make room.' });
      },
      GetFunction: async () => {
        throw new ApiError('ResourceNotFoundException', 'Function not found: f');
      },
    },
  },
  s3: {
    handlers: { PutObject: note, GetObject: note, ListBuckets: note, HeadObject: note, ListObjects: note, PutBucketTagging: note },
    anonymous: new Set(['GetObject']),
  },
  cloudwatch: { handlers: { PutMetricData: note } },
  sts: {
    handlers: { AssumeRoleWithWebIdentity: note, GetCallerIdentity: note },
    anonymous: new Set(['AssumeRoleWithWebIdentity']),
  },
};

export const invoke = (others: Partial<RawRequest> = {}): RawRequest => ({
  url: '/2015-03-31/functions/f/invocations',
  service: 'lambda',
  body: '{"a":1}',
  ...others,
});

export const put = (others: Partial<RawRequest> = {}): RawRequest => ({
  method: 'PUT',
  url: '/bucket/key',
  service: 's3',
  body: 'hello',
  ...others,
});
