// API destinations, and the requests that events become there. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  DeleteApiDestinationCommand,
  DescribeApiDestinationCommand,
  ListApiDestinationsCommand,
  PutEventsCommand,
  UpdateApiDestinationCommand,
  type HttpParameters,
} from '@aws-sdk/client-eventbridge';
import {
  openEventBridgeService,
  QUEUE_ARN,
  refusalOf,
  refused,
  type EventBridgeService,
} from '../../support/eventbridge-service.ts';

let service: EventBridgeService;
let connectionArn: string;
before(async () => {
  service = await openEventBridgeService();
  const AuthParameters = { BasicAuthParameters: { Username: 'u', Password: 'p' } };
  const made = await service.client.send(new CreateConnectionCommand({ Name: 'c', AuthorizationType: 'BASIC', AuthParameters }));
  connectionArn = made.ConnectionArn ?? '';
});
after(() => service.close());

const make = async (Name: string, InvocationEndpoint: string, more: object = {}) =>
  service.client.send(
    new CreateApiDestinationCommand({
      Name,
      ConnectionArn: connectionArn,
      InvocationEndpoint,
      HttpMethod: 'POST',
      ...more,
    }),
  );

/** The request that an event becomes. */
async function requestOf(destination: string, HttpParameters: HttpParameters, target: object = {}, Detail = '{"id":"a/b","n":5}') {
  const { ApiDestinationArn } = await service.client.send(new DescribeApiDestinationCommand({ Name: destination }));
  const source = `to-${destination}-${(sources += 1)}`;
  await service.outbox();
  await service.rule({ pattern: { source: [source] } }, [{ Id: 't', Arn: ApiDestinationArn ?? '', HttpParameters, ...target }]);
  const entry = {
    Source: source,
    DetailType: 'order paid',
    Detail,
    Resources: ['arn:x'],
    Time: new Date('2026-01-02T03:04:05Z'),
  };
  const { Entries } = await service.client.send(new PutEventsCommand({ Entries: [entry] }));
  const [sent] = await service.outbox();
  assert.ok(sent?.target.kind === 'http');
  return { request: sent.target.request, body: Buffer.from(sent.payload).toString(), source, id: Entries?.[0]?.EventId };
}
let sources = 0;

test('a destination is described as it was made, and changed in part', async () => {
  const { ApiDestinationArn, ApiDestinationState } = await make('hooks', 'https://hooks.example/in', { Description: 'd' });
  assert.equal(ApiDestinationState, 'ACTIVE');
  await service.client.send(new UpdateApiDestinationCommand({ Name: 'hooks', InvocationRateLimitPerSecond: 7 }));
  const { $metadata: _, ...described } = await service.client.send(new DescribeApiDestinationCommand({ Name: 'hooks' }));
  const now = new Date(service.clock.now());
  assert.deepEqual(described, {
    ApiDestinationArn,
    ApiDestinationState: 'ACTIVE',
    Name: 'hooks',
    Description: 'd',
    ConnectionArn: connectionArn,
    InvocationEndpoint: 'https://hooks.example/in',
    HttpMethod: 'POST',
    InvocationRateLimitPerSecond: 7,
    CreationTime: now,
    LastModifiedTime: now,
  });
  const { ApiDestinations } = await service.client.send(new ListApiDestinationsCommand({ ConnectionArn: connectionArn }));
  assert.deepEqual(
    ApiDestinations?.map(({ Name }) => Name),
    ['hooks'],
  );
});

test('an event is a request with the event as its body, and without a secret', async () => {
  const { request, body } = await requestOf('hooks', {});
  assert.deepEqual(request, {
    method: 'POST',
    url: 'https://hooks.example/in',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Amazon/EventBridge/ApiDestinations' },
    connectionArn: connectionArn,
    timeoutMs: 5000,
    perSecondMax: 7,
  });
  assert.equal((JSON.parse(body) as { 'detail-type': string })['detail-type'], 'order paid');
});

test('an event chooses no other path than its destination has', async () => {
  await make('users', 'https://hooks.example/users/*/delete');
  const parameters = { PathParameterValues: ['$.detail.id'] };
  for (const [id, segment] of [
    ['..', '%252E%252E'],
    ['.', '%252E'],
    ['../x', '..%2Fx'],
    ['...', '...'],
    ['a?b#c', 'a%3Fb%23c'],
    ['\ud800', '%EF%BF%BD'],
  ] as const) {
    const { request } = await requestOf('users', parameters, {}, JSON.stringify({ id }));
    assert.equal(request.url, `https://hooks.example/users/${segment}/delete`);
  }
});

test('path, query and headers are filled from the target and from the event', async () => {
  await make('paths', 'https://hooks.example/*/orders/*?fixed=1', { HttpMethod: 'PUT' });
  const { request, body } = await requestOf(
    'paths',
    {
      PathParameterValues: ['eu', '$.detail.id'],
      QueryStringParameters: { n: '$.detail.n', s: 'x y' },
      HeaderParameters: { 'X-Type': '$.detail-type', 'X-Fixed': 'f' },
    },
    { InputPath: '$.detail' },
  );
  assert.equal(request.url, 'https://hooks.example/eu/orders/a%2Fb?fixed=1&n=5&s=x+y');
  assert.deepEqual([request.method, request.headers['x-type'], request.headers['x-fixed']], ['PUT', 'order paid', 'f']);
  assert.equal(body, '{"id":"a/b","n":5}');
});

test('a target that asks for CloudEvents gets them, structured or binary', async () => {
  const structured = await requestOf('hooks', { HeaderParameters: { 'Content-Type': 'application/cloudevents+json' } });
  assert.equal(structured.request.headers['content-type'], 'application/cloudevents+json');
  assert.deepEqual(JSON.parse(structured.body), {
    specversion: '1.0',
    id: structured.id,
    source: structured.source,
    type: 'order paid',
    time: '2026-01-02T03:04:05Z',
    subject: 'arn:x',
    datacontenttype: 'application/json',
    data: { id: 'a/b', n: 5 },
  });
  const binary = await requestOf('hooks', { HeaderParameters: { 'ce-specversion': '1.0' } });
  const ce = Object.fromEntries(Object.entries(binary.request.headers).filter(([name]) => name.startsWith('ce-')));
  assert.deepEqual(ce, {
    'ce-specversion': '1.0',
    'ce-id': binary.id,
    'ce-source': binary.source,
    'ce-type': 'order%20paid',
    'ce-time': '2026-01-02T03:04:05Z',
    'ce-subject': 'arn:x',
  });
  assert.equal(binary.body, '{"id":"a/b","n":5}');
});

test('events for a destination that was deleted are dead letters', async () => {
  const { ApiDestinationArn = '' } = await make('deleted', 'https://hooks.example/');
  await service.rule({ pattern: { source: ['gone'] } }, [
    { Id: 't', Arn: ApiDestinationArn, DeadLetterConfig: { Arn: QUEUE_ARN } },
  ]);
  await service.client.send(new DeleteApiDestinationCommand({ Name: 'deleted' }));
  await make('deleted', 'https://elsewhere.example/');
  await service.outbox();
  await service.client.send(new PutEventsCommand({ Entries: [{ Source: 'gone', DetailType: 'x', Detail: '{}' }] }));
  const [entry] = await service.outbox();
  assert.ok(entry?.target.kind === 'queue');
  assert.deepEqual(
    [entry.target.arn, entry.target.attributes?.['ERROR_CODE']?.value, entry.target.attributes?.['TARGET_ARN']?.value],
    [QUEUE_ARN, 'NO_RESOURCE', ApiDestinationArn],
  );
});

test('what AWS refuses', async () => {
  assert.match((await refusalOf(make('x', 'hooks.example'))).message, /InvocationEndpoint/);
  assert.match((await refusalOf(make('x', 'https://user:pass@hooks.example/'))).message, /Credentials belong/);
  for (const url of ['https://*.example/', 'https:*.example/', 'https:///*/x', 'https://hooks.example:*/'])
    assert.match((await refusalOf(make('x', url))).message, /not in the host/, url);
  await make('in-the-query', 'https://hooks.example?id=*');
  const ConnectionArn = 'arn:aws:events:us-east-1:000000000000:connection/none/1';
  assert.match((await refusalOf(make('x', 'https://hooks.example/', { ConnectionArn }))).message, /does not exist/);
  assert.deepEqual(
    await refusalOf(service.client.send(new DescribeApiDestinationCommand({ Name: 'none' }))),
    refused('ResourceNotFoundException', "Failed to describe the api-destination(s). An api-destination 'none' does not exist."),
  );
});
