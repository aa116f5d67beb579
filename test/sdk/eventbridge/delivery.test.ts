// Events on the real platform, all the way: over buses, to queues, functions and servers elsewhere, out of archives, and to dead-letter queues.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import {
  CreateApiDestinationCommand,
  CreateArchiveCommand,
  CreateConnectionCommand,
  CreateEventBusCommand,
  DescribeReplayCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { AddPermissionCommand } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
import { REGION, ROOT, runPlatform, type RunningPlatform } from '../../support/running-platform.ts';

let platform: RunningPlatform;
let events: EventBridgeClient;
let sqs: SQSClient;
before(async () => {
  platform = await runPlatform({ environment: { MAYFLY_HTTP_TARGETS: 'any' } });
  const settings = { endpoint: platform.endpoint, region: REGION, credentials: ROOT, maxAttempts: 1 };
  events = new EventBridgeClient(settings);
  sqs = new SQSClient(settings);
});
after(async () => {
  events.destroy();
  sqs.destroy();
  await platform.close();
});

const busArn = (name: string) => `arn:aws:events:${REGION}:000000000000:event-bus/${name}`;
const functionArn = (name: string) => `arn:aws:lambda:${REGION}:000000000000:function:${name}`;

async function queue(name: string) {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  return {
    arn: `arn:aws:sqs:${REGION}:000000000000:${name}`,
    /** The next message, as soon as there is one. */
    next: async (): Promise<Message> => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MessageAttributeNames: ['All'] }),
      );
      assert.ok(Messages[0], `nothing came to ${name}`);
      return Messages[0];
    },
  };
}

async function rule(
  name: string,
  { source, bus }: { readonly source: string; readonly bus?: string },
  ...targets: Omit<Target, 'Id'>[]
) {
  await events.send(new PutRuleCommand({ Name: name, EventBusName: bus, EventPattern: JSON.stringify({ source: [source] }) }));
  const Targets = targets.map((target, n) => ({ ...target, Arn: target.Arn ?? '', Id: `t${n}` }));
  const { FailedEntries } = await events.send(new PutTargetsCommand({ Rule: name, EventBusName: bus, Targets }));
  assert.deepEqual(FailedEntries, []);
}

async function put(Source: string, detail: object, EventBusName?: string): Promise<string> {
  const entry = { Source, DetailType: 'order', Detail: JSON.stringify(detail), EventBusName };
  const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  return Entries?.[0]?.EventId ?? '';
}

const bodyOf = ({ Body = '' }: Message) => JSON.parse(Body) as Record<string, unknown>;

test('an event goes over another bus to a queue, and is archived there and replayed', async () => {
  const { arn, next } = await queue('over-bus');
  await events.send(new CreateEventBusCommand({ Name: 'inner' }));
  await events.send(new CreateArchiveCommand({ ArchiveName: 'inner', EventSourceArn: busArn('inner') }));
  await rule('out', { source: 'over' }, { Arn: busArn('inner') });
  await rule('in', { source: 'over', bus: 'inner' }, { Arn: arn });
  const id = await put('over', { n: 1 });
  const event = bodyOf(await next());
  assert.deepEqual([event['id'], event['detail'], event['replay-name']], [id, { n: 1 }, undefined]);
  await events.send(
    new StartReplayCommand({
      ReplayName: 'again',
      EventSourceArn: `arn:aws:events:${REGION}:000000000000:archive/inner`,
      EventStartTime: new Date(Date.now() - 60_000),
      EventEndTime: new Date(Date.now() + 60_000),
      Destination: { Arn: busArn('inner') },
    }),
  );
  const again = bodyOf(await next());
  assert.deepEqual(again, { ...event, 'replay-name': 'again' });
  const { State } = await events.send(new DescribeReplayCommand({ ReplayName: 'again' }));
  assert.ok(State === 'RUNNING' || State === 'COMPLETED', State);
});

test('a function is run with the event where its policy lets EventBridge in, and the event is a dead letter where it does not', async () => {
  const { arn, next } = await queue('told');
  const dead = await queue('dead');
  await platform.deploy(
    'teller',
    `import { SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
     const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
     export const handler = (event) => sqs.send(new SendMessageCommand({ QueueUrl: 'http://127.0.0.1/000000000000/told', MessageBody: JSON.stringify(event) }));`,
  );
  await rule('call', { source: 'call' }, { Arn: functionArn('teller'), DeadLetterConfig: { Arn: dead.arn } });
  const denied = await put('call', { n: 1 });
  const letter = await dead.next();
  assert.equal(bodyOf(letter)['id'], denied);
  assert.equal(letter.MessageAttributes?.['ERROR_CODE']?.StringValue, 'NO_PERMISSIONS');
  assert.equal(letter.MessageAttributes?.['RULE_ARN']?.StringValue, `arn:aws:events:${REGION}:000000000000:rule/call`);
  await platform.lambda.send(
    new AddPermissionCommand({
      FunctionName: 'teller',
      StatementId: 'rule',
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: `arn:aws:events:${REGION}:000000000000:rule/call`,
    }),
  );
  const id = await put('call', { n: 2 });
  const told = bodyOf(await next());
  assert.deepEqual([told['id'], told['detail']], [id, { n: 2 }]);
  assert.match(arn, /told$/);
});

interface Request {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

test('a server elsewhere gets the event with a token of its connection, and another one when that is not taken', async (context) => {
  const requests: Request[] = [];
  let tokens = 0;
  const heard = new Map<string, (request: Request) => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      const seen: Request = { method, url, headers, body: Buffer.concat(chunks).toString() };
      requests.push(seen);
      response.setHeader('content-type', 'application/json');
      if (url === '/token')
        response.end(JSON.stringify({ access_token: `token-${(tokens += 1)}`, token_type: 'Bearer', expires_in: 3600 }));
      else if (headers.authorization === 'Bearer token-1') response.writeHead(401).end();
      else {
        response.end('{}');
        heard.get(url ?? '')?.(seen);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { ConnectionArn } = await events.send(
    new CreateConnectionCommand({
      Name: 'partner',
      AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS',
      AuthParameters: {
        OAuthParameters: {
          ClientParameters: { ClientID: 'me', ClientSecret: 'hush' },
          AuthorizationEndpoint: `${base}/token`,
          HttpMethod: 'POST',
        },
        InvocationHttpParameters: { HeaderParameters: [{ Key: 'x-tenant', Value: 'acme', IsValueSecret: true }] },
      },
    }),
  );
  const { ApiDestinationArn } = await events.send(
    new CreateApiDestinationCommand({ Name: 'partner', ConnectionArn, InvocationEndpoint: `${base}/orders/*`, HttpMethod: 'POST' }),
  );
  await rule(
    'web',
    { source: 'web' },
    { Arn: ApiDestinationArn, InputPath: '$.detail', HttpParameters: { PathParameterValues: ['$.detail.id'] } },
  );
  const arrived = new Promise<Request>((resolve) => heard.set('/orders/7', resolve));
  await put('web', { id: '7' });
  const { headers, body, method } = await arrived;
  assert.deepEqual([method, body, headers.authorization, headers['x-tenant']], ['POST', '{"id":"7"}', 'Bearer token-2', 'acme']);
  const token = requests.find(({ url }) => url === '/token');
  assert.equal(token?.body, 'grant_type=client_credentials&client_id=me&client_secret=hush');
});
