// What tests of one service through its SDK share: a real gateway on a free port, the key that signs, and how a refusal is read.

import type { ServiceException } from '@smithy/core/client';
import { createGateway, type GatewayOptions } from '#gateway';
import { createKeys } from '#identity';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { SCOPE } from './logs-house.ts';

export const ROOT_KEY = { accessKeyId: 'AKIAMAYFLYTESTS', secretAccessKey: 'a-secret-for-tests-only' };

export interface OpenGateway {
  readonly endpoint: string;
  /** For the SDK's client. */
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: typeof ROOT_KEY;
    readonly maxAttempts: number;
  };
  close(): Promise<void>;
}

export async function openGateway(options: Pick<GatewayOptions, 'services' | 'routes' | 'log'>): Promise<OpenGateway> {
  const gateway = createGateway({
    ...options,
    identity: createKeys({ account: SCOPE.account, rootKey: ROOT_KEY, random: realRandom }),
    scope: SCOPE,
    clock: realClock,
    random: realRandom,
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    settings: { endpoint, region: SCOPE.region, credentials: ROOT_KEY, maxAttempts: 1 },
    close: () => gateway.close(1000),
  };
}

export interface Refusal {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
}

/** For one service: the error that a command is answered with; a command that succeeds fails the test. */
export function refusalsOf(serviceException: abstract new (...parts: never[]) => ServiceException) {
  return async (sent: Promise<unknown>): Promise<Refusal> => {
    try {
      await sent;
    } catch (error) {
      if (!(error instanceof serviceException)) throw error;
      return { name: error.name, message: error.message, status: error.$metadata.httpStatusCode };
    }
    throw new Error('The command was expected to be refused, and succeeded.');
  };
}
