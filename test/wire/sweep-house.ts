// A gateway whose every operation of every service notes its input and answers what the sweep told it to.

import { Readable } from 'node:stream';
import type { AccountId, ErrorCode, Region } from '#kernel';
import { ApiError } from '#kernel';
import type { ServiceName } from '#wire';
import { createGateway } from '../../src/gateway/index.ts';
import type { AnyHandler, Gateway, Service } from '../../src/gateway/index.ts';
import { realClock, realRandom } from '../../src/main/ambient.ts';
import { loadService, SERVICES } from '../../src/wire/index.ts';

export const KEY = { accessKeyId: 'AKIASWEEPSWEEPSWEEPS', secretAccessKey: 'sweep/secret+key' };
const ACCOUNT = '000000000000' as AccountId;

export interface PlannedError {
  readonly code: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type Plan = { readonly kind: 'output'; readonly output: object } | { readonly kind: 'error'; readonly error: PlannedError };

export interface SweepHouse {
  readonly endpoint: string;
  /** What handlers did wrong on their own: nothing, in a good sweep. */
  readonly logged: string[];
  /** By `service.Operation`: what to answer. */
  readonly plans: Map<string, Plan>;
  /** By `service.Operation`: the last input. */
  readonly inputs: Map<string, unknown>;
  close(): Promise<void>;
}

export async function openSweepHouse(): Promise<SweepHouse> {
  const plans = new Map<string, Plan>();
  const inputs = new Map<string, unknown>();
  const logged: string[] = [];
  const services = Object.fromEntries([...SERVICES.keys()].map((name) => [name, sweptService(name, plans, inputs)]));
  const gateway: Gateway = createGateway({
    services,
    identity: {
      secretFor: (id) =>
        id === KEY.accessKeyId
          ? { secret: KEY.secretAccessKey, sessionToken: undefined, principal: { kind: 'root', account: ACCOUNT, accessKeyId: id } }
          : undefined,
    },
    scope: { account: ACCOUNT, region: 'us-east-1' as Region },
    clock: realClock,
    random: realRandom,
    log: { write: (_level, event, fields) => void logged.push(`${event} ${String(fields?.['error'])}`) },
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  return { endpoint: `http://127.0.0.1:${port}`, logged, plans, inputs, close: () => gateway.close(1000) };
}

function sweptService(name: ServiceName, plans: Map<string, Plan>, inputs: Map<string, unknown>): Service {
  const handlers: Record<string, AnyHandler> = {};
  for (const operation of loadService(name).operations.keys()) {
    const place = `${name}.${operation}`;
    handlers[operation] = async (input: Record<string, unknown>) => {
      inputs.set(place, await settle(input));
      const plan = plans.get(place) ?? { kind: 'output', output: {} };
      if (plan.kind === 'error')
        throw new ApiError(plan.error.code as ErrorCode, plan.error.message, { fields: plan.error.fields });
      return plan.output;
    };
  }
  return { handlers, anonymous: new Set(['AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML']) };
}

/** Streams read to their end, bytes and dates made comparable, absent members dropped. */
export async function settle(value: unknown): Promise<unknown> {
  if (value === undefined || value === null || typeof value === 'function') return undefined;
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (value instanceof Readable || (typeof value === 'object' && Symbol.asyncIterator in value)) {
    const parts: Uint8Array[] = [];
    for await (const part of value as AsyncIterable<Uint8Array>) parts.push(part);
    return `bytes ${Buffer.concat(parts).toString('hex')}`;
  }
  if (Array.isArray(value)) return Promise.all(value.map(settle));
  if (typeof value !== 'object') return typeof value === 'bigint' ? Number(value) : value;
  const entries = await Promise.all(
    Object.entries(value)
      .filter(([name]) => name !== '$metadata')
      .map(async ([name, item]) => [name, await settle(item)] as const),
  );
  return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
}
