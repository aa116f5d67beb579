// HTTP tasks of running state machines, against a server on the loopback.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { buffer } from 'node:stream/consumers';
import { CreateConnectionCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { TestStateCommand } from '@aws-sdk/client-sfn';
import { detailsOf, runFlows, typesOf, type RunningFlows } from '../../support/running-flows.ts';

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let flows: RunningFlows;
let server: Server;
let address: string;
let connection: string;
const seen: Seen[] = [];
/** Statuses to answer with before 200. */
const failures: number[] = [];

before(async () => {
  server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: body.toString() });
      response.writeHead(failures.shift() ?? 200, { 'content-type': 'application/json', 'x-server': 'loopback' });
      response.end('{"charged":true}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  flows = await runFlows({ MAYFLY_HTTP_TARGETS: 'any' });
  const events = new EventBridgeClient(flows.settings);
  const made = await events.send(
    new CreateConnectionCommand({
      Name: 'card-service',
      AuthorizationType: 'BASIC',
      AuthParameters: {
        BasicAuthParameters: { Username: 'shop', Password: 'secret' },
        InvocationHttpParameters: { BodyParameters: [{ Key: 'merchant', Value: 'hidden', IsValueSecret: true }] },
      },
    }),
  );
  connection = made.ConnectionArn ?? '';
  events.destroy();
});
after(async () => {
  await flows.close();
  server.closeAllConnections();
  server.close();
});

const call = (more: object = {}) => ({
  ApiEndpoint: `${address}/charges`,
  Method: 'POST',
  InvocationConfig: { ConnectionArn: connection },
  Headers: { 'Idempotency-Key': 'order-1' },
  QueryParameters: { currency: 'eur' },
  RequestBody: { amount: 5 },
  ...more,
});

const charge = (parameters: object, more: object = {}) => ({
  Charge: { Type: 'Task', Resource: 'arn:aws:states:::http:invoke', Parameters: parameters, End: true, ...more },
});

test('a request carries what the task and its connection say, and its answer is the result', async () => {
  seen.length = 0;
  const ended = await flows.run(charge(call()));
  const [request] = seen;
  assert(request !== undefined);
  assert.deepEqual([request.method, request.url], ['POST', '/charges?currency=eur']);
  assert.equal(request.headers['authorization'], `Basic ${Buffer.from('shop:secret').toString('base64')}`);
  assert.equal(request.headers['user-agent'], 'Amazon|StepFunctions|HttpInvoke|us-east-1');
  assert.equal(request.headers['range'], 'bytes=0-262144');
  assert.equal(request.headers['idempotency-key'], 'order-1');
  assert.equal(request.headers['content-type'], 'application/json; charset=UTF-8');
  assert.deepEqual(JSON.parse(request.body), { amount: 5, merchant: 'hidden' });
  const { ResponseBody, StatusCode, StatusText, Headers } = ended.output as Record<string, unknown>;
  assert.deepEqual([ResponseBody, StatusCode, StatusText], [{ charged: true }, 200, 'OK']);
  assert.deepEqual((Headers as Record<string, unknown>)['x-server'], ['loopback']);
  assert.equal(JSON.stringify(ended.events).includes('secret'), false);
  assert.equal(detailsOf(ended, 'TaskScheduled')['resourceType'], 'http');
});

test('a server that fails is tried again as Retry says', async () => {
  seen.length = 0;
  failures.push(503);
  const Retry = [{ ErrorEquals: ['States.Http.StatusCode.503'], IntervalSeconds: 1, MaxAttempts: 1 }];
  const ended = await flows.run(charge(call(), { Retry }));
  assert.equal(ended.description.status, 'SUCCEEDED');
  assert.equal(seen.length, 2);
  assert.deepEqual(
    typesOf(ended).filter((type) => type.startsWith('Task') && !type.startsWith('TaskState')),
    ['TaskScheduled', 'TaskStarted', 'TaskFailed', 'TaskScheduled', 'TaskStarted', 'TaskSucceeded'],
  );
  const { error, cause } = detailsOf(ended, 'TaskFailed');
  assert.deepEqual([error, cause], ['States.Http.StatusCode.503', 'Service Unavailable']);
});

test('a server that nobody listens for, a connection that is not there, and a header that is not allowed fail the task', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  closed.close();
  await once(closed, 'close');
  const down = await flows.run(charge(call({ ApiEndpoint: `http://127.0.0.1:${port}/` })));
  assert.equal(down.description.error, 'States.Http.Socket');
  const missing = await flows.run(charge(call({ InvocationConfig: { ConnectionArn: `${connection}x` } })));
  assert.equal(missing.description.error, 'Events.ConnectionResource.ResourceNotFound');
  const forbidden = await flows.run(charge(call({ Headers: { Authorization: 'Bearer mine' } })));
  assert.equal(forbidden.description.error, 'States.Runtime');
  assert.match(forbidden.description.cause ?? '', /The header 'Authorization' cannot be used in an HTTP Task/);
});

test('a form is sent as one', async () => {
  seen.length = 0;
  const form = {
    Headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    RequestBody: { items: ['a', 'b'], to: { city: 'São Paulo' } },
    Transform: { RequestBodyEncoding: 'URL_ENCODED', RequestEncodingOptions: { ArrayFormat: 'BRACKETS' } },
  };
  await flows.run(charge(call(form)));
  assert.equal(seen[0]?.body, 'items%5B%5D=a&items%5B%5D=b&to%5Bcity%5D=S%C3%A3o%20Paulo&merchant=hidden');
});

test('TestState shows the request, with the connection’s secrets only where they are asked for', async () => {
  const definition = JSON.stringify(charge(call()).Charge);
  const roleArn = 'arn:aws:iam::000000000000:role/tests';
  const tested = { definition, roleArn, inspectionLevel: 'TRACE' } as const;
  const open = await flows.client.send(new TestStateCommand({ ...tested, revealSecrets: true }));
  assert.equal(open.status, 'SUCCEEDED');
  const { request, response } = open.inspectionData ?? {};
  assert.match(request?.headers ?? '', /^\[Idempotency-Key: order-1, authorization: Basic \S+, User-Agent: /);
  assert.deepEqual(JSON.parse(request?.body ?? ''), { amount: 5, merchant: 'hidden' });
  assert.deepEqual([request?.protocol, request?.method, request?.url], ['http', 'POST', `${address}/charges?currency=eur`]);
  assert.deepEqual([response?.statusCode, response?.statusMessage, response?.body], ['200', 'OK', '{"charged":true}']);
  const closed = await flows.client.send(new TestStateCommand(tested));
  assert.equal(JSON.stringify(closed.inspectionData).includes('hidden'), false);
  assert.equal(closed.inspectionData?.request?.body, '{"amount":5}');
});
