// One batch of a pipe with functions, state machines and targets that note what they get, and fail when they are told to.

import type { AttemptResult, NewEvent, SynchronousCall } from '#invocation';
import { ApiError } from '#kernel';
import type { OutboxEntry } from '#outbox';
import type { ExecutionStart, SynchronousEnd } from '../../src/sources/courier/ports.ts';
import { PipeBatch } from '../../src/sources/pipes/pipe-batch.ts';
import type { PipeRecord } from '../../src/sources/pipes/pipe-record.ts';
import type { SourceRecord } from '../../src/sources/polling/source.ts';
import { FakeClock } from './fake-clock.ts';
import { invocable, SCOPE } from './invocable.ts';
import { seededRandom } from './seeded-random.ts';

export const at = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
export const ENRICHER = at('lambda', 'function:enricher');

export const PIPE: PipeRecord = {
  name: 'orders',
  description: null,
  source: at('sqs', 'source'),
  batchSize: null,
  windowSeconds: null,
  filters: [],
  enrichment: null,
  enrichmentParameters: null,
  target: at('sqs', 'target'),
  targetParameters: null,
  roleArn: 'arn:aws:iam::000000000000:role/pipes',
  desired: 'RUNNING',
  transition: null,
  tags: {},
  createdAtMs: 0,
  modifiedAtMs: 0,
};

export function message(id: string, body: string, group?: string): SourceRecord {
  const document = { messageId: id, body, eventSource: 'aws:sqs', attributes: { MessageGroupId: group } };
  const json = JSON.stringify(document);
  return { id, group, json, bytes: json.length, traceHeader: undefined, document };
}

export const RECORDS = [message('a', '{"n":1}'), message('b', '{"n":2}')];

export function answered(answer: unknown, functionError?: 'Unhandled'): AttemptResult {
  return text(JSON.stringify(answer) ?? '', functionError);
}

export function text(answer: string, functionError?: 'Unhandled'): AttemptResult {
  const payload = Buffer.from(answer);
  const record = { queuedMs: 0, durationMs: 1 };
  return {
    kind: 'answered',
    answer: { functionError, payload, logLine: undefined, trouble: undefined },
    logTail: undefined,
    record,
  } as unknown as AttemptResult;
}

interface Script {
  /** Ends of express executions by the name of their machine; those of others cannot be waited for. */
  readonly machines?: Readonly<Record<string, SynchronousEnd>>;
  /** By the function's name. */
  readonly functions?: Readonly<Record<string, AttemptResult>>;
  /** The target takes no more for now. */
  readonly isPaced?: boolean;
  /** Bodies that their target refuses. */
  readonly refused?: readonly string[];
}

export function pipeBatchHouse(
  pipe: Partial<PipeRecord>,
  { functions = {}, machines = {}, refused = [], isPaced = false }: Script = {},
) {
  const calls: { readonly name: string; readonly payload: unknown }[] = [];
  const entries: OutboxEntry[] = [];
  const accepted: NewEvent[] = [];
  const lines: unknown[] = [];
  const executions: ExecutionStart[] = [];
  const batch = new PipeBatch(
    {
      clock: new FakeClock(),
      random: seededRandom(1),
      carry: async (entry) => {
        if (refused.includes(Buffer.from(entry.payload).toString())) throw new ApiError('QueueDoesNotExist', 'There is none.');
        if (isPaced) return { kind: 'later', atMs: 1 };
        entries.push(entry);
        return { kind: 'delivered' };
      },
      logs: {
        events: { put: async (put: unknown) => void lines.push(put) },
        streams: {},
      } as unknown as ConstructorParameters<typeof PipeBatch>[0]['logs'],
      apiDestinations: {
        get: async (_scope, name) => {
          const record = { id: '1', url: 'https://shop.example/*', method: 'POST', connectionArn: at('events', 'connection/c/1') };
          return { name, isActive: true, record: { ...record, createdAtMs: 0, modifiedAtMs: 0 } };
        },
      },
      invocables: { resolve: async (_scope, { name }) => invocable(name) },
      invocations: {
        invoke: async ({ invocable: { name }, payload }: SynchronousCall) => {
          calls.push({ name, payload: JSON.parse(Buffer.from(payload).toString()) });
          return functions[name] ?? answered(null);
        },
        accept: async (event) => void accepted.push(event),
      },
      stateMachines: {
        async start(execution) {
          if (execution.arn.endsWith(':picky')) throw new ApiError('InvalidExecutionInput', 'The input is too large.');
          if (execution.arn.endsWith(':gone')) throw new ApiError('StateMachineDoesNotExist', 'There is no such machine.');
          if (executions.some(({ name }) => name === execution.name))
            throw new ApiError('ExecutionAlreadyExists', 'It was started before.');
          executions.push(execution);
        },
        async startSync(execution) {
          if (execution.arn.endsWith(':picky')) throw new ApiError('InvalidExecutionInput', 'The input is too large.');
          executions.push(execution);
          const end = machines[execution.arn.split(':').at(-1) ?? ''];
          if (end === undefined) throw new ApiError('StateMachineTypeNotSupported', 'It is none that can be waited for.');
          return end;
        },
      },
    },
    SCOPE,
    { ...PIPE, ...pipe },
  );
  return {
    batch,
    calls,
    entries,
    accepted,
    executions,
    lines,
    texts: () => entries.map(({ payload }) => Buffer.from(payload).toString()),
  };
}
