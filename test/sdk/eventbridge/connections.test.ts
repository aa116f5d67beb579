// Connections. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  CreateConnectionCommand,
  DeauthorizeConnectionCommand,
  DeleteConnectionCommand,
  DescribeConnectionCommand,
  ListConnectionsCommand,
  UpdateConnectionCommand,
  type CreateConnectionCommandInput,
} from '@aws-sdk/client-eventbridge';
import { openEventBridgeService, refusalOf, refused, type EventBridgeService } from '../../support/eventbridge-service.ts';
import { SCOPE } from '../../support/logs-house.ts';

const SECRET = 'a-secret-that-must-not-be-seen';

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the authorization server was asked, and what it answers. */
const asked: Asked[] = [];
let answer: { readonly status: number; readonly body: string } = { status: 200, body: '{}' };

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService({
    authorizationServer: ({ url, method, headers, body }) => {
      asked.push({ url, method, headers, body: Buffer.from(body).toString() });
      return Promise.resolve({ kind: 'answered', ...answer });
    },
  });
});
after(() => service.close());

const BASIC = { BasicAuthParameters: { Username: 'u', Password: SECRET } };
const create = (input: Partial<CreateConnectionCommandInput> & { readonly Name: string }) =>
  service.client.send(new CreateConnectionCommand({ AuthorizationType: 'BASIC', AuthParameters: BASIC, ...input }));
const describeConnection = async (Name: string) => {
  const { $metadata: _, ...connection } = await service.client.send(new DescribeConnectionCommand({ Name }));
  return connection;
};
const arnOf = async (Name: string) => (await describeConnection(Name)).ConnectionArn ?? '';
const additionsOf = async (Name: string, renew = false) =>
  service.buses.connections.additionsOf(SCOPE, await arnOf(Name), { renew });
const oauth = (more: object = {}) => ({
  AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS' as const,
  AuthParameters: {
    OAuthParameters: {
      ClientParameters: { ClientID: 'me', ClientSecret: SECRET },
      AuthorizationEndpoint: 'https://login.example/token',
      HttpMethod: 'POST' as const,
      ...more,
    },
  },
});
const token = (value: string, seconds = 3600) => ({
  status: 200,
  body: JSON.stringify({ access_token: value, token_type: 'bearer', expires_in: seconds }),
});

test('what is secret is neither in answers nor on the disk', async () => {
  const parameter = (Key: string, IsValueSecret: boolean) => ({ Key, Value: IsValueSecret ? SECRET : 'seen', IsValueSecret });
  const InvocationHttpParameters = {
    HeaderParameters: [parameter('x-open', false), parameter('x-closed', true)],
    QueryStringParameters: [parameter('q', true)],
    BodyParameters: [parameter('b', false)],
  };
  const made = await create({ Name: 'sealed', Description: 'd', AuthParameters: { ...BASIC, InvocationHttpParameters } });
  assert.match(made.ConnectionArn ?? '', /^arn:aws:events:us-east-1:000000000000:connection\/sealed\/[0-9a-f-]{36}$/);
  const now = new Date(service.clock.now());
  assert.deepEqual(await describeConnection('sealed'), {
    Name: 'sealed',
    ConnectionArn: made.ConnectionArn,
    ConnectionState: 'AUTHORIZED',
    AuthorizationType: 'BASIC',
    Description: 'd',
    AuthParameters: {
      BasicAuthParameters: { Username: 'u' },
      InvocationHttpParameters: {
        HeaderParameters: [parameter('x-open', false), { Key: 'x-closed', IsValueSecret: true }],
        QueryStringParameters: [{ Key: 'q', IsValueSecret: true }],
        BodyParameters: [parameter('b', false)],
      },
    },
    CreationTime: now,
    LastModifiedTime: now,
    LastAuthorizedTime: now,
  });
  const kept = await service.store.resources.list({ scope: SCOPE, kind: 'event-connection', limit: 100 });
  assert.equal(kept.length, 1);
  assert.ok(!JSON.stringify(kept).includes(SECRET));
  assert.deepEqual(await additionsOf('sealed'), {
    headers: { authorization: `Basic ${Buffer.from(`u:${SECRET}`).toString('base64')}`, 'x-open': 'seen', 'x-closed': SECRET },
    query: { q: SECRET },
    body: { b: 'seen' },
  });
});

test('an API key is a header of its own', async () => {
  await create({
    Name: 'key',
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Key', ApiKeyValue: SECRET } },
  });
  assert.deepEqual((await additionsOf('key')).headers, { 'x-key': SECRET });
  assert.deepEqual((await describeConnection('key')).AuthParameters, { ApiKeyAuthParameters: { ApiKeyName: 'X-Key' } });
});

test('an OAuth client asks for a token at once, uses it until shortly before its end, and asks again', async () => {
  asked.length = 0;
  answer = token('one', 600);
  const made = await create({
    Name: 'oauth',
    ...oauth({ OAuthHttpParameters: { BodyParameters: [{ Key: 'scope', Value: 'all' }] } }),
  });
  assert.equal(made.ConnectionState, 'AUTHORIZING');
  assert.deepEqual((await additionsOf('oauth')).headers, { authorization: 'Bearer one' });
  assert.deepEqual(
    [asked[0]?.url, asked[0]?.method, asked[0]?.headers['content-type']],
    ['https://login.example/token', 'POST', 'application/x-www-form-urlencoded; charset=utf-8'],
  );
  assert.equal(asked[0]?.body, `grant_type=client_credentials&client_id=me&client_secret=${SECRET}&scope=all`);
  answer = token('two');
  await service.clock.advance(500_000);
  assert.deepEqual((await additionsOf('oauth')).headers, { authorization: 'Bearer one' });
  await service.clock.advance(50_000);
  const both = await Promise.all([additionsOf('oauth'), additionsOf('oauth')]);
  assert.deepEqual(
    both.map(({ headers }) => headers['authorization']),
    ['Bearer two', 'Bearer two'],
  );
  assert.equal(asked.length, 2);
  answer = token('three');
  assert.deepEqual((await additionsOf('oauth', true)).headers, { authorization: 'Bearer three' });
  assert.equal((await describeConnection('oauth')).ConnectionState, 'AUTHORIZED');
});

test('a token in JSON, or by GET, where the connection says so', async () => {
  asked.length = 0;
  answer = token('t');
  await create({
    Name: 'json',
    ...oauth({ OAuthHttpParameters: { HeaderParameters: [{ Key: 'Content-Type', Value: 'application/json' }] } }),
  });
  await additionsOf('json');
  assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), {
    grant_type: 'client_credentials',
    client_id: 'me',
    client_secret: SECRET,
  });
  await create({
    Name: 'get',
    ...oauth({ HttpMethod: 'GET', OAuthHttpParameters: { QueryStringParameters: [{ Key: 'a', Value: 'b' }] } }),
  });
  await additionsOf('get');
  assert.equal(
    asked.at(-1)?.url,
    `https://login.example/token?a=b&grant_type=client_credentials&client_id=me&client_secret=${SECRET}`,
  );
});

test('a server that gives no token leaves the connection unauthorized, and the reason is shown without the secret', async () => {
  answer = { status: 401, body: `{"error":"${SECRET}"}` };
  await create({ Name: 'denied', ...oauth() });
  await assert.rejects(additionsOf('denied'), { code: 'ServiceUnavailableException', message: /answered 401/ });
  const { ConnectionState, StateReason } = await describeConnection('denied');
  assert.deepEqual([ConnectionState, StateReason], ['DEAUTHORIZED', 'The authorization server answered 401.']);
  for (const body of ['nonsense', '{}', '{"access_token":"a\\r\\nb"}', 'null']) {
    answer = { status: 200, body };
    await assert.rejects(additionsOf('denied'), { message: /no access token/ });
  }
  answer = token('good');
  assert.deepEqual((await additionsOf('denied')).headers, { authorization: 'Bearer good' });
  assert.equal((await describeConnection('denied')).ConnectionState, 'AUTHORIZED');
  assert.ok(
    !JSON.stringify(service.log.events, (_name, value: unknown) =>
      value instanceof Error ? `${value.message} ${value.stack}` : value,
    ).includes(SECRET),
  );
});

test('a reason that is known is not written again for every event', async () => {
  answer = { status: 503, body: '' };
  await create({ Name: 'down', ...oauth() });
  await assert.rejects(additionsOf('down'), /answered 503/);
  const revisions = async () =>
    (await service.store.resources.list({ scope: SCOPE, kind: 'event-connection', prefix: 'down', limit: 1 })).map(
      ({ revision }) => revision,
    );
  // Also what its making had begun has ended.
  await service.buses.connections.close();
  const before = await revisions();
  await assert.rejects(additionsOf('down'), /answered 503/);
  assert.deepEqual(await revisions(), before);
  await service.client.send(new DeleteConnectionCommand({ Name: 'down' }));
});

test('an update says what changes, and keeps the secrets that it does not name', async () => {
  await create({
    Name: 'changing',
    AuthParameters: {
      ...BASIC,
      InvocationHttpParameters: { HeaderParameters: [{ Key: 'x', Value: SECRET, IsValueSecret: true }] },
    },
  });
  await service.client.send(
    new UpdateConnectionCommand({ Name: 'changing', AuthParameters: { BasicAuthParameters: { Username: 'other' } } }),
  );
  assert.deepEqual((await additionsOf('changing')).headers, {
    authorization: `Basic ${Buffer.from(`other:${SECRET}`).toString('base64')}`,
    x: SECRET,
  });
  await service.client.send(
    new UpdateConnectionCommand({
      Name: 'changing',
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'k', ApiKeyValue: 'v' } },
    }),
  );
  assert.deepEqual((await additionsOf('changing')).headers, { k: 'v', x: SECRET });
  assert.match(
    (await refusalOf(service.client.send(new UpdateConnectionCommand({ Name: 'changing', AuthorizationType: 'BASIC' })))).message,
    /BasicAuthParameters\.Username is required/,
  );
});

test('deauthorized, its secrets are gone; deleted, it is', async () => {
  await create({ Name: 'going' });
  const { ConnectionState } = await service.client.send(new DeauthorizeConnectionCommand({ Name: 'going' }));
  assert.equal(ConnectionState, 'DEAUTHORIZED');
  await assert.rejects(additionsOf('going'), { code: 'AccessDeniedException' });
  const ConnectionArn = await arnOf('going');
  const deleted = await service.client.send(new DeleteConnectionCommand({ Name: 'going' }));
  assert.equal(deleted.ConnectionState, 'DELETING');
  assert.deepEqual(
    await refusalOf(describeConnection('going')),
    refused('ResourceNotFoundException', "Failed to describe the connection(s). Connection 'going' does not exist."),
  );
  await create({ Name: 'going' });
  await assert.rejects(service.buses.connections.additionsOf(SCOPE, ConnectionArn, { renew: false }), {
    code: 'ResourceNotFoundException',
  });
});

test('what AWS refuses, and what is not offered', async () => {
  assert.equal((await refusalOf(create({ Name: 'sealed' }))).name, 'ResourceAlreadyExistsException');
  assert.match((await refusalOf(create({ Name: 'x', AuthParameters: {} }))).message, /BasicAuthParameters\.Username is required/);
  assert.match((await refusalOf(create({ Name: 'x', KmsKeyIdentifier: 'k' }))).message, /KmsKeyIdentifier/);
  const ResourceParameters = {
    ResourceConfigurationArn: 'arn:aws:vpc-lattice:us-east-1:000000000000:resourceconfiguration/rcfg-0123456789abcdefg',
  };
  assert.match(
    (await refusalOf(create({ Name: 'x', InvocationConnectivityParameters: { ResourceParameters } }))).message,
    /VPC Lattice/,
  );
  assert.match(
    (await refusalOf(create({ Name: 'x', ...oauth({ AuthorizationEndpoint: 'ftp://x' }) }))).message,
    /AuthorizationEndpoint/,
  );
  const { Connections } = await service.client.send(new ListConnectionsCommand({ NamePrefix: 'o' }));
  assert.deepEqual(
    Connections?.map(({ Name }) => Name),
    ['oauth'],
  );
  const listed = await service.client.send(new ListConnectionsCommand({ ConnectionState: 'DEAUTHORIZED' }));
  assert.deepEqual(listed.Connections, []);
});
