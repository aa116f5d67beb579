// CloudEvents 1.0 onto a bus. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { CreateEventBusCommand } from '@aws-sdk/client-eventbridge';
import { eventOf, openEventBridgeService, QUEUE_ARN, type EventBridgeService } from '../../support/eventbridge-service.ts';
import { ROOT_KEY } from '../../support/one-service.ts';
import { signRequest } from '../../support/sign-request.ts';

const KEY = 'a-bearer-key-of-the-operator';
let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService({ bearerKey: KEY });
  await service.client.send(new CreateEventBusCommand({ Name: 'own' }));
  for (const bus of ['default', 'own'])
    await service.rule({ pattern: { source: [{ prefix: '/' }] }, bus }, [{ Id: 't', Arn: `${QUEUE_ARN}-${bus}` }]);
});
after(() => service.close());

const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const EVENT = {
  specversion: '1.0',
  id: 'A234',
  source: '/shop',
  type: 'com.example.order',
  time: '2026-04-05T17:31:00.5+02:00',
  subject: '123',
  data: { n: 1 },
};

async function post(
  body: unknown,
  headers: Record<string, string> = STRUCTURED,
  { bus = 'default', authorization = `Bearer ${KEY}` } = {},
) {
  const answer = await fetch(`${service.endpoint}/_mayfly/events/${bus}`, {
    method: 'POST',
    headers: { ...headers, ...(authorization === '' ? {} : { authorization }) },
    body: typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
  });
  return { status: answer.status, page: (await answer.json()) as { events?: string[]; code?: string; message?: string } };
}

/** What reached the rule. */
async function received(): Promise<readonly Record<string, unknown>[]> {
  return (await service.outbox()).map((entry) => ({
    ...eventOf(entry),
    arn: 'arn' in entry.target ? entry.target.arn : undefined,
  }));
}

describe('modes', () => {
  test('structured: its attributes become the event’s', async () => {
    const { status, page } = await post(EVENT, STRUCTURED, { bus: 'own' });
    assert.equal(status, 200);
    const [event] = await received();
    assert.deepEqual(event, {
      version: '0',
      id: page.events?.[0],
      'detail-type': 'com.example.order',
      source: '/shop',
      account: '000000000000',
      time: '2026-04-05T15:31:00Z',
      region: 'us-east-1',
      resources: ['123'],
      detail: { n: 1, cloudevent: { id: 'A234' } },
      arn: `${QUEUE_ARN}-own`,
    });
  });

  test('binary: they come in headers, percent-encoded', async () => {
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '/shop',
      'ce-type': 'Gr%C3%BC%C3%9Fe',
      'ce-traceparent': '00-abc',
    };
    assert.equal((await post('{"n":2}', headers)).status, 200);
    const [event] = await received();
    assert.deepEqual(
      [event?.['detail-type'], event?.['detail']],
      ['Grüße', { n: 2, cloudevent: { id: '1', traceparent: '00-abc' } }],
    );
  });

  test('data that is no JSON object is kept as what it is', async () => {
    const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/shop', 'ce-type': 't' };
    await post('[1]', { ...headers, 'content-type': 'application/vnd.x+json' });
    await post('hello', { ...headers, 'content-type': 'text/plain' });
    await post(new Uint8Array([0, 255]), { ...headers, 'content-type': 'image/png' });
    await post('', headers);
    const type = (datacontenttype: string) => ({ cloudevent: { id: '1', datacontenttype } });
    assert.deepEqual(
      (await received()).map(({ detail }) => detail),
      [
        { data: [1], cloudevent: { id: '1' } },
        { data: 'hello', ...type('text/plain') },
        { data_base64: 'AP8=', ...type('image/png') },
        // fetch says that a body without a type is text.
        { cloudevent: { id: '1' } },
      ],
    );
  });

  test('a batch is taken as a whole or not at all', async () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' };
    const { page } = await post([EVENT, { ...EVENT, id: 'B' }], headers);
    assert.equal(page.events?.length, 2);
    assert.deepEqual(
      (await received()).map(({ id }) => id),
      page.events,
    );
    const refused = await post([EVENT, { ...EVENT, type: '' }], headers);
    assert.deepEqual([refused.status, refused.page.code], [400, 'ValidationException']);
    // What only the bus refuses takes the others with it as well.
    assert.equal((await post([EVENT, { ...EVENT, source: 'aws.s3' }], headers)).status, 400);
    assert.deepEqual(await received(), []);
    assert.equal((await post([], headers)).status, 200);
    assert.match(
      (
        await post(
          Array.from({ length: 101 }, () => EVENT),
          headers,
        )
      ).page.message ?? '',
      /at most 100/,
    );
  });
});

describe('refusals', () => {
  test('what is no CloudEvent is told why', async () => {
    const refuses = async (body: unknown, message: RegExp, headers?: Record<string, string>, status = 400) => {
      const answer = await post(body, headers);
      assert.equal(answer.status, status);
      assert.match(answer.page.message ?? '', message);
    };
    await refuses({ ...EVENT, specversion: '0.3' }, /specversion/);
    await refuses({ ...EVENT, id: 5 }, /id must be/);
    await refuses({ ...EVENT, source: '' }, /source must be/);
    for (const time of ['yesterday', '2026', 'Jan 1 2026', '2026-01-01T00:00:00']) await refuses({ ...EVENT, time }, /RFC 3339/);
    await refuses({ ...EVENT, subject: 5 }, /subject must be/);
    await refuses({ ...EVENT, data_base64: 'AA==' }, /exclude each other/);
    await refuses({ ...EVENT, source: 'aws.s3' }, /Not authorized for the source/);
    await refuses('{', /not JSON/);
    await refuses('[]', /An event is an object/);
    await refuses(`{"data":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, /too deep/);
    await refuses({}, /A batch is an array/, { 'content-type': 'application/cloudevents-batch+json' });
    await refuses('x', /not percent-encoded/, { 'content-type': 'text/plain', 'ce-specversion': '1.0', 'ce-id': '%zz' });
    await refuses('{}', /Send a CloudEvent/, { 'content-type': 'application/json' }, 415);
    await refuses('{}', /is not known here/, { 'content-type': 'application/cloudevents+avro' }, 415);
    await refuses('x'.repeat(5 * 1024 * 1024), /must be smaller/, STRUCTURED, 413);
    assert.deepEqual(await received(), []);
  });

  test('a bus that there is not is said so, and other methods are', async () => {
    for (const bus of ['nowhere', '%zz', 'a/b']) assert.equal((await post(EVENT, STRUCTURED, { bus })).status, 404, bus);
    const answer = await fetch(`${service.endpoint}/_mayfly/events/default`);
    assert.equal(answer.status, 405);
    await answer.arrayBuffer();
  });

  test('the sender signs, or has the bearer key', async () => {
    assert.equal((await post(EVENT, STRUCTURED, { authorization: '' })).status, 401);
    assert.equal((await post(EVENT, STRUCTURED, { authorization: `Bearer ${KEY}x` })).status, 401);
    assert.deepEqual(await received(), []);
    const url = '/_mayfly/events/default';
    const body = JSON.stringify(EVENT);
    const host = new URL(service.endpoint).host;
    const sign = (name: string) =>
      signRequest({ method: 'POST', url, headers: { host, ...STRUCTURED }, body, service: name, nowMs: Date.now(), ...ROOT_KEY });
    const send = (headers: Record<string, string>, text = body) =>
      fetch(service.endpoint + url, { method: 'POST', headers, body: text });
    const signed = await send(sign('events'));
    assert.equal(signed.status, 200, await signed.text());
    const elsewhere = await send(sign('sqs'));
    assert.equal(elsewhere.status, 403, await elsewhere.text());
    const changed = await send(sign('events'), body.replace('order', 'other'));
    assert.notEqual(changed.status, 200, await changed.text());
    assert.equal((await received()).length, 1);
  });
});

test('who does not say who they are is answered before their body is read', async () => {
  const headers = { ...STRUCTURED, 'content-length': 1000 };
  const request = httpRequest(`${service.endpoint}/_mayfly/events/default`, { method: 'POST', headers });
  request.flushHeaders();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 401);
  response.resume();
  request.destroy();
});

test('without a key of the operator, no bearer is good', async () => {
  const keyless = await openEventBridgeService();
  const answer = await fetch(`${keyless.endpoint}/_mayfly/events/default`, {
    method: 'POST',
    headers: { ...STRUCTURED, authorization: 'Bearer undefined' },
    body: JSON.stringify(EVENT),
  });
  assert.equal(answer.status, 401);
  await answer.arrayBuffer();
  await keyless.close();
});
