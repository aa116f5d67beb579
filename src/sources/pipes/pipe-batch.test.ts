// What becomes of one batch of a pipe: enrichment, templates, targets and what fails of them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPE } from '../../../test/support/invocable.ts';
import { answered, at, ENRICHER, message, PIPE, pipeBatchHouse, RECORDS, text } from '../../../test/support/pipe-batch-house.ts';

const WELL = { kind: 'ran', failed: new Set(), isCrowded: false };
const problem = 'PROBLEM: There is none.';

test('without a template a target gets each record as it is', async () => {
  const { batch, entries, texts } = pipeBatchHouse({});
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
  const { batch, entries, texts } = pipeBatchHouse({
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
  const plain = pipeBatchHouse({ target: at('events', 'event-bus/shop') });
  await plain.batch.run(RECORDS);
  assert.partialDeepStrictEqual(plain.entries[0]?.target, {
    kind: 'bus',
    source: 'Pipe orders',
    detailType: 'Event from aws:sqs',
    resources: [],
  });
  const told = pipeBatchHouse({
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
  const { batch, lines } = pipeBatchHouse({
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
  const { batch, entries, texts } = pipeBatchHouse(pipe);
  assert.deepEqual(await batch.run([message('m', '{"id":7,"kind":"order"}')]), WELL);
  const [entry] = entries;
  assert.ok(entry?.target.kind === 'http');
  const { method, url, headers, connectionArn } = entry.target.request;
  assert.deepEqual([method, url, headers['x-kind']], ['POST', 'https://shop.example/7?q=1', 'order']);
  assert.equal(connectionArn, at('events', 'connection/c/1'));
  assert.deepEqual(texts(), ['{"id":7,"kind":"order"}']);
  const paced = pipeBatchHouse(pipe, { isPaced: true });
  assert.equal((await paced.batch.run([message('m', '{}')])).kind, 'refused');
});

test('a function gets the batch as one array, and says which of it failed', async () => {
  const target = at('lambda', 'function:worker');
  const { batch, calls } = pipeBatchHouse({ target, targetParameters: { InputTemplate: '<$.body.n>' } });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(calls, [{ name: 'worker', payload: [1, 2] }]);
  const partly = pipeBatchHouse({ target }, { functions: { worker: answered({ batchItemFailures: [{ itemIdentifier: 'b' }] }) } });
  assert.deepEqual(await partly.batch.run(RECORDS), { ...WELL, failed: new Set(['b']) });
  const talkative = pipeBatchHouse({ target }, { functions: { worker: answered('batchItemFailures? none') } });
  assert.deepEqual(await talkative.batch.run(RECORDS), WELL);
  const broken = pipeBatchHouse({ target }, { functions: { worker: answered({ errorType: 'Error' }, 'Unhandled') } });
  assert.equal((await broken.batch.run(RECORDS)).kind, 'failed');
});

test('fired and forgotten, it is an event that was accepted', async () => {
  const target = at('lambda', 'function:worker');
  const parameters = { LambdaFunctionParameters: { InvocationType: 'FIRE_AND_FORGET' as const } };
  const { batch, accepted, calls } = pipeBatchHouse({ target, targetParameters: parameters });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.equal(calls.length, 0);
  assert.equal(accepted[0]?.functionArn, target);
});

test('an enrichment stands between source and target', async () => {
  const enriched = { enrichment: ENRICHER, enrichmentParameters: { InputTemplate: '{"n": <$.body.n>}' } };
  const { batch, calls, texts } = pipeBatchHouse(enriched, { functions: { enricher: answered([{ total: 3 }]) } });
  assert.deepEqual(await batch.run(RECORDS), WELL);
  assert.deepEqual(calls, [{ name: 'enricher', payload: [{ n: 1 }, { n: 2 }] }]);
  assert.deepEqual(texts(), ['{"total":3}']);
});

test('an empty answer of the enrichment ends the batch, an empty event does not', async () => {
  for (const answer of ['', {}, [], null]) {
    const { batch, entries } = pipeBatchHouse({ enrichment: ENRICHER }, { functions: { enricher: answered(answer) } });
    assert.deepEqual(await batch.run(RECORDS), WELL);
    assert.equal(entries.length, 0);
  }
  const { batch, texts } = pipeBatchHouse({ enrichment: ENRICHER }, { functions: { enricher: answered([{}]) } });
  await batch.run(RECORDS);
  assert.deepEqual(texts(), ['{}']);
});

test('a function as target gets an object where the enrichment answered with one', async () => {
  const target = at('lambda', 'function:worker');
  const { batch, calls } = pipeBatchHouse({ enrichment: ENRICHER, target }, { functions: { enricher: answered({ one: 1 }) } });
  await batch.run(RECORDS);
  assert.deepEqual(calls[1], { name: 'worker', payload: { one: 1 } });
});

test('more events than the target takes at once are not sent at all', async () => {
  const many = answered(Array.from({ length: 11 }, (_, i) => i));
  const { batch, entries } = pipeBatchHouse({ enrichment: ENRICHER }, { functions: { enricher: many } });
  assert.equal((await batch.run(RECORDS)).kind, 'failed');
  assert.equal(entries.length, 0);
});

test('an enrichment that fails, or is throttled, sends nothing on', async () => {
  for (const [result, kind] of [
    [answered({}, 'Unhandled'), 'failed'],
    [{ kind: 'throttled', reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' }, 'refused'],
  ] as const) {
    const { batch, entries } = pipeBatchHouse({ enrichment: ENRICHER }, { functions: { enricher: result } });
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
    const { batch, entries } = pipeBatchHouse({ target: at('events', 'event-bus/default'), targetParameters });
    const outcome = await batch.run([deep, message('b', '{"text":"y"}')]);
    assert.deepEqual(outcome.kind === 'ran' && [...outcome.failed], ['deep']);
    assert.equal(entries.length, 1);
  }
  const target = at('lambda', 'function:worker');
  const whole = pipeBatchHouse({ target, targetParameters: { InputTemplate: '<$.body.text>' } });
  assert.deepEqual(await whole.batch.run([deep]), { kind: 'failed', problem: 'PROBLEM: the event is nested too deeply' });
});

test('a function may answer with what is no JSON: of an enrichment it is a failure, of a target it says nothing', async () => {
  const functions = { enricher: text('batchItemFailures: none'), worker: text('batchItemFailures: none') };
  const enriching = pipeBatchHouse({ enrichment: ENRICHER }, { functions });
  assert.deepEqual(await enriching.batch.run(RECORDS), {
    kind: 'failed',
    problem: 'PROBLEM: the enrichment did not answer with JSON',
  });
  assert.deepEqual(enriching.entries, []);
  const telling = pipeBatchHouse({ target: at('lambda', 'function:worker') }, { functions });
  assert.deepEqual(await telling.batch.run(RECORDS), WELL);
});

test('what the target refuses stays in the source, what it took does not', async () => {
  const [first] = RECORDS;
  const { batch } = pipeBatchHouse({}, { refused: [first?.json ?? ''] });
  assert.deepEqual(await batch.run(RECORDS), { ...WELL, failed: new Set(['a']), problem });
  const all = pipeBatchHouse({}, { refused: RECORDS.map(({ json }) => json) });
  assert.deepEqual(await all.batch.run(RECORDS), { kind: 'failed', problem: 'PROBLEM: There is none.' });
  const behind = pipeBatchHouse({ enrichment: ENRICHER }, { functions: { enricher: answered(['x', 'y']) }, refused: ['x'] });
  assert.equal((await behind.batch.run(RECORDS)).kind, 'failed');
});

test('from a FIFO queue, a group stops at its first failure', async () => {
  const records = [message('a1', '1', 'a'), message('b1', '2', 'b'), message('a2', '3', 'a'), message('b2', '4', 'b')];
  const { batch, texts } = pipeBatchHouse({ source: at('sqs', 'source.fifo') }, { refused: [records[0]?.json ?? ''] });
  assert.deepEqual(await batch.run(records), { ...WELL, failed: new Set(['a1', 'a2']), problem });
  assert.deepEqual(texts(), [records[1]?.json, records[3]?.json]);
});

test('an event that its template makes too long fails alone; a batch for a function fails whole', async () => {
  const parameters = { InputTemplate: '<$.body.text>'.repeat(20) };
  const records = [message('a', JSON.stringify({ text: 'x'.repeat(100_000) })), message('b', '{"text":"y"}')];
  const { batch, entries } = pipeBatchHouse({ targetParameters: parameters });
  const outcome = await batch.run(records);
  assert.deepEqual(outcome.kind === 'ran' && [...outcome.failed], ['a']);
  assert.deepEqual(
    entries.map(({ payload }) => Buffer.from(payload).toString()),
    ['y'.repeat(20)],
  );
  const many = Array.from({ length: 10 }, (_, index) => message(String(index), JSON.stringify({ text: 'x'.repeat(100_000) })));
  const whole = pipeBatchHouse({ target: at('lambda', 'function:worker'), targetParameters: parameters });
  assert.deepEqual(await whole.batch.run(many), {
    kind: 'failed',
    problem: 'PROBLEM: the input template makes too long a text of the event',
  });
  assert.deepEqual(whole.calls, []);
});
