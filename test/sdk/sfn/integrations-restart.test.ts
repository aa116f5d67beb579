// A platform that ends while tasks are under way: the next one begins them again, and finds what it had begun.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { CreateConnectionCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { runFlows, typesOf } from '../../support/running-flows.ts';

const ANYWHERE = { MAYFLY_HTTP_TARGETS: 'any', MAYFLY_DRAIN_SECONDS: '0' };

test('a request that was under way is sent again, and a child that was waited for is waited for still', async (context) => {
  const waiting: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    waiting.push(response);
    server.emit('asked');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  const first = await runFlows(ANYWHERE);
  const events = new EventBridgeClient(first.settings);
  const made = await events.send(
    new CreateConnectionCommand({
      Name: 'any',
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-key', ApiKeyValue: 'k' } },
    }),
  );
  events.destroy();
  const child = await first.machine({
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::http:invoke',
      Parameters: { ApiEndpoint: address, Method: 'GET', InvocationConfig: { ConnectionArn: made.ConnectionArn } },
      OutputPath: '$.ResponseBody',
      End: true,
    },
  });
  const parent = await first.machine({
    Wait: {
      Type: 'Task',
      Resource: 'arn:aws:states:::states:startExecution.sync:2',
      Parameters: { StateMachineArn: child },
      OutputPath: '$.Output',
      End: true,
    },
  });
  const asked = once(server, 'asked');
  const execution = await first.start(parent);
  await asked;
  const askedAgain = once(server, 'asked');
  const second = await runFlows(ANYWHERE, await first.stop());
  context.after(() => second.close());
  await askedAgain;
  waiting[1]?.writeHead(200, { 'content-type': 'text/plain' }).end('answered');

  const ended = await second.ended(execution);
  assert.equal(ended.output, 'answered');
  assert.deepEqual(
    typesOf(ended).filter((type) => /^Task(Scheduled|Submitted|Succeeded)$/.test(type)),
    ['TaskScheduled', 'TaskSubmitted', 'TaskSucceeded'],
  );
  const { executions = [] } = await second.client.send(new ListExecutionsCommand({ stateMachineArn: child }));
  assert.equal(executions.length, 1);
  assert.equal(waiting.length, 2);
});
