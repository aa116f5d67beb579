// Executions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html and the operations beside it

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateStateMachineAliasCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  type ListExecutionsCommandInput,
} from '@aws-sdk/client-sfn';
import { arnOf, definitionOf, openSfnService, PASS, refusalOf, ROLE_ARN, type SfnService } from '../../support/sfn-service.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:work';
const WAITING = definitionOf({ Wait: { Type: 'Wait', Seconds: 3600, End: true } });
const FAILING = definitionOf({ Oh: { Type: 'Fail', Error: 'Broken', Cause: 'It fell.' } });

/** What the task of an execution does: fails until it is mended. */
let isMended = false;
let service: SfnService;
before(async () => {
  service = await openSfnService({
    carryOut: () =>
      isMended ? { kind: 'succeeded', output: { done: true } } : { kind: 'failed', error: 'Broken', cause: 'not mended yet' },
  });
});
after(() => service.close());

const describeExecution = async (executionArn: string, includedData?: 'ALL_DATA' | 'METADATA_ONLY') => {
  const { $metadata: _metadata, ...execution } = await service.client.send(
    new DescribeExecutionCommand({ executionArn, includedData }),
  );
  return execution;
};
const machineFor = async (executionArn: string) => {
  const { $metadata: _metadata, ...machine } = await service.client.send(
    new DescribeStateMachineForExecutionCommand({ executionArn }),
  );
  return machine;
};
const stop = (executionArn: string, why: { error?: string; cause?: string } = {}) =>
  service.client.send(new StopExecutionCommand({ executionArn, ...why }));
const redrive = (executionArn: string) => service.client.send(new RedriveExecutionCommand({ executionArn }));
const list = async (input: ListExecutionsCommandInput) => {
  const { executions = [], nextToken } = await service.client.send(new ListExecutionsCommand(input));
  return { executions, names: executions.map(({ name }) => name), nextToken };
};

describe('serialisation', () => {
  test('an execution that has succeeded', async () => {
    const machine = await service.create({ name: 'whole' });
    const executionArn = await service.start(machine, { name: 'run', input: '{ "a" : 1 }', traceHeader: 'Root=1-x' });
    assert.equal(executionArn, arnOf('execution', 'whole:run'));
    await service.ended(executionArn);
    const { startDate, stopDate, ...execution } = await describeExecution(executionArn);
    assert.ok(startDate instanceof Date && stopDate instanceof Date && stopDate >= startDate);
    assert.deepEqual(execution, {
      executionArn,
      stateMachineArn: machine,
      name: 'run',
      status: 'SUCCEEDED',
      input: '{ "a" : 1 }',
      inputDetails: { included: true },
      output: '{"a":1}',
      outputDetails: { included: true },
      traceHeader: 'Root=1-x',
      redriveCount: 0,
      redriveStatus: 'NOT_REDRIVABLE',
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    });
  });

  test('an execution that runs, and one that has failed', async () => {
    const running = await describeExecution(await service.start(await service.create({ definition: WAITING })));
    assert.deepEqual(
      [running.status, running.input, 'stopDate' in running, 'output' in running, running.redriveStatus],
      ['RUNNING', '{}', false, false, 'NOT_REDRIVABLE'],
    );
    const executionArn = await service.start(await service.create({ definition: FAILING }));
    const failed = await service.ended(executionArn);
    assert.deepEqual(
      [failed.status, failed.error, failed.cause, failed.redriveStatus],
      ['FAILED', 'Broken', 'It fell.', 'REDRIVABLE'],
    );
  });

  test('METADATA_ONLY leaves out what went in and came out', async () => {
    const executionArn = await service.start(await service.create(), { input: '{"secret":1}' });
    await service.ended(executionArn);
    const execution = await describeExecution(executionArn, 'METADATA_ONLY');
    assert.deepEqual(
      [execution.input, execution.inputDetails, execution.output, execution.outputDetails],
      [undefined, { included: false }, undefined, { included: false }],
    );
  });

  test('a history, forwards, backwards, page by page, and without data', async () => {
    const executionArn = await service.start(await service.create(), { input: '{"a":1}' });
    await service.ended(executionArn);
    const events = await service.history(executionArn);
    const timestamps = events.map(({ timestamp }) => timestamp);
    assert.ok(timestamps.every((timestamp) => timestamp instanceof Date));
    const none = { truncated: false };
    assert.deepEqual(
      events.map(({ timestamp: _timestamp, ...event }) => event),
      [
        {
          id: 1,
          previousEventId: 0,
          type: 'ExecutionStarted',
          executionStartedEventDetails: { input: '{"a":1}', inputDetails: none, roleArn: ROLE_ARN },
        },
        {
          id: 2,
          previousEventId: 0,
          type: 'PassStateEntered',
          stateEnteredEventDetails: { name: 'Hello', input: '{"a":1}', inputDetails: none },
        },
        {
          id: 3,
          previousEventId: 2,
          type: 'PassStateExited',
          stateExitedEventDetails: { name: 'Hello', output: '{"a":1}', outputDetails: none },
        },
        {
          id: 4,
          previousEventId: 3,
          type: 'ExecutionSucceeded',
          executionSucceededEventDetails: { output: '{"a":1}', outputDetails: none },
        },
      ],
    );
    const page = (input: object) => service.client.send(new GetExecutionHistoryCommand({ executionArn, ...input }));
    const backwards: (number | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const answer = await page({ reverseOrder: true, maxResults: 3, nextToken });
      backwards.push(...(answer.events ?? []).map(({ id }) => id));
      nextToken = answer.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(backwards, [4, 3, 2, 1]);
    const bare = await page({ includeExecutionData: false });
    assert.deepEqual(bare.events?.[1]?.stateEnteredEventDetails?.input, undefined);
    assert.equal(bare.events?.[1]?.stateEnteredEventDetails?.name, 'Hello');
  });
});

describe('validation', () => {
  const refused = async (asked: Promise<unknown>, name: string, message: RegExp) => {
    const refusal = await refusalOf(asked);
    assert.deepEqual([refusal.name, refusal.status], [name, 400], refusal.message);
    assert.match(refusal.message, message);
  };

  test('names, inputs and machines', async () => {
    const machine = await service.create();
    await refused(service.start(machine, { name: 'a b' }), 'InvalidName', /^Invalid Name: 'a b'$/);
    await refused(service.start(machine, { name: 'x'.repeat(81) }), 'ValidationException', /80/);
    await refused(
      service.start(machine, { input: 'no JSON' }),
      'InvalidExecutionInput',
      /^Invalid State Machine Execution Input: '/,
    );
    await refused(service.start(machine, { input: `"${'x'.repeat(256 * 1024)}"` }), 'ValidationException', /262144/);
    const nowhere = arnOf('stateMachine', 'nowhere');
    await refused(service.start(nowhere), 'StateMachineDoesNotExist', /nowhere/);
    await refused(service.start(`${machine}:3`), 'StateMachineDoesNotExist', /:3'$/);
    await refused(service.start(`${machine}:live`), 'StateMachineDoesNotExist', /live/);
    await refused(service.start('machine'), 'InvalidArn', /^Invalid Arn: 'Invalid ARN prefix: machine'$/);
  });

  test('executions that are not there', async () => {
    const nowhere = arnOf('execution', 'nowhere:run');
    const missing = /^Execution Does Not Exist: '.*nowhere:run'$/;
    for (const asked of [
      describeExecution(nowhere),
      machineFor(nowhere),
      stop(nowhere),
      redrive(nowhere),
      service.history(nowhere),
    ])
      await refused(asked, 'ExecutionDoesNotExist', missing);
    await refused(
      describeExecution(arnOf('stateMachine', 'm')),
      'InvalidArn',
      /Resource type not valid in this context: stateMachine/,
    );
  });

  test('what express executions have not', async () => {
    const machine = await service.create({ type: 'EXPRESS', definition: WAITING.replace('3600', '1') });
    const executionArn = await service.start(machine);
    assert.match(executionArn, /:express:named-\d+:[0-9a-f-]{36}:[0-9a-f-]{36}$/);
    const express = /^Invalid Arn: 'Resource type not valid in this context: express'$/;
    for (const asked of [describeExecution(executionArn), service.history(executionArn), stop(executionArn), redrive(executionArn)])
      await refused(asked, 'InvalidArn', express);
    await refused(
      list({ stateMachineArn: machine }),
      'StateMachineTypeNotSupported',
      /^This operation is not supported by this type of state machine$/,
    );
  });

  test('lists of nothing, of two things, and tokens that are none', async () => {
    await refused(list({}), 'ValidationException', /exactly one of/);
    const stateMachineArn = await service.create();
    await refused(list({ stateMachineArn, mapRunArn: arnOf('mapRun', 'a/b:c') }), 'ValidationException', /exactly one of/);
    await refused(list({ stateMachineArn, nextToken: 'mine' }), 'InvalidToken', /^Invalid Token: '/);
    await refused(list({ stateMachineArn: arnOf('stateMachine', 'nowhere') }), 'StateMachineDoesNotExist', /nowhere/);
    await refused(list({ stateMachineArn, maxResults: 1001 }), 'ValidationException', /1000/);
    const executionArn = await service.start(stateMachineArn);
    const history = service.client.send(new GetExecutionHistoryCommand({ executionArn, nextToken: 'mine' }));
    await refused(history, 'InvalidToken', /^Invalid Token: '/);
  });

  test('what cannot be redriven', async () => {
    const executionArn = await service.start(await service.create());
    await service.ended(executionArn);
    await refused(redrive(executionArn), 'ExecutionNotRedrivable', /SUCCEEDED/);
  });
});

describe('behaviour', () => {
  test('the same name and input while it is open is the same execution; otherwise the name is taken', async () => {
    const machine = await service.create({ definition: WAITING });
    const executionArn = await service.start(machine, { name: 'once', input: '{"a":1}' });
    assert.equal(await service.start(machine, { name: 'once', input: '{"a":1}' }), executionArn);
    const exists = { name: 'ExecutionAlreadyExists', message: `Execution Already Exists: '${executionArn}'`, status: 400 };
    assert.deepEqual(await refusalOf(service.start(machine, { name: 'once', input: '{"a":2}' })), exists);
    await stop(executionArn);
    assert.deepEqual(await refusalOf(service.start(machine, { name: 'once', input: '{"a":1}' })), exists);
  });

  test('one that is stopped says why, and when; again it says the same', async () => {
    const executionArn = await service.start(await service.create({ definition: WAITING }));
    const { stopDate } = await stop(executionArn, { error: 'Enough', cause: 'Nobody waits.' });
    const stopped = await describeExecution(executionArn);
    assert.deepEqual(
      [stopped.status, stopped.error, stopped.cause, stopped.stopDate],
      ['ABORTED', 'Enough', 'Nobody waits.', stopDate],
    );
    assert.deepEqual((await stop(executionArn)).stopDate, stopDate);
    const events = await service.history(executionArn);
    assert.deepEqual(events.at(-1)?.executionAbortedEventDetails, { error: 'Enough', cause: 'Nobody waits.' });
  });

  test('one that failed goes on where it failed, and keeps its history', async () => {
    isMended = false;
    const definition = definitionOf({
      Work: { Type: 'Task', Resource: FUNCTION, Next: 'Done' },
      Done: { Type: 'Pass', End: true },
    });
    const stateMachineArn = await service.create({ definition });
    const executionArn = await service.start(stateMachineArn);
    assert.equal((await service.ended(executionArn)).status, 'FAILED');
    isMended = true;
    const { redriveDate } = await redrive(executionArn);
    const ended = await service.ended(executionArn);
    assert.deepEqual(
      [ended.status, ended.output, ended.redriveCount, ended.redriveDate],
      ['SUCCEEDED', '{"done":true}', 1, redriveDate],
    );
    const events = await service.history(executionArn);
    const redriven = events.find(({ type }) => type === 'ExecutionRedriven');
    assert.deepEqual(redriven?.executionRedrivenEventDetails, { redriveCount: 1 });
    assert.deepEqual(
      events.map(({ id }) => id),
      events.map((_event, index) => index + 1),
    );
    assert.equal((await list({ stateMachineArn, redriveFilter: 'REDRIVEN' })).executions.length, 1);
    assert.equal((await list({ stateMachineArn, redriveFilter: 'NOT_REDRIVEN' })).executions.length, 0);
    await assert.rejects(list({ stateMachineArn, statusFilter: 'PENDING_REDRIVE' }), { name: 'ValidationException' });
  });

  test('an execution goes on with what its machine was when it began', async () => {
    const stateMachineArn = await service.create({ definition: WAITING });
    const executionArn = await service.start(stateMachineArn);
    const { revisionId } = await service.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: PASS }));
    const before = await machineFor(executionArn);
    assert.deepEqual(
      [before.stateMachineArn, before.definition, before.roleArn, before.revisionId, before.loggingConfiguration],
      [stateMachineArn, WAITING, ROLE_ARN, undefined, { level: 'OFF', includeExecutionData: false }],
    );
    const next = await machineFor(await service.start(stateMachineArn));
    assert.deepEqual([next.definition, next.revisionId], [PASS, revisionId]);
    await service.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    assert.equal((await describeExecution(executionArn)).status, 'RUNNING');
    assert.equal((await machineFor(executionArn)).definition, WAITING);
    assert.equal((await refusalOf(service.start(stateMachineArn))).name, 'StateMachineDeleting');
    await stop(executionArn);
  });

  test('one that was started by a version or an alias says so, and is listed under it', async () => {
    const stateMachineArn = await service.create({ publish: true });
    const routingConfiguration = [{ stateMachineVersionArn: `${stateMachineArn}:1`, weight: 100 }];
    await service.client.send(new CreateStateMachineAliasCommand({ name: 'live', routingConfiguration }));
    const [plain, versioned, aliased] = await Promise.all([
      service.start(stateMachineArn, { name: 'plain' }),
      service.start(`${stateMachineArn}:1`, { name: 'versioned' }),
      service.start(`${stateMachineArn}:live`, { name: 'aliased' }),
    ]);
    const of = async (executionArn: string) => {
      const execution = await describeExecution(executionArn);
      return [execution.stateMachineArn, execution.stateMachineVersionArn, execution.stateMachineAliasArn];
    };
    assert.deepEqual(await of(plain), [stateMachineArn, undefined, undefined]);
    assert.deepEqual(await of(versioned), [stateMachineArn, `${stateMachineArn}:1`, undefined]);
    assert.deepEqual(await of(aliased), [stateMachineArn, `${stateMachineArn}:1`, `${stateMachineArn}:live`]);
    assert.deepEqual((await list({ stateMachineArn: `${stateMachineArn}:live` })).names, ['aliased']);
    assert.deepEqual(new Set((await list({ stateMachineArn: `${stateMachineArn}:1` })).names), new Set(['aliased', 'versioned']));
    assert.deepEqual(new Set((await list({ stateMachineArn })).names), new Set(['aliased', 'plain', 'versioned']));
  });

  test('lists begin with the newest, and are filtered by status', async () => {
    const stateMachineArn = await service.create({ definition: WAITING });
    for (const name of ['a', 'b', 'c', 'd', 'e']) await service.start(stateMachineArn, { name });
    await stop(arnOf('execution', `${stateMachineArn.split(':').at(-1)}:c`));
    const first = await list({ stateMachineArn, maxResults: 2 });
    assert.deepEqual(first.names, ['e', 'd']);
    const second = await list({ stateMachineArn, maxResults: 2, nextToken: first.nextToken });
    assert.deepEqual(second.names, ['c', 'b']);
    assert.deepEqual((await list({ stateMachineArn, statusFilter: 'ABORTED' })).names, ['c']);
    assert.deepEqual((await list({ stateMachineArn, statusFilter: 'RUNNING', maxResults: 3 })).names, ['e', 'd', 'b']);
    const [newest] = first.executions;
    assert.deepEqual(
      [newest?.executionArn, newest?.stateMachineArn, newest?.status, newest?.redriveCount, newest?.startDate instanceof Date],
      [arnOf('execution', `${stateMachineArn.split(':').at(-1)}:e`), stateMachineArn, 'RUNNING', 0, true],
    );
  });
});
