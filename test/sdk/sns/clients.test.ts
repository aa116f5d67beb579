// AWS's own tools against a real gateway, with each version that is installed here; skipped where none is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIS, PYTHONS, toolEnvironment } from '../../support/aws-tools.ts';
import { ROOT_KEY } from '../../support/one-service.ts';
import { openSnsService, type SnsService } from '../../support/sns-service.ts';

const run = promisify(execFile);

let service: SnsService;
before(async () => {
  service = await openSnsService();
});
after(() => service.close());

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:orders';
const environment = () => toolEnvironment(service.endpoint, ROOT_KEY);

describe('AWS CLI', { skip: CLIS.length === 0 ? 'no AWS CLI is installed' : false }, () => {
  for (const { command, version } of CLIS) {
    const aws = async (...words: readonly string[]) => {
      const { stdout } = await run(command, ['--endpoint-url', service.endpoint, '--output', 'json', 'sns', ...words], {
        env: environment(),
      });
      return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, string>);
    };

    test(`${version} makes a topic, subscribes a queue with a filter, and publishes`, async () => {
      const { TopicArn = '' } = await aws(
        'create-topic',
        '--name',
        `cli-${version.replace(/\W/g, '-')}`,
        '--tags',
        'Key=env,Value=test',
      );
      const { SubscriptionArn = '' } = await aws(
        'subscribe',
        '--topic-arn',
        TopicArn,
        '--protocol',
        'sqs',
        '--notification-endpoint',
        QUEUE,
        '--attributes',
        '{"FilterPolicy":"{\\"kind\\":[\\"order\\"]}","RawMessageDelivery":"true"}',
      );
      assert.ok(SubscriptionArn.startsWith(`${TopicArn}:`));
      const attribute = (value: string) => JSON.stringify({ kind: { DataType: 'String', StringValue: value } });
      await aws('publish', '--topic-arn', TopicArn, '--message', 'wanted', '--message-attributes', attribute('order'));
      await aws('publish', '--topic-arn', TopicArn, '--message', 'unwanted', '--message-attributes', attribute('news'));
      assert.deepEqual(
        (await service.taken()).map(({ payload }) => Buffer.from(payload).toString()),
        ['wanted'],
      );
      await aws('delete-topic', '--topic-arn', TopicArn);
    });
  }
});

const PROGRAM = `
import boto3, json, sys
sns = boto3.client('sns', endpoint_url=sys.argv[1])
arn = sns.create_topic(Name='boto3-' + boto3.__version__.replace('.', '-') + '.fifo', Attributes={'FifoTopic': 'true', 'ContentBasedDeduplication': 'true'})['TopicArn']
sub = sns.subscribe(TopicArn=arn, Protocol='sqs', Endpoint=sys.argv[2], ReturnSubscriptionArn=True)['SubscriptionArn']
sns.set_subscription_attributes(SubscriptionArn=sub, AttributeName='RawMessageDelivery', AttributeValue='true')
first = sns.publish(TopicArn=arn, Message='one', MessageGroupId='g', MessageAttributes={'b': {'DataType': 'Binary', 'BinaryValue': b'\\x01\\x02'}})
again = sns.publish(TopicArn=arn, Message='one', MessageGroupId='g')
try:
    sns.publish(TopicArn=arn + 'x', Message='one')
    error = None
except sns.exceptions.InvalidParameterException as e:
    error = e.response['Error']['Message']
subscriptions = [s['SubscriptionArn'] for page in sns.get_paginator('list_subscriptions_by_topic').paginate(TopicArn=arn) for s in page['Subscriptions']]
print(json.dumps({'same': first['MessageId'] == again['MessageId'], 'error': error, 'subscribed': subscriptions == [sub], 'raw': sns.get_subscription_attributes(SubscriptionArn=sub)['Attributes']['RawMessageDelivery']}))
`;

describe('boto3', { skip: PYTHONS.length === 0 ? 'no Python with boto3 is installed' : false }, () => {
  for (const { command, version } of PYTHONS)
    test(`${version} publishes in order, and knows the errors`, async () => {
      const { stdout } = await run(command, ['-c', PROGRAM, service.endpoint, `${QUEUE}.fifo`], { env: environment() });
      assert.deepEqual(JSON.parse(stdout), { same: true, error: 'Invalid parameter: TopicArn', subscribed: true, raw: 'true' });
      const [entry, ...more] = await service.taken();
      assert.equal(more.length, 0);
      assert.ok(entry?.target.kind === 'queue');
      assert.deepEqual(entry.target.attributes, { b: { type: 'Binary', value: 'AQI=' } });
    });
});
