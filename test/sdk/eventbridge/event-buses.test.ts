// Buses and their policies. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  ListEventBusesCommand,
  ListTagsForResourceCommand,
  PutPermissionCommand,
  PutRuleCommand,
  RemovePermissionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateEventBusCommand,
  type CreateEventBusCommandInput,
} from '@aws-sdk/client-eventbridge';
import { openEventBridgeService, refusalOf, refused, type EventBridgeService } from '../../support/eventbridge-service.ts';
import { SCOPE } from '../../support/logs-house.ts';

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
});
after(() => service.close());

const create = (input: CreateEventBusCommandInput) => service.client.send(new CreateEventBusCommand(input));
const describeBus = async (Name?: string) => {
  const { $metadata: _, ...bus } = await service.client.send(new DescribeEventBusCommand({ Name }));
  return bus;
};
const arnOf = (name: string) => `arn:aws:events:us-east-1:000000000000:event-bus/${name}`;

describe('serialisation', () => {
  test('a bus is described as it was made, by its name and by its ARN', async () => {
    const deadLetter = { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' };
    const made = await create({
      Name: 'shop',
      Description: 'orders',
      DeadLetterConfig: deadLetter,
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    assert.equal(made.EventBusArn, arnOf('shop'));
    const now = new Date(service.clock.now());
    const described = {
      Name: 'shop',
      Arn: arnOf('shop'),
      Description: 'orders',
      DeadLetterConfig: deadLetter,
      CreationTime: now,
      LastModifiedTime: now,
    };
    assert.deepEqual(await describeBus('shop'), described);
    assert.deepEqual(await describeBus(arnOf('shop')), described);
    const { Tags } = await service.client.send(new ListTagsForResourceCommand({ ResourceARN: arnOf('shop') }));
    assert.deepEqual(Tags, [{ Key: 'a', Value: 'b' }]);
  });

  test('the default bus is there, and is listed with the others in pages', async () => {
    assert.deepEqual(await describeBus(), { Name: 'default', Arn: arnOf('default') });
    for (const Name of ['page-a', 'page-b', 'page-c']) await create({ Name });
    const page = await service.client.send(new ListEventBusesCommand({ NamePrefix: 'page-', Limit: 2 }));
    assert.deepEqual(
      page.EventBuses?.map(({ Name }) => Name),
      ['page-a', 'page-b'],
    );
    const rest = await service.client.send(new ListEventBusesCommand({ NamePrefix: 'page-', Limit: 2, NextToken: page.NextToken }));
    assert.deepEqual([rest.EventBuses?.map(({ Name }) => Name), rest.NextToken], [['page-c'], undefined]);
    const all = await service.client.send(new ListEventBusesCommand({}));
    assert.equal(all.EventBuses?.[0]?.Name, 'default');
  });
});

describe('validation', () => {
  test('names are taken once, and some never', async () => {
    await create({ Name: 'twice' });
    assert.deepEqual(
      await refusalOf(create({ Name: 'twice' })),
      refused('ResourceAlreadyExistsException', 'Event bus twice already exists.'),
    );
    assert.deepEqual(
      await refusalOf(create({ Name: 'default' })),
      refused('ResourceAlreadyExistsException', 'Event bus default already exists.'),
    );
    assert.match((await refusalOf(create({ Name: 'a b' }))).message, /at 'name' failed to satisfy constraint/);
    assert.match((await refusalOf(create({ Name: 'a/b' }))).message, /no slash/);
  });

  test('what would have no effect is refused, not ignored', async () => {
    assert.match((await refusalOf(create({ Name: 'x', KmsKeyIdentifier: 'alias/mine' }))).message, /KmsKeyIdentifier/);
    assert.match((await refusalOf(create({ Name: 'x', EventSourceName: 'aws.partner/a/b' }))).message, /EventSourceName/);
    assert.match((await refusalOf(create({ Name: 'x', LogConfig: { Level: 'INFO' } }))).message, /LogConfig/);
    assert.match(
      (await refusalOf(create({ Name: 'x', DeadLetterConfig: { Arn: 'arn:aws:sns:us-east-1:000000000000:t' } }))).message,
      /DeadLetterConfig/,
    );
    assert.match((await refusalOf(create({ Name: 'x', Tags: [{ Key: 'aws:a', Value: '' }] }))).message, /reserved/);
  });

  test('a bus that is not there is said so', async () => {
    const missing = refused('ResourceNotFoundException', 'Event bus nowhere does not exist.');
    assert.deepEqual(await refusalOf(describeBus('nowhere')), missing);
    assert.deepEqual(await refusalOf(service.client.send(new DeleteEventBusCommand({ Name: 'nowhere' }))), missing);
    assert.deepEqual(
      await refusalOf(service.client.send(new ListTagsForResourceCommand({ ResourceARN: arnOf('nowhere') }))),
      missing,
    );
    const foreign = 'arn:aws:events:eu-west-1:000000000000:event-bus/nowhere';
    assert.deepEqual(await refusalOf(describeBus(foreign)), missing);
  });
});

describe('behaviour', () => {
  test('an update says all: what it leaves out is gone', async () => {
    await create({ Name: 'updated', Description: 'old', DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' } });
    const answer = await service.client.send(new UpdateEventBusCommand({ Name: 'updated', Description: 'new' }));
    assert.deepEqual([answer.Arn, answer.Description, answer.DeadLetterConfig], [arnOf('updated'), 'new', undefined]);
    assert.equal((await describeBus('updated')).DeadLetterConfig, undefined);
  });

  test('a bus with rules stays; without them it goes; the default one never does', async () => {
    await create({ Name: 'going' });
    await service.client.send(new PutRuleCommand({ Name: 'r', EventBusName: 'going', EventPattern: '{"source":["a"]}' }));
    const remove = (Name: string) => service.client.send(new DeleteEventBusCommand({ Name }));
    assert.deepEqual(
      await refusalOf(remove('going')),
      refused('ValidationException', "Event bus going can't be deleted since it has rules."),
    );
    await service.client.send(new DeleteRuleCommand({ Name: 'r', EventBusName: 'going' }));
    await remove('going');
    assert.equal((await refusalOf(describeBus('going'))).name, 'ResourceNotFoundException');
    assert.deepEqual(await refusalOf(remove('default')), refused('ValidationException', 'Cannot delete event bus default.'));
  });

  test('rules made while their bus is deleted keep it or fail with it: none is left behind', async () => {
    for (let round = 0; round < 10; round += 1) {
      await create({ Name: 'race' });
      const put = service.client.send(new PutRuleCommand({ Name: 'r', EventBusName: 'race', EventPattern: '{"source":["a"]}' }));
      const [made, removed] = await Promise.allSettled([put, service.client.send(new DeleteEventBusCommand({ Name: 'race' }))]);
      assert.notEqual(made.status, removed.status, JSON.stringify([made, removed]));
      if (made.status === 'rejected') continue;
      await service.client.send(new DeleteRuleCommand({ Name: 'r', EventBusName: 'race' }));
      await service.client.send(new DeleteEventBusCommand({ Name: 'race' }));
    }
  });

  test('tags are added over those that are there, and taken away by their keys', async () => {
    await create({ Name: 'tagged', Tags: [{ Key: 'a', Value: '1' }] });
    const ResourceARN = arnOf('tagged');
    await service.client.send(
      new TagResourceCommand({
        ResourceARN,
        Tags: [
          { Key: 'a', Value: '2' },
          { Key: '__proto__', Value: '3' },
        ],
      }),
    );
    await service.client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ['a', 'unknown'] }));
    const { Tags } = await service.client.send(new ListTagsForResourceCommand({ ResourceARN }));
    assert.deepEqual(Tags, [{ Key: '__proto__', Value: '3' }]);
    const tooMany = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
    assert.equal(
      (await refusalOf(service.client.send(new TagResourceCommand({ ResourceARN, Tags: tooMany })))).name,
      'LimitExceededException',
    );
  });

  test('permissions make up a policy, one statement each, and are asked', async () => {
    await create({ Name: 'open' });
    const permit = (StatementId: string, Principal: string) =>
      service.client.send(new PutPermissionCommand({ EventBusName: 'open', Action: 'events:PutEvents', Principal, StatementId }));
    await permit('one', '111111111111');
    await permit('two', '*');
    await permit('one', '222222222222');
    const policy = JSON.parse((await describeBus('open')).Policy ?? '') as { Statement: { Sid: string; Principal: unknown }[] };
    assert.deepEqual(
      policy.Statement.map(({ Sid, Principal }) => [Sid, Principal]),
      [
        ['two', '*'],
        ['one', { AWS: 'arn:aws:iam::222222222222:root' }],
      ],
    );
    const ask = (account: string) =>
      service.buses.permissions.verdict(SCOPE, 'open', {
        asker: { kind: 'account', account },
        action: 'events:PutEvents',
        context: {},
      });
    assert.equal(await ask('333333333333'), 'allowed');
    const remove = (StatementId: string) => service.client.send(new RemovePermissionCommand({ EventBusName: 'open', StatementId }));
    await remove('two');
    assert.deepEqual([await ask('333333333333'), await ask('222222222222')], ['unsaid', 'allowed']);
    assert.deepEqual(
      await refusalOf(remove('two')),
      refused('ResourceNotFoundException', 'Statement with the provided id does not exist.'),
    );
    await service.client.send(new RemovePermissionCommand({ EventBusName: 'open', RemoveAllPermissions: true }));
    assert.equal((await describeBus('open')).Policy, undefined);
  });

  test('a whole policy is read before it is kept', async () => {
    await create({ Name: 'policied' });
    const put = (Policy: string) => service.client.send(new PutPermissionCommand({ EventBusName: 'policied', Policy }));
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 'events:*', Resource: arnOf('policied') }];
    await put(JSON.stringify({ Version: '2012-10-17', Statement }));
    const question = { asker: { kind: 'service', service: 's3.amazonaws.com' }, action: 'events:PutEvents', context: {} } as const;
    assert.equal(await service.buses.permissions.verdict(SCOPE, 'policied', question), 'denied');
    assert.match((await refusalOf(put('{'))).message, /Parameter Policy is not valid/);
    assert.equal(
      (await refusalOf(put(JSON.stringify({ Statement: Array.from({ length: 200 }, () => Statement[0]) })))).name,
      'PolicyLengthExceededException',
    );
    assert.match(
      (await refusalOf(service.client.send(new PutPermissionCommand({ EventBusName: 'policied', Action: 'events:PutEvents' }))))
        .message,
      /must be specified/,
    );
  });
});
