// Rules. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
  type PutRuleCommandInput,
} from '@aws-sdk/client-eventbridge';
import {
  openEventBridgeService,
  QUEUE_ARN,
  refusalOf,
  refused,
  type EventBridgeService,
} from '../../support/eventbridge-service.ts';

let service: EventBridgeService;
before(async () => {
  service = await openEventBridgeService();
  await service.client.send(new CreateEventBusCommand({ Name: 'shop' }));
});
after(() => service.close());

const PATTERN = '{ "source": ["shop"] }';
const put = (input: PutRuleCommandInput) => service.client.send(new PutRuleCommand(input));
const describeRule = async (Name: string, EventBusName?: string) => {
  const { $metadata: _, ...rule } = await service.client.send(new DescribeRuleCommand({ Name, EventBusName }));
  return rule;
};

describe('serialisation', () => {
  test('a rule is described as it was put, its pattern to the letter', async () => {
    const { RuleArn } = await put({
      Name: 'one',
      EventBusName: 'shop',
      EventPattern: PATTERN,
      Description: 'd',
      RoleArn: 'arn:aws:iam::000000000000:role/r',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const Arn = 'arn:aws:events:us-east-1:000000000000:rule/shop/one';
    assert.equal(RuleArn, Arn);
    const rule = {
      Name: 'one',
      Arn,
      EventBusName: 'shop',
      EventPattern: PATTERN,
      State: 'ENABLED',
      Description: 'd',
      RoleArn: 'arn:aws:iam::000000000000:role/r',
    };
    assert.deepEqual(await describeRule('one', 'shop'), { ...rule, CreatedBy: '000000000000' });
    const { Rules } = await service.client.send(new ListRulesCommand({ EventBusName: 'shop' }));
    assert.deepEqual(Rules, [rule]);
    const { Tags } = await service.client.send(new ListTagsForResourceCommand({ ResourceARN: Arn }));
    assert.deepEqual(Tags, [{ Key: 'a', Value: 'b' }]);
  });

  test('a rule of the default bus has no bus in its ARN', async () => {
    const { RuleArn } = await put({ Name: 'plain', ScheduleExpression: 'rate(5 minutes)', State: 'DISABLED' });
    assert.equal(RuleArn, 'arn:aws:events:us-east-1:000000000000:rule/plain');
    const { EventBusName, ScheduleExpression, State, EventPattern } = await describeRule('plain');
    assert.deepEqual(
      [EventBusName, ScheduleExpression, State, EventPattern],
      ['default', 'rate(5 minutes)', 'DISABLED', undefined],
    );
  });

  test('lists come in pages, by name', async () => {
    await service.client.send(new CreateEventBusCommand({ Name: 'many' }));
    for (const n of [3, 1, 2]) await put({ Name: `page-${n}`, EventBusName: 'many', EventPattern: PATTERN });
    await put({ Name: 'other', EventBusName: 'many', EventPattern: PATTERN });
    const list = async (NextToken?: string) => {
      const page = await service.client.send(
        new ListRulesCommand({ EventBusName: 'many', NamePrefix: 'page', Limit: 2, NextToken }),
      );
      return { names: page.Rules?.map(({ Name }) => Name), next: page.NextToken };
    };
    const first = await list();
    assert.deepEqual(first.names, ['page-1', 'page-2']);
    assert.deepEqual(await list(first.next), { names: ['page-3'], next: undefined });
    assert.match((await refusalOf(list('nonsense!'))).message, /NextToken/);
  });
});

describe('validation', () => {
  test('a rule says when it wants an event', async () => {
    assert.deepEqual(
      await refusalOf(put({ Name: 'x' })),
      refused('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.'),
    );
    assert.deepEqual(
      await refusalOf(put({ Name: 'x', EventPattern: '' })),
      refused('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.'),
    );
  });

  test('patterns are refused with the reason and the place', async () => {
    const pattern = '{"source": "shop"}';
    assert.deepEqual(
      await refusalOf(put({ Name: 'x', EventPattern: pattern })),
      refused(
        'InvalidEventPatternException',
        `Event pattern is not valid. Reason: "source" must be an object or an array\n at [Source: (String)"${pattern}"; line: 1, column: 13]`,
      ),
    );
    const long = JSON.stringify({ source: Array.from({ length: 300 }, (_, n) => `source-${n}`) });
    assert.equal((await refusalOf(put({ Name: 'x', EventPattern: long }))).name, 'InvalidEventPatternException');
  });

  test('schedules are of the default bus, and such as AWS takes', async () => {
    assert.deepEqual(
      await refusalOf(put({ Name: 'x', EventBusName: 'shop', ScheduleExpression: 'rate(1 minute)' })),
      refused('ValidationException', 'ScheduleExpression is supported only on the default event bus.'),
    );
    for (const ScheduleExpression of [
      'cron(INVALID)',
      'cron(71 8 1 * ? *)',
      'cron(0 1 * * * *)',
      'rate(1 minutes)',
      'rate(0 minutes)',
      'at(2026-11-22T00:00:00)',
    ])
      assert.deepEqual(
        await refusalOf(put({ Name: 'x', ScheduleExpression })),
        refused('ValidationException', 'Parameter ScheduleExpression is not valid.'),
        ScheduleExpression,
      );
  });

  test('a rule or a bus that is not there is said so', async () => {
    assert.deepEqual(
      await refusalOf(describeRule('none')),
      refused('ResourceNotFoundException', 'Rule none does not exist on EventBus default.'),
    );
    assert.deepEqual(
      await refusalOf(describeRule('none', 'nowhere')),
      refused('ResourceNotFoundException', 'Event bus nowhere does not exist.'),
    );
    assert.equal(
      (await refusalOf(put({ Name: 'x', EventBusName: 'nowhere', EventPattern: PATTERN }))).name,
      'ResourceNotFoundException',
    );
    assert.match((await refusalOf(put({ Name: 'a b', EventPattern: PATTERN }))).message, /at 'name' failed/);
    await service.client.send(new DeleteRuleCommand({ Name: 'none' }));
  });
});

describe('behaviour', () => {
  test('a rule that is put again keeps its targets and tags', async () => {
    await put({ Name: 'again', EventPattern: PATTERN, Description: 'old', Tags: [{ Key: 'a', Value: 'b' }] });
    await service.client.send(new PutTargetsCommand({ Rule: 'again', Targets: [{ Id: 't', Arn: QUEUE_ARN }] }));
    await put({ Name: 'again', EventPattern: '{"source":["other"]}', Tags: [{ Key: 'c', Value: 'd' }] });
    assert.deepEqual(
      [(await describeRule('again')).Description, (await describeRule('again')).EventPattern],
      [undefined, '{"source":["other"]}'],
    );
    const { Targets } = await service.client.send(new ListTargetsByRuleCommand({ Rule: 'again' }));
    assert.deepEqual(Targets, [{ Id: 't', Arn: QUEUE_ARN }]);
  });

  test('a rule with targets is not deleted', async () => {
    const name = await service.rule({ pattern: { source: ['a'] } }, [{ Id: 't', Arn: QUEUE_ARN }]);
    const remove = () => service.client.send(new DeleteRuleCommand({ Name: name, Force: true }));
    assert.deepEqual(await refusalOf(remove()), refused('ValidationException', "Rule can't be deleted since it has targets."));
    await service.client.send(new RemoveTargetsCommand({ Rule: name, Ids: ['t'] }));
    await remove();
    assert.equal((await refusalOf(describeRule(name))).name, 'ResourceNotFoundException');
  });

  test('a rule is switched off and on', async () => {
    await put({ Name: 'switched', EventPattern: PATTERN });
    await service.client.send(new DisableRuleCommand({ Name: 'switched' }));
    assert.equal((await describeRule('switched')).State, 'DISABLED');
    await service.client.send(new EnableRuleCommand({ Name: 'switched' }));
    assert.equal((await describeRule('switched')).State, 'ENABLED');
    assert.equal((await refusalOf(service.client.send(new EnableRuleCommand({ Name: 'none' })))).name, 'ResourceNotFoundException');
  });

  test('rules are found by what they send to, and no more when they do not', async () => {
    const TargetArn = 'arn:aws:sqs:us-east-1:000000000000:found';
    const names: string[] = [];
    for (let n = 0; n < 3; n += 1) names.push(await service.rule({ pattern: { source: ['a'] } }, [{ Id: 't', Arn: TargetArn }]));
    const find = async (NextToken?: string) => {
      const page = await service.client.send(new ListRuleNamesByTargetCommand({ TargetArn, Limit: 2, NextToken }));
      return { names: page.RuleNames, next: page.NextToken };
    };
    const first = await find();
    const second = await find(first.next);
    assert.deepEqual([...(first.names ?? []), ...(second.names ?? [])], names.toSorted());
    await service.client.send(new PutTargetsCommand({ Rule: names[0], Targets: [{ Id: 't', Arn: QUEUE_ARN }] }));
    await service.client.send(new RemoveTargetsCommand({ Rule: names[1], Ids: ['t'] }));
    assert.deepEqual(await find(), { names: [names[2]], next: undefined });
  });

  test('many at once do not get in each other’s way', async () => {
    await service.client.send(new CreateEventBusCommand({ Name: 'busy' }));
    await Promise.all(Array.from({ length: 40 }, (_, n) => put({ Name: `r${n}`, EventBusName: 'busy', EventPattern: PATTERN })));
    const { Rules } = await service.client.send(new ListRulesCommand({ EventBusName: 'busy' }));
    assert.equal(Rules?.length, 40);
  });
});

describe('TestEventPattern', () => {
  const event = {
    id: '1',
    account: '000000000000',
    source: 'shop',
    time: '2026-11-21T00:00:00Z',
    region: 'us-east-1',
    resources: [],
    'detail-type': 'order',
    detail: { n: 1 },
  };
  const ask = async (EventPattern: string, Event: string) =>
    (await service.client.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;

  test('answers whether a pattern matches', async () => {
    assert.equal(await ask('{"detail":{"n":[{"numeric":[">",0]}]}}', JSON.stringify(event)), true);
    assert.equal(await ask('{"source":["bank"]}', JSON.stringify(event)), false);
  });

  test('an event has the members that events have', async () => {
    const { id: _, ...without } = event;
    for (const text of ['{', '[]', 'null', JSON.stringify(without)])
      assert.deepEqual(await refusalOf(ask(PATTERN, text)), refused('ValidationException', 'Parameter Event is not valid.'), text);
    assert.equal((await refusalOf(ask('{}', JSON.stringify(event)))).name, 'InvalidEventPatternException');
  });
});
