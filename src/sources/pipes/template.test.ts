// Input templates, told with the examples of AWS's page.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#kernel';
import { compileParameter, compileTemplate, TextBudget, TextTooLong } from './template.ts';

const PIPE = {
  arn: 'arn:aws:pipes:us-east-1:000000000000:pipe/orders',
  name: 'orders',
  source: 'arn:aws:sqs:us-east-1:000000000000:source',
  enrichment: null,
  target: 'arn:aws:sqs:us-east-1:000000000000:target',
};
const MESSAGE = {
  messageId: 'm',
  body: '{"order":{"id":7,"tags":["a","b"]},"name":"say \\"hi\\"","none":null}',
  attributes: { SenderId: 'AIDA' },
  eventSource: 'aws:sqs',
};
const filled = (template: string, event: unknown = MESSAGE, budget = new TextBudget(10_000)) =>
  compileTemplate(template)({ event, pipe: PIPE, nowMs: Date.UTC(2026, 10, 21), budget });
const text = (template: string) => filled(template).text;
const json = (template: string, event?: unknown) => JSON.parse(filled(template, event).json) as unknown;

test('static templates are as they are', () => {
  assert.equal(text('Hello, sender'), 'Hello, sender');
  assert.equal(json('Hello, sender'), 'Hello, sender');
  assert.equal(text('"Hello, sender"'), '"Hello, sender"');
  assert.deepEqual(json('{"key": "<b>bold</b>", "n": 1}'), { key: '<b>bold</b>', n: 1 });
});

test('one placeholder is the value itself', () => {
  assert.equal(text('<$.attributes.SenderId>'), 'AIDA');
  assert.equal(json('<$.attributes.SenderId>'), 'AIDA');
  assert.deepEqual(json(' <$.body.order> '), { id: 7, tags: ['a', 'b'] });
  assert.equal(text('<$.missing>'), '');
});

test('in text a placeholder is text', () => {
  assert.equal(text('Hello, <$.attributes.SenderId>: <$.body.order.id>'), 'Hello, AIDA: 7');
  assert.equal(text('<$.body.name>!'), 'say "hi"!');
});

test('in JSON it is JSON outside of quotes, and text within them', () => {
  assert.deepEqual(json('{"order": <$.body.order>, "name": <$.body.name>, "none": <$.body.none>, "missing": <$.body.x>}'), {
    order: { id: 7, tags: ['a', 'b'] },
    name: 'say "hi"',
    none: null,
    missing: '',
  });
  assert.deepEqual(json('{"text": "<$.body.name> of <$.body.order.id>", "list": "<$.body.order.tags>"}'), {
    text: 'say "hi" of 7',
    list: '[a,b]',
  });
});

test('paths go into lists, too', () => {
  assert.deepEqual(json('{"first": <$.body.order.tags[0]>, "all": <$.body.order.tags[*]>}'), { first: 'a', all: ['a', 'b'] });
});

test('what the pipe knows', () => {
  assert.deepEqual(
    json(
      '{"arn": <aws.pipes.pipe-arn>, "name": "<aws.pipes.pipe-name>", "from": <aws.pipes.source-arn>, "by": <aws.pipes.enrichment-arn>, "to": <aws.pipes.target-arn>, "at": <aws.pipes.event.ingestion-time>}',
    ),
    { arn: PIPE.arn, name: 'orders', from: PIPE.source, by: '', to: PIPE.target, at: '2026-11-21T00:00:00.000Z' },
  );
  assert.deepEqual(json('{"event": <aws.pipes.event>}'), { event: MESSAGE });
  assert.deepEqual(json('{"event": <aws.pipes.event.json>}'), { event: { ...MESSAGE, body: JSON.parse(MESSAGE.body) } });
});

test('only messages have a body that is parsed', () => {
  assert.equal(json('<$.body.a>', { body: '{"a":1}' }), '');
  assert.equal(json('<$.body.a>', { body: { a: 1 } }), 1);
});

test('a placeholder that means nothing is refused', () => {
  for (const bad of ['<aws.pipes.nothing>', '<$.a..b>', '<$ a>'])
    assert.throws(
      () => compileTemplate(bad),
      (error) => error instanceof ApiError && error.code === 'ValidationException',
      bad,
    );
});

test('a parameter is a path, or itself', () => {
  assert.equal(compileParameter('group-1')(MESSAGE), 'group-1');
  assert.equal(compileParameter('$.body.order.id')(MESSAGE), 7);
  assert.equal(compileParameter('$.missing')(MESSAGE), undefined);
});

test('a template that names a large event over and over ends before it fills the memory, and parses the body once', () => {
  const large = { ...MESSAGE, body: JSON.stringify({ text: 'x'.repeat(100_000) }) };
  const budget = new TextBudget(250_000);
  assert.equal(filled('<$.body.text> <$.body.text>', large, budget).text.length, 200_001);
  assert.throws(() => filled('<$.body.text>!', large, budget), TextTooLong);
  assert.throws(() => filled('<aws.pipes.event>'.repeat(400), large, new TextBudget(1_000_000)), TextTooLong);
  let reads = 0;
  const watched = {
    eventSource: 'aws:sqs',
    get body() {
      reads += 1;
      return '{"a":1}';
    },
  };
  assert.equal(filled('<$.body.a>, '.repeat(100), watched).text.length, 299);
  assert.ok(reads <= 2, `the body was read ${reads} times`);
});
