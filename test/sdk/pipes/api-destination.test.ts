// A pipe that leads to a server elsewhere: a real platform, a real server on loopback, and the SDK's clients.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { CreateApiDestinationCommand, CreateConnectionCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreatePipeCommand, DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { runMappedPlatform } from '../../support/mapped-platform.ts';
import type { MappedPlatform } from '../../support/mapped-platform.ts';
import { REGION, ROLE, ROOT } from '../../support/running-platform.ts';

interface Request {
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let platform: MappedPlatform;
let pipes: PipesClient;
let buses: EventBridgeClient;

/** Answers each request with the next status, then with 200, and tells what it was asked. */
const statuses: number[] = [];
const requests: Request[] = [];
let tell: () => void = () => undefined;
const server = createServer((request, response) => {
  void text(request).then((body) => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
    response.writeHead(statuses.shift() ?? 200).end('{}');
    tell();
  });
});

async function nextRequest(): Promise<Request> {
  while (requests.length === 0) await new Promise<void>((resolve) => (tell = resolve));
  return requests.shift() ?? assert.fail();
}

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  platform = await runMappedPlatform({ environment: { MAYFLY_HTTP_TARGETS: 'any' } });
  const options = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  pipes = new PipesClient(options);
  buses = new EventBridgeClient(options);
});
after(async () => {
  pipes.destroy();
  buses.destroy();
  await platform.close();
  server.closeAllConnections();
  server.close();
});

async function destination(Name: string): Promise<string> {
  const { ConnectionArn } = await buses.send(
    new CreateConnectionCommand({
      Name,
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-shop-key', ApiKeyValue: 'a-key-for-tests' } },
    }),
  );
  const { port } = server.address() as AddressInfo;
  const { ApiDestinationArn = '' } = await buses.send(
    new CreateApiDestinationCommand({
      Name,
      ConnectionArn,
      InvocationEndpoint: `http://127.0.0.1:${port}/orders/*`,
      HttpMethod: 'PUT',
    }),
  );
  return ApiDestinationArn;
}

/** With a visibility timeout of one second, so that what failed comes again soon. */
async function pipeTo(Name: string, Target: string): Promise<string> {
  const source = await platform.queue(Name, { VisibilityTimeout: '1' });
  await pipes.send(
    new CreatePipeCommand({
      Name,
      RoleArn: ROLE,
      Source: source.arn,
      Target,
      TargetParameters: {
        InputTemplate: '{"total": <$.body.total>}',
        HttpParameters: {
          PathParameterValues: ['$.body.id'],
          HeaderParameters: { 'x-customer': '$.body.customer' },
          QueryStringParameters: { via: 'pipe' },
        },
      },
    }),
  );
  return source.url;
}

test('a message is a request, with what its parameters name and what its connection adds', async () => {
  const source = await pipeTo('shop', await destination('shop'));
  await platform.send(source, '{"id":"7/8","customer":"Ulm","total":42}');
  const { line, headers, body } = await nextRequest();
  assert.equal(line, 'PUT /orders/7%2F8?via=pipe');
  assert.deepEqual(JSON.parse(body), { total: 42 });
  assert.partialDeepStrictEqual(headers, { 'x-customer': 'Ulm', 'x-shop-key': 'a-key-for-tests' });
  await platform.emptied(source);
});

test('what the server refuses stays in the queue, and comes again until it takes it', async () => {
  const source = await pipeTo('unsure', await destination('unsure'));
  statuses.push(503);
  await platform.send(source, '{"id":"1","customer":"Ulm","total":1}');
  const bodies = [await nextRequest(), await nextRequest()].map(({ body }) => body);
  assert.deepEqual(bodies, ['{"total": 1}', '{"total": 1}']);
  await platform.emptied(source);
  const { CurrentState, StateReason } = await pipes.send(new DescribePipeCommand({ Name: 'unsure' }));
  assert.deepEqual([CurrentState, StateReason], ['RUNNING', undefined], 'the last batch went well');
});
