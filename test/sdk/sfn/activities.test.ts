// Activities and their workers: https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetActivityTask.html and the operations beside it

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateActivityCommand,
  DeleteActivityCommand,
  DescribeActivityCommand,
  GetActivityTaskCommand,
  ListActivitiesCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  type CreateActivityCommandInput,
} from '@aws-sdk/client-sfn';
import { arnOf, definitionOf, openSfnService, refusalOf, type SfnService } from '../../support/sfn-service.ts';

let service: SfnService;
before(async () => {
  service = await openSfnService();
});
after(() => service.close());

const create = async (input: Partial<CreateActivityCommandInput> = {}) =>
  (await service.client.send(new CreateActivityCommand({ name: service.freshName(), ...input }))).activityArn ?? '';
const describeActivity = async (activityArn: string) => {
  const { $metadata: _metadata, ...activity } = await service.client.send(new DescribeActivityCommand({ activityArn }));
  return activity;
};
const poll = (activityArn: string, workerName?: string) =>
  service.client.send(new GetActivityTaskCommand({ activityArn, workerName }));
/** An execution whose only state waits for a worker. */
const start = async (activityArn: string, more: object = {}, input = '{"order":7}') => {
  const definition = definitionOf({ Ship: { Type: 'Task', Resource: activityArn, End: true, ...more } });
  return service.start(await service.create({ definition }), { input });
};

describe('serialisation', () => {
  test('an activity comes back as it was made', async () => {
    const activityArn = await create({ name: 'ship.it' });
    const { creationDate, ...activity } = await describeActivity(activityArn);
    assert.ok(creationDate instanceof Date);
    assert.deepEqual(activity, {
      activityArn: arnOf('activity', 'ship.it'),
      name: 'ship.it',
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    });
  });
});

describe('validation', () => {
  test('names, keys of your own', async () => {
    assert.deepEqual(await refusalOf(create({ name: 'a b' })), {
      name: 'InvalidName',
      message: "Invalid Name: 'a b'",
      status: 400,
    });
    const encryptionConfiguration = { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'k' } as const;
    assert.equal((await refusalOf(create({ encryptionConfiguration }))).name, 'InvalidEncryptionConfiguration');
  });

  test('activities that are not there', async () => {
    const nowhere = arnOf('activity', 'nowhere');
    const missing = { name: 'ActivityDoesNotExist', message: `Activity Does Not Exist: '${nowhere}'`, status: 400 };
    assert.deepEqual(await refusalOf(describeActivity(nowhere)), missing);
    assert.deepEqual(await refusalOf(poll(nowhere)), missing);
    await service.client.send(new DeleteActivityCommand({ activityArn: nowhere }));
    assert.equal((await refusalOf(poll(arnOf('stateMachine', 'm')))).name, 'InvalidArn');
    assert.equal((await refusalOf(poll(nowhere, 'x'.repeat(81)))).name, 'ValidationException');
  });

  test('tokens that are none, and outputs that are no JSON', async () => {
    const send = (taskToken: string, output = '{}') =>
      refusalOf(service.client.send(new SendTaskSuccessCommand({ taskToken, output })));
    const invalid = { name: 'InvalidToken', message: "Invalid Token: 'Invalid token'", status: 400 };
    assert.deepEqual(await send('nonsense'), invalid);
    assert.deepEqual(await refusalOf(service.client.send(new SendTaskHeartbeatCommand({ taskToken: 'nonsense' }))), invalid);
    const activityArn = await create();
    const executionArn = await start(activityArn);
    const { taskToken = '' } = await poll(activityArn);
    const refusal = await send(taskToken, 'no JSON');
    assert.equal(refusal.name, 'InvalidOutput');
    await service.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' }));
    assert.equal((await service.ended(executionArn)).output, '1');
  });
});

describe('behaviour', () => {
  test('one of the same name is the same', async () => {
    const name = service.freshName();
    assert.equal(await create({ name }), await create({ name, tags: [{ key: 'a', value: 'b' }] }));
  });

  test('lists go by name, page by page', async () => {
    for (const name of ['list-2', 'list-1', 'list-3']) await create({ name });
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await service.client.send(new ListActivitiesCommand({ maxResults: 2, nextToken }));
      names.push(...(page.activities ?? []).map(({ name }) => name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    assert.deepEqual(
      names.filter((name) => name?.startsWith('list-')),
      ['list-1', 'list-2', 'list-3'],
    );
  });

  test('a task is handed to a worker that waits, who answers it', async () => {
    const activityArn = await create();
    const waiting = poll(activityArn, 'worker-7');
    const executionArn = await start(activityArn);
    const { taskToken, input } = await waiting;
    assert.equal(input, '{"order":7}');
    assert.ok(taskToken !== undefined && taskToken.length >= 40);
    await service.client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await service.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"shipped":true}' }));
    assert.deepEqual((await service.ended(executionArn)).output, '{"shipped":true}');
    const events = await service.history(executionArn);
    assert.deepEqual(
      events.map(({ type }) => type),
      [
        'ExecutionStarted',
        'TaskStateEntered',
        'ActivityScheduled',
        'ActivityStarted',
        'ActivitySucceeded',
        'TaskStateExited',
        'ExecutionSucceeded',
      ],
    );
    assert.deepEqual(events[3]?.activityStartedEventDetails, { workerName: 'worker-7' });
    assert.equal(
      (await refusalOf(service.client.send(new SendTaskSuccessCommand({ taskToken, output: '1' })))).name,
      'TaskTimedOut',
    );
  });

  test('a task that waits is handed to who comes later; what fails is caught', async () => {
    const activityArn = await create();
    const executionArn = await start(activityArn, {
      Catch: [{ ErrorEquals: ['OutOfStock'], ResultPath: '$.why', Next: 'Sorry' }],
    }).catch((error: unknown) => error);
    assert.ok(executionArn instanceof Error, 'a state that is not there is refused');
    const failing = await start(activityArn);
    const { taskToken } = await poll(activityArn);
    await service.client.send(new SendTaskFailureCommand({ taskToken, error: 'OutOfStock', cause: 'none left' }));
    const { status, error, cause } = await service.ended(failing);
    assert.deepEqual([status, error, cause], ['FAILED', 'OutOfStock', 'none left']);
  });
});
