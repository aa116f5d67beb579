// Histories in log groups. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { StartSyncExecutionCommand, UpdateStateMachineCommand, type LogLevel } from '@aws-sdk/client-sfn';
import { SCOPE } from '../../support/logs-house.ts';
import { definitionOf, LOG_GROUP, LOG_GROUP_ARN, openSfnService, type SfnService } from '../../support/sfn-service.ts';

let service: SfnService;
before(async () => {
  service = await openSfnService();
});
after(() => service.close());

const logging = (level: LogLevel, includeExecutionData = false) => ({
  level,
  includeExecutionData,
  destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: LOG_GROUP_ARN } }],
});

type Line = { readonly id: string; readonly type: string; readonly details?: object };

/** What the group has of an execution, in its order. */
async function linesOf(executionArn: string): Promise<readonly Line[]> {
  const page = await service.logs.events.search({
    scope: SCOPE,
    group: LOG_GROUP,
    limit: 1000,
    oldestFirst: true,
    matches: () => true,
  });
  return page.events
    .map(({ text }) => JSON.parse(text) as Line & { readonly execution_arn: string })
    .filter(({ execution_arn: arn }) => arn === executionArn)
    .toSorted((one, other) => Number(one.id) - Number(other.id));
}

test('every event of a standard execution is a line, as its history has it', async () => {
  const executionArn = await service.start(await service.create({ loggingConfiguration: logging('ALL', true) }), {
    input: '{"a":1}',
  });
  await service.ended(executionArn);
  const events = await service.history(executionArn);
  assert.deepEqual(
    (await linesOf(executionArn)).map(({ id, type }) => [Number(id), type]),
    events.map(({ id, type }) => [id, type]),
  );
  const [, entered] = await linesOf(executionArn);
  assert.deepEqual(entered?.details, events[1]?.stateEnteredEventDetails);
});

test('an express execution leaves lines and no history', async () => {
  const stateMachineArn = await service.create({ type: 'EXPRESS', loggingConfiguration: logging('ALL') });
  const { executionArn = '' } = await service.client.send(new StartSyncExecutionCommand({ stateMachineArn, input: '{"a":1}' }));
  const lines = await linesOf(executionArn);
  assert.deepEqual(
    lines.map(({ type }) => type),
    ['ExecutionStarted', 'PassStateEntered', 'PassStateExited', 'ExecutionSucceeded'],
  );
  assert.deepEqual(lines[1]?.details, { name: 'Hello' });
});

test('the level decides; OFF writes nothing', async () => {
  const definition = definitionOf({ A: { Type: 'Pass', Next: 'Oh' }, Oh: { Type: 'Fail', Error: 'Broken' } });
  const typesAt = async (level: LogLevel) => {
    const executionArn = await service.start(await service.create({ definition, loggingConfiguration: logging(level) }));
    await service.ended(executionArn);
    return (await linesOf(executionArn)).map(({ type }) => type);
  };
  assert.deepEqual(await typesAt('ERROR'), ['FailStateEntered', 'ExecutionFailed']);
  assert.deepEqual(await typesAt('FATAL'), ['ExecutionFailed']);
  assert.deepEqual(await typesAt('OFF'), []);
});

test('a change holds for executions that begin after it, and a group that is gone stops nobody', async () => {
  const stateMachineArn = await service.create();
  const silent = await service.start(stateMachineArn);
  await service.ended(silent);
  await service.client.send(new UpdateStateMachineCommand({ stateMachineArn, loggingConfiguration: logging('ALL') }));
  await service.logs.groups.remove(SCOPE, LOG_GROUP);
  const loud = await service.start(stateMachineArn);
  assert.equal((await service.ended(loud)).status, 'SUCCEEDED');
  assert.deepEqual([(await linesOf(silent)).length, (await linesOf(loud)).length], [0, 4]);
});
