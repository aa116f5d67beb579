// GetQueueAttributes, SetQueueAttributes, tags and permissions.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AddPermissionCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  RemovePermissionCommand,
  SetQueueAttributesCommand,
  TagQueueCommand,
  UntagQueueCommand,
  type QueueAttributeName,
} from '@aws-sdk/client-sqs';
import { NO_QUEUE, openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const get = async (QueueUrl: string, ...AttributeNames: QueueAttributeName[]) =>
  (await service.client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }))).Attributes;
const set = (QueueUrl: string, Attributes: Record<string, string>) =>
  service.client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
const arnOf = async (url: string) => (await get(url, 'QueueArn'))?.['QueueArn'] ?? '';
const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage' }],
});

describe('serialisation', () => {
  test('a new queue has what a new queue has', async () => {
    const url = await service.queue();
    const { CreatedTimestamp = '', LastModifiedTimestamp, QueueArn, ...rest } = (await get(url, 'All')) ?? {};
    assert.match(CreatedTimestamp, /^\d{10}$/);
    assert.equal(LastModifiedTimestamp, CreatedTimestamp);
    assert.equal(QueueArn, `arn:aws:sqs:us-east-1:000000000000:${url.split('/').at(-1)}`);
    assert.deepEqual(rest, {
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesDelayed: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      DelaySeconds: '0',
      MaximumMessageSize: '1048576',
      MessageRetentionPeriod: '345600',
      ReceiveMessageWaitTimeSeconds: '0',
      SqsManagedSseEnabled: 'false',
      VisibilityTimeout: '30',
    });
    assert.equal(await get(url), undefined);
    assert.deepEqual(await get(url, 'DelaySeconds', 'Policy'), { DelaySeconds: '0' });
  });

  test('everything that is set comes back', async () => {
    const [url, dead] = [await service.queue(), await service.queue()];
    const wanted = {
      DelaySeconds: '900',
      MaximumMessageSize: '1024',
      MessageRetentionPeriod: '1209600',
      ReceiveMessageWaitTimeSeconds: '20',
      VisibilityTimeout: '43200',
      KmsDataKeyReusePeriodSeconds: '60',
      Policy: POLICY,
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: await arnOf(dead), maxReceiveCount: 5 }),
      RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [await arnOf(dead)] }),
    };
    await set(url, { ...wanted, SqsManagedSseEnabled: 'false', KmsMasterKeyId: '' });
    assert.deepEqual(await get(url, ...(Object.keys(wanted) as QueueAttributeName[])), wanted);
    const cleared = { Policy: '', RedrivePolicy: '', RedriveAllowPolicy: '' };
    await set(url, cleared);
    assert.equal(await get(url, ...(Object.keys(cleared) as QueueAttributeName[])), undefined);
  });

  test('a FIFO queue has more of them', async () => {
    const url = await service.queue({ FifoQueue: 'true' });
    const own = ['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'] as const;
    assert.deepEqual(await get(url, ...own), {
      FifoQueue: 'true',
      ContentBasedDeduplication: 'false',
      DeduplicationScope: 'queue',
      FifoThroughputLimit: 'perQueue',
    });
    const high = {
      ContentBasedDeduplication: 'true',
      DeduplicationScope: 'messageGroup',
      FifoThroughputLimit: 'perMessageGroupId',
    };
    await set(url, high);
    assert.deepEqual(await get(url, ...own), { FifoQueue: 'true', ...high });
  });

  test('messages are counted where they are', async () => {
    const url = await service.queue();
    for (const body of ['a', 'b', 'c']) await service.send(url, body);
    await service.send(url, 'late', { DelaySeconds: 900 });
    await service.receive(url, { MaxNumberOfMessages: 1 });
    assert.deepEqual(
      await get(url, 'ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'),
      {
        ApproximateNumberOfMessages: '2',
        ApproximateNumberOfMessagesNotVisible: '1',
        ApproximateNumberOfMessagesDelayed: '1',
      },
    );
  });
});

describe('validation', () => {
  const bad: Readonly<Record<string, readonly string[]>> = {
    DelaySeconds: ['-1', '901', 'x', '', '1.5'],
    MaximumMessageSize: ['1023', '1048577'],
    MessageRetentionPeriod: ['59', '1209601'],
    ReceiveMessageWaitTimeSeconds: ['21'],
    VisibilityTimeout: ['43201'],
    KmsDataKeyReusePeriodSeconds: ['59'],
    SqsManagedSseEnabled: ['yes'],
    Policy: ['{', '[]', '{"Statement":[{"Effect":"Maybe"}]}', JSON.stringify({ Statement: ['x'.repeat(9000)] })],
  };
  for (const [name, values] of Object.entries(bad)) {
    test(`${name} has its bounds`, async () => {
      const url = await service.queue();
      for (const value of values) {
        const refusal = await refusalOf(set(url, { [name]: value }));
        assert.deepEqual([refusal.name, refusal.status], ['InvalidAttributeValue', 400], value);
        assert.match(refusal.message, new RegExp(`Invalid value for the parameter ${name}`));
      }
    });
  }

  test('an attribute that a queue has not is unknown', async () => {
    const url = await service.queue();
    for (const name of ['Colour', 'QueueArn', 'ContentBasedDeduplication', 'FifoQueue', 'DeduplicationScope']) {
      const refusal = await refusalOf(set(url, { [name]: 'true' }));
      assert.deepEqual(refusal, { name: 'InvalidAttributeName', message: `Unknown Attribute ${name}.`, status: 400 });
    }
    assert.equal((await refusalOf(get(url, 'Colour' as 'All'))).name, 'InvalidAttributeName');
    assert.deepEqual(await refusalOf(get(`${url}-not`, 'All')), NO_QUEUE);
    assert.deepEqual(await refusalOf(set(`${url}-not`, { DelaySeconds: '1' })), NO_QUEUE);
  });

  test('throughput by message group needs deduplication by message group', async () => {
    const url = await service.queue({ FifoQueue: 'true' });
    assert.equal((await refusalOf(set(url, { FifoThroughputLimit: 'perMessageGroupId' }))).name, 'InvalidAttributeValue');
  });

  test('encryption that there is not is not promised', async () => {
    const url = await service.queue();
    for (const [name, value] of Object.entries({ KmsMasterKeyId: 'alias/aws/sqs', SqsManagedSseEnabled: 'true' })) {
      const refusal = await refusalOf(set(url, { [name]: value }));
      assert.equal(refusal.name, 'UnsupportedOperation');
      assert.match(refusal.message, /encrypted disk/);
    }
  });

  test('a redrive policy names a queue of its kind that allows it', async () => {
    const [url, dead, fifo] = [await service.queue(), await service.queue(), await service.queue({ FifoQueue: 'true' })];
    const arn = await arnOf(dead);
    const refused = async (policy: object | string, message: RegExp) => {
      const refusal = await refusalOf(set(url, { RedrivePolicy: typeof policy === 'string' ? policy : JSON.stringify(policy) }));
      assert.equal(refusal.name, 'InvalidParameterValue');
      assert.match(refusal.message, message);
    };
    await refused('not json', /not JSON/);
    await refused({ deadLetterTargetArn: arn }, /mandatory attribute: maxReceiveCount/);
    await refused({ maxReceiveCount: 3 }, /mandatory attribute: deadLetterTargetArn/);
    for (const maxReceiveCount of [0, 1001, 1.5, 'x'])
      await refused({ deadLetterTargetArn: arn, maxReceiveCount }, /valid values are from 1 to 1000/);
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    await refused(`{"deadLetterTargetArn":"${arn}","maxReceiveCount":${deep}}`, /valid values are from 1 to 1000/);
    await refused({ deadLetterTargetArn: `${arn}-not`, maxReceiveCount: 3 }, /does not exist/);
    await refused({ deadLetterTargetArn: arn.replace('us-east-1', 'eu-west-1'), maxReceiveCount: 3 }, /same account and region/);
    await refused({ deadLetterTargetArn: await arnOf(fifo), maxReceiveCount: 3 }, /same type of queue/);
    await set(dead, { RedriveAllowPolicy: '{"redrivePermission":"denyAll"}' });
    await refused({ deadLetterTargetArn: arn, maxReceiveCount: 3 }, /does not allow this source queue/);
    await set(dead, { RedriveAllowPolicy: JSON.stringify({ redrivePermission: 'byQueue', sourceQueueArns: [await arnOf(url)] }) });
    await set(url, { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: '3' }) });
    for (const policy of [
      '{}',
      '{"redrivePermission":"some"}',
      '{"redrivePermission":"byQueue"}',
      '{"redrivePermission":"byQueue","sourceQueueArns":["x"]}',
    ])
      assert.equal((await refusalOf(set(dead, { RedriveAllowPolicy: policy }))).name, 'InvalidParameterValue');
  });
});

describe('behaviour', () => {
  test('tags are added, changed and taken away', async () => {
    const QueueUrl = await service.queue();
    const tags = async () => (await service.client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags;
    const tag = (Tags: Record<string, string>) => service.client.send(new TagQueueCommand({ QueueUrl, Tags }));
    assert.equal(await tags(), undefined);
    await tag({ a: '1', 'b:c': '' });
    await tag({ a: '2' });
    assert.deepEqual(await tags(), { a: '2', 'b:c': '' });
    await service.client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ['a', 'missing'] }));
    assert.deepEqual(await tags(), { 'b:c': '' });
    for (const [key, value] of Object.entries({ 'aws:x': '1', x: 'y'.repeat(257), '': 'x', '*': 'x' }))
      assert.equal((await refusalOf(tag({ [key]: value }))).name, 'InvalidParameterValue');
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`t${at}`, 'x']));
    assert.match((await refusalOf(tag(many))).message, /Too many tags/);
  });

  test('permissions are statements of the policy, by their label', async () => {
    const QueueUrl = await service.queue();
    const add = (Label: string, Actions: string[], AWSAccountIds = ['111111111111']) =>
      service.client.send(new AddPermissionCommand({ QueueUrl, Label, Actions, AWSAccountIds }));
    await add('one', ['SendMessage']);
    await add('two', ['ReceiveMessage', '*'], ['111111111111', '222222222222']);
    const arn = await arnOf(QueueUrl);
    assert.deepEqual(JSON.parse((await get(QueueUrl, 'Policy'))?.['Policy'] ?? ''), {
      Version: '2012-10-17',
      Id: `${arn}/SQSDefaultPolicy`,
      Statement: [
        {
          Sid: 'one',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::111111111111:root' },
          Action: 'SQS:SendMessage',
          Resource: arn,
        },
        {
          Sid: 'two',
          Effect: 'Allow',
          Principal: { AWS: ['arn:aws:iam::111111111111:root', 'arn:aws:iam::222222222222:root'] },
          Action: ['SQS:ReceiveMessage', 'SQS:*'],
          Resource: arn,
        },
      ],
    });
    assert.match((await refusalOf(add('one', ['SendMessage']))).message, /Already exists/);
    assert.match((await refusalOf(add('three', ['DeleteQueue']))).message, /Only the queue owner is allowed/);
    assert.match((await refusalOf(add('three', ['SendMessage'], ['1']))).message, /Unable to verify/);
    const remove = (Label: string) => service.client.send(new RemovePermissionCommand({ QueueUrl, Label }));
    await remove('one');
    assert.match((await refusalOf(remove('one'))).message, /can't find label/);
    await remove('two');
    assert.equal(await get(QueueUrl, 'Policy'), undefined);
  });

  test("a queue's policy is asked for services, and nothing is allowed that it does not say", async () => {
    const url = await service.queue();
    const arn = await arnOf(url);
    const asks = (name: string, sourceArn: string) =>
      service.queues.policyAllows(arn, { asker: { kind: 'service', service: name }, action: 'sqs:SendMessage', sourceArn });
    const topic = 'arn:aws:sns:us-east-1:000000000000:orders';
    assert.equal(await asks('sns.amazonaws.com', topic), false);
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnEquals: { 'aws:SourceArn': topic } },
    };
    await set(url, { Policy: JSON.stringify({ Statement: statement }) });
    assert.equal(await asks('sns.amazonaws.com', topic), true);
    assert.equal(await asks('sns.amazonaws.com', `${topic}-2`), false);
    assert.equal(await asks('events.amazonaws.com', topic), false);
    assert.equal(
      await service.queues.policyAllows('arn:aws:sqs:us-east-1:000000000000:none', {
        asker: { kind: 'anonymous' },
        action: 'sqs:SendMessage',
      }),
      false,
    );
  });
});
