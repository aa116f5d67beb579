// What becomes of one batch of a pipe: enrichment, templates, targets and what fails of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AttemptResult, NewEvent, SynchronousCall } from '#invocation';
import { ApiError } from '#kernel';
import type { OutboxEntry } from '#outbox';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import { invocable, SCOPE } from '../../../test/support/invocable.ts';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import type { ExecutionStart, SynchronousEnd } from '../courier/ports.ts';
import type { BatchOutcome } from '../polling/batch-outcome.ts';
import type { SourceRecord } from '../polling/source.ts';
import { PipeBatch } from './pipe-batch.ts';
import type { PipeRecord } from './pipe-record.ts';

const at = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`;
const ENRICHER = at('lambda', 'function:enricher');

const PIPE: PipeRecord = {
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

function message(id: string, body: string, group?: string): SourceRecord {
  const document = { messageId: id, body, eventSource: 'aws:sqs', attributes: { MessageGroupId: group } };
  const json = JSON.stringify(document);
  return { id, group, json, bytes: json.length, traceHeader: undefined, document };
}

const RECORDS = [message('a', '{"n":1}'), message('b', '{"n":2}')];

function answered(answer: unknown, functionError?: 'Unhandled'): AttemptResult {
  return text(JSON.stringify(answer) ?? '', functionError);
}

function text(answer: string, functionError?: 'Unhandled'): AttemptResult {
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

function house(pipe: Partial<PipeRecord>, { functions = {}, machines = {}, refused = [], isPaced = false }: Script = {}) {
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
          if (execution.arn.endsWith(':gone')) throw new ApiError('StateMachineDoesNotExist', 'There is no such machine.');
          if (executions.some(({ name }) => name === execution.name))
            throw new ApiError('ExecutionAlreadyExists', 'It was started before.');
          executions.push(execution);
        },
        async startSync(execution) {
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

const WELL = { kind: 'ran', failed: new Set(), isCrowded: false };
const problem = 'PROBLEM: There is none.';

test('without a template a target gets each record as it is', async () => {
  const { batch, entries, texts } = house({});
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(
    texts(),
    RECORDS.map(({ json }) => json),
  );
  assert.deepEqual(entries[0]?.target, { kind: 'queue', arn: PIPE.target });
  assert.deepEqual(entries[0]?.sender, {
    service: 'pipes.amazonaws.com',
    arn: at('pipes', 'pipe/orders'),
    roleArn: PIPE.roleArn,
  });
});

test('with one it gets what the template makes, and a FIFO queue its group', async () => {
  const { batch, entries, texts } = house({
    target: at('sqs', 'target.fifo'),
    targetParameters: {
      InputTemplate: '{"number": <$.body.n>, "via": "<aws.pipes.pipe-name>"}',
      SqsQueueParameters: { MessageGroupId: '$.body.n', MessageDeduplicationId: 'once' },
    },
  });
  await batch.run(RECORDS);
  assert.deepEqual(texts(), ['{"number": 1, "via": "orders"}', '{"number": 2, "via": "orders"}']);
  assert.deepEqual(entries[1]?.target, { kind: 'queue', arn: at('sqs', 'target.fifo'), groupId: '2', deduplicationId: 'once' });
});

test('a bus gets an event that says where it came from, unless it was told what to say', async () => {
  const plain = house({ target: at('events', 'event-bus/shop') });
  await plain.batch.run(RECORDS);
  assert.partialDeepStrictEqual(plain.entries[0]?.target, {
    kind: 'bus',
    source: 'Pipe orders',
    detailType: 'Event from aws:sqs',
    resources: [],
  });
  const told = house({
    target: at('events', 'event-bus/shop'),
    targetParameters: {
      EventBridgeEventBusParameters: {
        Source: 'shop',
        DetailType: '$.body.kind',
        Resources: ['a', '$.messageId'],
        Time: '$.body.at',
      },
    },
  });
  await told.batch.run([message('m', '{"kind":"order","at":"2026-11-21T00:00:00Z"}')]);
  assert.deepEqual(told.entries[0]?.target, {
    kind: 'bus',
    arn: at('events', 'event-bus/shop'),
    source: 'shop',
    detailType: 'order',
    resources: ['a', 'm'],
    timeMs: Date.UTC(2026, 10, 21),
  });
});

test('a log group gets lines', async () => {
  const { batch, lines } = house({
    target: at('logs', 'log-group:/pipes/orders'),
    targetParameters: { InputTemplate: '<$.body>', CloudWatchLogsParameters: { LogStreamName: 'all', Timestamp: '$.body.at' } },
  });
  await batch.run([message('m', '{"at":1700000000000}')]);
  assert.deepEqual(lines, [
    {
      scope: SCOPE,
      group: '/pipes/orders',
      stream: 'all',
      lines: [{ timestampMs: 1_700_000_000_000, text: '{"at":1700000000000}' }],
    },
  ]);
});

test('an API destination gets a request with what its parameters name; where it takes no more, nothing counts', async () => {
  const pipe = {
    target: at('events', 'api-destination/shop/1'),
    targetParameters: {
      InputTemplate: '<$.body>',
      HttpParameters: {
        PathParameterValues: ['$.body.id'],
        HeaderParameters: { 'X-Kind': '$.body.kind' },
        QueryStringParameters: { q: '1' },
      },
    },
  };
  const { batch, entries, texts } = house(pipe);
  assert.deepEqual(await batch.run([message('m', '{"id":7,"kind":"order"}')]), WELL);
  const [entry] = entries;
  assert.ok(entry?.target.kind === 'http');
  const { method, url, headers, connectionArn } = entry.target.request;
  assert.deepEqual([method, url, headers['x-kind']], ['POST', 'https://shop.example/7?q=1', 'order']);
  assert.equal(connectionArn, at('events', 'connection/c/1'));
  assert.deepEqual(texts(), ['{"id":7,"kind":"order"}']);
  const paced = house(pipe, { isPaced: true });
  assert.equal((await paced.batch.run([message('m', '{}')])).kind, 'refused');
});

test('a function gets the batch as one array, and says which of it failed', async () => {
  const target = at('lambda', 'function:worker');
  const { batch, calls } = house({ target, targetParameters: { InputTemplate: '<$.body.n>' } });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(calls, [{ name: 'worker', payload: [1, 2] }]);
  const partly = house({ target }, { functions: { worker: answered({ batchItemFailures: [{ itemIdentifier: 'b' }] }) } });
  assert.deepEqual(await partly.batch.run(RECORDS), { ...WELL, failed: new Set(['b']) });
  const talkative = house({ target }, { functions: { worker: answered('batchItemFailures? none') } });
  assert.deepEqual(await talkative.batch.run(RECORDS), WELL);
  const broken = house({ target }, { functions: { worker: answered({ errorType: 'Error' }, 'Unhandled') } });
  assert.equal((await broken.batch.run(RECORDS)).kind, 'failed');
});

test('fired and forgotten, it is an event that was accepted', async () => {
  const target = at('lambda', 'function:worker');
  const parameters = { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' as const } };
  const { batch, accepted, calls } = house({ target, targetParameters: parameters });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.equal(calls.length, 0);
  assert.equal(accepted[0]?.functionArn, target);
});

test('an enrichment stands between source and target', async () => {
  const enriched = { enrichment: ENRICHER, enrichmentParameters: { InputTemplate: '{"n": <$.body.n>}' } };
  const { batch, calls, texts } = house(enriched, { functions: { enricher: answered([{ total: 3 }]) } });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(calls, [{ name: 'enricher', payload: [{ n: 1 }, { n: 2 }] }]);
  assert.deepEqual(texts(), ['{"total":3}']);
});

test('an empty answer of the enrichment ends the batch, an empty event does not', async () => {
  for (const answer of ['', {}, [], null]) {
    const { batch, entries } = house({ enrichment: ENRICHER }, { functions: { enricher: answered(answer) } });
    assert.deepEqual(await batch.run(RECORDS), WELL);
    assert.equal(entries.length, 0);
  }
  const { batch, texts } = house({ enrichment: ENRICHER }, { functions: { enricher: answered([{}]) } });
  await batch.run(RECORDS);
  assert.deepEqual(texts(), ['{}']);
});

test('a function as target gets an object where the enrichment answered with one', async () => {
  const target = at('lambda', 'function:worker');
  const { batch, calls } = house({ enrichment: ENRICHER, target }, { functions: { enricher: answered({ one: 1 }) } });
  await batch.run(RECORDS);
  assert.deepEqual(calls[1], { name: 'worker', payload: { one: 1 } });
});

test('more events than the target takes at once are not sent at all', async () => {
  const many = answered(Array.from({ length: 11 }, (_, i) => i));
  const { batch, entries } = house({ enrichment: ENRICHER }, { functions: { enricher: many } });
  assert.equal((await batch.run(RECORDS)).kind, 'failed');
  assert.equal(entries.length, 0);
});

test('an enrichment that fails, or is throttled, sends nothing on', async () => {
  for (const [result, kind] of [
    [answered({}, 'Unhandled'), 'failed'],
    [{ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' }, 'refused'],
  ] as const) {
    const { batch, entries } = house({ enrichment: ENRICHER }, { functions: { enricher: result } });
    assert.equal((await batch.run(RECORDS)).kind, kind);
    assert.equal(entries.length, 0);
  }
});

test('an event that is nested too deeply for a template, or for a parameter, fails alone', async () => {
  const deep = message('deep', `{"text":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
  for (const targetParameters of [
    { InputTemplate: '{"text": <$.body.text>}' },
    { EventBridgeEventBusParameters: { DetailType: '$.body.text' } },
  ]) {
    const { batch, entries } = house({ target: at('events', 'event-bus/default'), targetParameters });
    const outcome = await batch.run([deep, message('b', '{"text":"y"}')]);
    assert.deepEqual(outcome.kind === 'ran' && [...outcome.failed], ['deep']);
    assert.equal(entries.length, 1);
  }
  const target = at('lambda', 'function:worker');
  const whole = house({ target, targetParameters: { InputTemplate: '<$.body.text>' } });
  assert.deepEqual(await whole.batch.run([deep]), { kind: 'failed', problem: 'PROBLEM: the event is nested too deeply' });
});

test('a function may answer with what is no JSON: of an enrichment it is a failure, of a target it says nothing', async () => {
  const functions = { enricher: text('batchItemFailures: none'), worker: text('batchItemFailures: none') };
  const enriching = house({ enrichment: ENRICHER }, { functions });
  assert.deepEqual(await enriching.batch.run(RECORDS), {
    kind: 'failed',
    problem: 'PROBLEM: the enrichment did not answer with JSON',
  });
  assert.deepEqual(enriching.entries, []);
  const telling = house({ target: at('lambda', 'function:worker') }, { functions });
  assert.deepEqual(await telling.batch.run(RECORDS), WELL);
});

test('what the target refuses stays in the source, what it took does not', async () => {
  const [first] = RECORDS;
  const { batch } = house({}, { refused: [first?.json ?? ''] });
  assert.deepEqual(await batch.run(RECORDS), { ...WELL, failed: new Set(['a']), problem });
  const all = house({}, { refused: RECORDS.map(({ json }) => json) });
  assert.deepEqual(await all.batch.run(RECORDS), { kind: 'failed', problem: 'PROBLEM: There is none.' });
  const behind = house({ enrichment: ENRICHER }, { functions: { enricher: answered(['x', 'y']) }, refused: ['x'] });
  assert.equal((await behind.batch.run(RECORDS)).kind, 'failed');
});

test('from a FIFO queue, a group stops at its first failure', async () => {
  const records = [message('a1', '1', 'a'), message('b1', '2', 'b'), message('a2', '3', 'a'), message('b2', '4', 'b')];
  const { batch, texts } = house({ source: at('sqs', 'source.fifo') }, { refused: [records[0]?.json ?? ''] });
  assert.deepEqual(await batch.run(records), { ...WELL, failed: new Set(['a1', 'a2']), problem });
  assert.deepEqual(texts(), [records[1]?.json, records[3]?.json]);
});

test('an event that its template makes too long fails alone; a batch for a function fails whole', async () => {
  const parameters = { InputTemplate: '<$.body.text>'.repeat(20) };
  const records = [message('a', JSON.stringify({ text: 'x'.repeat(100_000) })), message('b', '{"text":"y"}')];
  const { batch, entries } = house({ targetParameters: parameters });
  const outcome = await batch.run(records);
  assert.deepEqual(outcome.kind === 'ran' && [...outcome.failed], ['a']);
  assert.deepEqual(
    entries.map(({ payload }) => Buffer.from(payload).toString()),
    ['y'.repeat(20)],
  );
  const many = Array.from({ length: 10 }, (_, index) => message(String(index), JSON.stringify({ text: 'x'.repeat(100_000) })));
  const whole = house({ target: at('lambda', 'function:worker'), targetParameters: parameters });
  assert.deepEqual(await whole.batch.run(many), {
    kind: 'failed',
    problem: 'PROBLEM: the input template makes too long a text of the event',
  });
  assert.deepEqual(whole.calls, []);
});

const MACHINE = at('states', 'stateMachine:checks');
const FIRE_AND_FORGET = { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } } as const;
const inputsOf = (executions: readonly ExecutionStart[]) => executions.map(({ input }) => JSON.parse(input) as unknown);

test('a state machine that is not waited for takes the batch as one array, and once, also when it comes again', async () => {
  const { batch, executions } = house({
    target: MACHINE,
    targetParameters: { ...FIRE_AND_FORGET, InputTemplate: '{"n": <$.body.n>}' },
  });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(inputsOf(executions), [[{ n: 1 }, { n: 2 }]]);
  assert.match(executions[0]?.name ?? '', /^[0-9a-f-]{36}$/);
  assert.deepEqual(await batch.run(RECORDS.slice(1)), WELL);
  assert.equal(executions.length, 2, 'another batch is another execution');
});

test('a state machine that is not there leaves its messages where they are', async () => {
  const { batch } = house({ target: at('states', 'stateMachine:gone'), targetParameters: FIRE_AND_FORGET });
  assert.deepEqual(await batch.run(RECORDS), { kind: 'refused', problem: 'PROBLEM: There is no such machine.' });
});

test('an express state machine is waited for: it fails as a whole, or names the records that failed', async () => {
  const run = (end: SynchronousEnd) => house({ target: MACHINE }, { machines: { checks: end } }).batch.run(RECORDS);
  assert.deepEqual(await run({ kind: 'succeeded', output: '{"any":"thing"}' }), WELL);
  const names = '{"batchItemFailures":[{"itemIdentifier":"b"}]}';
  assert.deepEqual(await run({ kind: 'succeeded', output: names }), { ...WELL, failed: new Set(['b']) });
  assert.match(
    problemOf(await run({ kind: 'succeeded', output: '{"batchItemFailures":[{"itemIdentifier":"c"}]}' })),
    /batchItemFailures/,
  );
  assert.equal(problemOf(await run({ kind: 'failed', why: 'It ended as FAILED.' })), 'PROBLEM: It ended as FAILED.');
});

test('a standard state machine cannot be waited for, and the pipe says what to set', async () => {
  const outcome = await house({ target: MACHINE }).batch.run(RECORDS);
  assert.equal(outcome.kind, 'refused');
  assert.match(problemOf(outcome), /InvocationType FIRE_AND_FORGET/);
});

test('an express state machine enriches: its output goes on, an empty one ends the batch', async () => {
  const run = async (end: SynchronousEnd) => {
    const { batch, texts } = house({ enrichment: MACHINE }, { machines: { checks: end } });
    return [await batch.run(RECORDS), texts()];
  };
  assert.deepEqual(await run({ kind: 'succeeded', output: '[{"a":1},{"a":2}]' }), [WELL, ['{"a":1}', '{"a":2}']]);
  assert.deepEqual(await run({ kind: 'succeeded', output: '{}' }), [WELL, []]);
  assert.deepEqual(await run({ kind: 'failed', why: 'No.' }), [{ kind: 'failed', problem: 'PROBLEM: No.' }, []]);
});

function problemOf(outcome: BatchOutcome): string {
  return 'problem' in outcome ? String(outcome.problem) : '';
}
