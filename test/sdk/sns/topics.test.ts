// CreateTopic, DeleteTopic, ListTopics, Get- and SetTopicAttributes, tags and permissions. https://docs.aws.amazon.com/sns/latest/api/

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  AddPermissionCommand,
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  paginateListTopics,
  PublishBatchCommand,
  PublishCommand,
  PutDataProtectionPolicyCommand,
  RemovePermissionCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-sns';
import { invalid, openSnsService, refusalOf, type SnsService } from '../../support/sns-service.ts';

let service: SnsService;
before(async () => {
  service = await openSnsService();
});
after(() => service.close());

const create = (Name: string, Attributes?: Record<string, string>, Tags?: { Key: string; Value: string }[]) =>
  service.client.send(new CreateTopicCommand({ Name, Attributes, Tags }));
const attributesOf = async (TopicArn: string) =>
  (await service.client.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes ?? {};
const set = (TopicArn: string, AttributeName: string, AttributeValue: string) =>
  service.client.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));

const DEFAULT_DELIVERY = {
  http: {
    defaultHealthyRetryPolicy: {
      minDelayTarget: 20,
      maxDelayTarget: 20,
      numRetries: 3,
      numMaxDelayRetries: 0,
      numNoDelayRetries: 0,
      numMinDelayRetries: 0,
      backoffFunction: 'linear',
    },
    disableSubscriptionOverrides: false,
    defaultRequestPolicy: { headerContentType: 'text/plain; charset=UTF-8' },
  },
};

describe('serialisation', () => {
  test('a topic shows what AWS shows of one that was told nothing', async () => {
    const TopicArn = await service.topic();
    const { EffectiveDeliveryPolicy, Policy, ...rest } = await attributesOf(TopicArn);
    assert.deepEqual(rest, {
      DisplayName: '',
      Owner: '000000000000',
      SubscriptionsConfirmed: '0',
      SubscriptionsDeleted: '0',
      SubscriptionsPending: '0',
      TopicArn,
    });
    assert.deepEqual(JSON.parse(EffectiveDeliveryPolicy ?? ''), DEFAULT_DELIVERY);
    const [statement] = (JSON.parse(Policy ?? '') as { Statement: Record<string, unknown>[] }).Statement;
    assert.equal(statement?.['Sid'], '__default_statement_ID');
    assert.deepEqual(statement?.['Condition'], { StringEquals: { 'AWS:SourceOwner': '000000000000' } });
  });

  test('what it is told comes back, a FIFO topic with its own', async () => {
    const TopicArn = await service.topic({ FifoTopic: 'true', DisplayName: 'Orders', SignatureVersion: '2' });
    const { FifoTopic, ContentBasedDeduplication, DisplayName, SignatureVersion } = await attributesOf(TopicArn);
    assert.deepEqual([FifoTopic, ContentBasedDeduplication, DisplayName, SignatureVersion], ['true', 'false', 'Orders', '2']);
    await set(TopicArn, 'ContentBasedDeduplication', 'true');
    await set(TopicArn, 'FifoThroughputScope', 'MessageGroup');
    const after = await attributesOf(TopicArn);
    assert.deepEqual([after['ContentBasedDeduplication'], after['FifoThroughputScope']], ['true', 'MessageGroup']);
  });

  test('a delivery policy is shown as it was told, and with what holds then', async () => {
    const TopicArn = await service.topic();
    await set(
      TopicArn,
      'DeliveryPolicy',
      '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":5,"maxDelayTarget":6,"numRetries":1}}}',
    );
    const { DeliveryPolicy, EffectiveDeliveryPolicy } = await attributesOf(TopicArn);
    assert.deepEqual(JSON.parse(DeliveryPolicy ?? ''), {
      http: {
        defaultHealthyRetryPolicy: { minDelayTarget: 5, maxDelayTarget: 6, numRetries: 1 },
        disableSubscriptionOverrides: false,
      },
    });
    const { http } = JSON.parse(EffectiveDeliveryPolicy ?? '') as typeof DEFAULT_DELIVERY;
    assert.deepEqual(http.defaultHealthyRetryPolicy, {
      ...DEFAULT_DELIVERY.http.defaultHealthyRetryPolicy,
      minDelayTarget: 5,
      maxDelayTarget: 6,
      numRetries: 1,
    });
    await set(TopicArn, 'DeliveryPolicy', '');
    assert.equal('DeliveryPolicy' in (await attributesOf(TopicArn)), false);
  });

  test('topics are listed page by page, by name', async () => {
    const names = Array.from({ length: 105 }, (_, place) => `page-${String(place).padStart(3, '0')}`);
    await Promise.all(names.map((name) => create(name)));
    const listed: string[] = [];
    for await (const page of paginateListTopics({ client: service.client }, {}))
      listed.push(...(page.Topics ?? []).map(({ TopicArn }) => TopicArn?.split(':').at(-1) ?? ''));
    assert.deepEqual(
      listed.filter((name) => name.startsWith('page-')),
      names,
    );
    assert.equal((await service.client.send(new ListTopicsCommand({}))).Topics?.length, 100);
  });
});

describe('validation', () => {
  test('names', async () => {
    for (const name of ['', 'a b', 'a.b', 'a.fifo', 'x'.repeat(257), 'ä'])
      assert.deepEqual(await refusalOf(create(name)), invalid('Topic Name'), name);
    assert.deepEqual(await refusalOf(create('orders', { FifoTopic: 'true' })), invalid('Topic Name'));
    assert.ok((await create('x'.repeat(256))).TopicArn);
  });

  test('attributes, in the words of SNS; what is not honoured is refused with what to do', async () => {
    const TopicArn = await service.topic();
    assert.deepEqual(await refusalOf(set(TopicArn, 'FifoTopic', 'true')), invalid('AttributeName'));
    assert.deepEqual(await refusalOf(set(TopicArn, 'Nonsense', 'x')), invalid('AttributeName'));
    const sentences: readonly (readonly [string, string, RegExp])[] = [
      ['KmsMasterKeyId', 'alias/aws/sns', /put the data folder on an encrypted disk/],
      ['TracingConfig', 'Active', /Use PassThrough/],
      ['ArchivePolicy', '{"MessageRetentionPeriod":"30"}', /not archived here/],
      ['SQSFailureFeedbackRoleArn', 'arn:aws:iam::000000000000:role/r', /Delivery status is not written/],
      ['LambdaSuccessFeedbackSampleRate', '10', /Delivery status is not written/],
      ['DisplayName', 'x'.repeat(101), /DisplayName/],
      ['SignatureVersion', '3', /Invalid value \[3\]/],
      ['ContentBasedDeduplication', 'true', /can only be set for FIFO topics/],
      [
        'DeliveryPolicy',
        '{"http":{"defaultHealthyRetryPolicy":{"numRetries":101}}}',
        /numRetries must be an integer from 0 to 100/,
      ],
      [
        'DeliveryPolicy',
        '{"http":{"defaultHealthyRetryPolicy":{"numRetries":100,"minDelayTarget":60,"maxDelayTarget":60}}}',
        /must not exceed 3600 seconds/,
      ],
      ['DeliveryPolicy', '{"https":{}}', /unknown member https/],
    ];
    for (const [name, value, sentence] of sentences) {
      const refusal = await refusalOf(set(TopicArn, name, value));
      assert.equal(refusal.name, 'InvalidParameterException', name);
      assert.match(refusal.message, sentence);
    }
    // What says that something is off is no setting.
    await set(TopicArn, 'KmsMasterKeyId', '');
    await set(TopicArn, 'TracingConfig', 'PassThrough');
    for (const endpoint of ['Application', 'Firehose', 'HTTP', 'Lambda', 'SQS'])
      await set(TopicArn, `${endpoint}SuccessFeedbackSampleRate`, '0');
    await set(TopicArn, 'SQSFailureFeedbackRoleArn', '');
  });

  test('a policy whose conditions cannot be evaluated is refused', async () => {
    const TopicArn = await service.topic();
    const policy = {
      Statement: [
        { Effect: 'Allow', Principal: '*', Action: 'sns:Publish', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } },
      ],
    };
    assert.match((await refusalOf(set(TopicArn, 'Policy', JSON.stringify(policy)))).message, /IpAddress is not evaluated here/);
    assert.match((await refusalOf(set(TopicArn, 'Policy', '{'))).message, /Policy Error: The policy is not JSON/);
  });

  test('a topic that is there is the same only when it is told the same', async () => {
    const { TopicArn } = await create('same', { DisplayName: 'a' }, [{ Key: 'k', Value: 'v' }]);
    assert.equal((await create('same')).TopicArn, TopicArn);
    assert.equal((await create('same', { DisplayName: 'a' }, [{ Key: 'k', Value: 'v' }])).TopicArn, TopicArn);
    assert.deepEqual(
      await refusalOf(create('same', { DisplayName: 'b' })),
      invalid('Attributes Reason: Topic already exists with different attributes'),
    );
    assert.deepEqual(
      await refusalOf(create('same', {}, [{ Key: 'k', Value: 'w' }])),
      invalid('Tags Reason: Topic already exists with different tags'),
    );
  });

  test('a FIFO topic is asked for again without what it was told besides', async () => {
    const fifo = { FifoTopic: 'true' };
    const { TopicArn } = await create('same.fifo', { ...fifo, ContentBasedDeduplication: 'true' });
    assert.equal((await create('same.fifo', fifo)).TopicArn, TopicArn);
    assert.deepEqual(
      await refusalOf(create('same.fifo', { ...fifo, ContentBasedDeduplication: 'false' })),
      invalid('Attributes Reason: Topic already exists with different attributes'),
    );
    await create('plain.fifo', fifo);
    await create('plain.fifo', { ...fifo, ContentBasedDeduplication: 'false' });
  });

  test('topics elsewhere and topics that are not there', async () => {
    const get = (TopicArn: string) => refusalOf(service.client.send(new GetTopicAttributesCommand({ TopicArn })));
    assert.equal((await get('arn:aws:sns:us-east-1:000000000000:missing')).name, 'NotFoundException');
    assert.deepEqual(await get('arn:aws:sns:eu-west-1:000000000000:missing'), invalid('TopicArn'));
    assert.equal((await get('arn:aws:sns:us-east-1:111111111111:missing')).name, 'AuthorizationErrorException');
  });

  test('data protection is refused by name', async () => {
    const refusal = await refusalOf(
      service.client.send(new PutDataProtectionPolicyCommand({ ResourceArn: await service.topic(), DataProtectionPolicy: '{}' })),
    );
    assert.match(refusal.message, /not searched for sensitive data here/);
  });
});

describe('behaviour', () => {
  test('a removed topic takes its subscriptions along, and a new one of its name has none', async () => {
    const { TopicArn } = await create('again');
    const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:orders';
    await service.client.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    assert.equal((await attributesOf(TopicArn ?? ''))['SubscriptionsConfirmed'], '1');
    await service.client.send(new DeleteTopicCommand({ TopicArn }));
    await service.client.send(new DeleteTopicCommand({ TopicArn }));
    assert.equal((await refusalOf(service.client.send(new PublishCommand({ TopicArn, Message: 'x' })))).name, 'NotFoundException');
    await create('again');
    assert.deepEqual((await service.client.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions, []);
    await service.client.send(new PublishCommand({ TopicArn, Message: 'x' }));
    assert.deepEqual(await service.taken(), []);
  });

  test('tags are added, changed and removed', async () => {
    const ResourceArn = await service.topic();
    const tags = async () => (await service.client.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags;
    await service.client.send(
      new TagResourceCommand({
        ResourceArn,
        Tags: [
          { Key: 'a', Value: '1' },
          { Key: '__proto__', Value: '2' },
        ],
      }),
    );
    await service.client.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'a', Value: '3' }] }));
    assert.deepEqual(await tags(), [
      { Key: 'a', Value: '3' },
      { Key: '__proto__', Value: '2' },
    ]);
    await service.client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['a', 'none'] }));
    assert.deepEqual(await tags(), [{ Key: '__proto__', Value: '2' }]);
    const twice = new TagResourceCommand({
      ResourceArn,
      Tags: [
        { Key: 'x', Value: '1' },
        { Key: 'x', Value: '2' },
      ],
    });
    assert.deepEqual(await refusalOf(service.client.send(twice)), invalid('Duplicated keys are not allowed.'));
    const many = Array.from({ length: 51 }, (_, place) => ({ Key: `k${place}`, Value: '' }));
    assert.equal(
      (await refusalOf(service.client.send(new TagResourceCommand({ ResourceArn, Tags: many })))).name,
      'TagLimitExceededException',
    );
    const missing = new ListTagsForResourceCommand({ ResourceArn: 'arn:aws:sns:us-east-1:000000000000:missing' });
    assert.equal((await refusalOf(service.client.send(missing))).name, 'ResourceNotFoundException');
  });

  test('a statement that denies holds for the account itself, as a whole or by its role', async () => {
    const TopicArn = await service.topic();
    const publish = () => service.client.send(new PublishCommand({ TopicArn, Message: 'hello' }));
    const batch = () =>
      service.client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: [{ Id: '1', Message: 'hello' }] }));
    const deny = (more: object) =>
      set(
        TopicArn,
        'Policy',
        JSON.stringify({ Statement: { Effect: 'Deny', Action: 'sns:Publish', Resource: TopicArn, ...more } }),
      );
    const role = 'arn:aws:iam::000000000000:role/writer';
    for (const statement of [
      { Principal: '*' },
      { Principal: { AWS: '000000000000' } },
      { NotPrincipal: { AWS: role } },
      { Principal: '*', Condition: { ArnNotEquals: { 'aws:PrincipalArn': role } } },
    ]) {
      await deny(statement);
      for (const sent of [publish, batch]) {
        const { name, message, status } = await refusalOf(sent());
        assert.deepEqual([name, status], ['AuthorizationErrorException', 403]);
        assert.match(message, /explicit deny in a resource-based policy/);
      }
    }
    await deny({ Principal: { AWS: role } });
    await publish();
    await set(TopicArn, 'Policy', '');
    await batch();
  });

  test('permissions are statements of the policy, and the policy answers for them', async () => {
    const TopicArn = await service.topic();
    const add = (Label: string, ActionName: string[]) =>
      service.client.send(new AddPermissionCommand({ TopicArn, Label, ActionName, AWSAccountId: ['111111111111'] }));
    await add('partner', ['Publish', 'Subscribe']);
    const { Policy } = await attributesOf(TopicArn);
    const statements = (JSON.parse(Policy ?? '') as { Statement: Record<string, unknown>[] }).Statement;
    assert.deepEqual(statements.at(-1), {
      Sid: 'partner',
      Effect: 'Allow',
      Principal: { AWS: 'arn:aws:iam::111111111111:root' },
      Action: ['SNS:Publish', 'SNS:Subscribe'],
      Resource: TopicArn,
    });
    const scope = { account: '000000000000', region: 'us-east-1' } as never;
    const may = (account: string, action: string) =>
      service.topics.policyAllows({ scope, topicArn: TopicArn, action, asker: { kind: 'account', account } });
    assert.deepEqual(
      await Promise.all([
        may('111111111111', 'sns:Publish'),
        may('111111111111', 'sns:DeleteTopic'),
        may('222222222222', 'sns:Publish'),
        may('000000000000', 'sns:Publish'),
      ]),
      [true, false, false, true],
    );
    const bucket = { kind: 'service', service: 's3.amazonaws.com' } as const;
    const onBehalfOf = (sourceAccount: string) =>
      service.topics.policyAllows({ scope, topicArn: TopicArn, action: 'sns:Publish', asker: bucket, sourceAccount });
    // The statement that every topic begins with lets in what speaks for its own account.
    assert.deepEqual(await Promise.all(['000000000000', '111111111111'].map(onBehalfOf)), [true, false]);
    assert.deepEqual(await refusalOf(add('partner', ['Publish'])), invalid('Statement already exists'));
    assert.deepEqual(await refusalOf(add('other', ['Fly'])), invalid('Policy statement action out of service scope!'));
    await service.client.send(new RemovePermissionCommand({ TopicArn, Label: 'partner' }));
    await service.client.send(new RemovePermissionCommand({ TopicArn, Label: 'nobody' }));
    assert.equal(await may('111111111111', 'sns:Publish'), false);
  });
});
