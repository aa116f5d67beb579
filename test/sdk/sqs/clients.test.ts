// AWS's own tools against a real gateway, with each version that is installed here; skipped where none is. Older ones speak the query protocol.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIS, PYTHONS, toolEnvironment } from '../../support/aws-tools.ts';
import { ROOT_KEY } from '../../support/one-service.ts';
import { openQueuesService, type QueuesService } from '../../support/queues-service.ts';

const run = promisify(execFile);

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const environment = () => toolEnvironment(service.endpoint, ROOT_KEY);

describe('AWS CLI', { skip: CLIS.length === 0 ? 'no AWS CLI is installed' : false }, () => {
  for (const { command, version } of CLIS) {
    // Without its endpoint, version 1 would ask AWS.
    const aws = async (...words: readonly string[]) =>
      (await run(command, ['--endpoint-url', service.endpoint, '--output', 'json', 'sqs', ...words], { env: environment() }))
        .stdout;

    test(`${version} makes a queue, sends, receives and deletes`, async () => {
      const name = `cli-${version.replaceAll(/[^\w]/g, '-')}`;
      const { QueueUrl } = JSON.parse(await aws('create-queue', '--queue-name', name, '--attributes', 'VisibilityTimeout=60')) as {
        QueueUrl: string;
      };
      const attributes = JSON.stringify({ kind: { DataType: 'String', StringValue: 'new' } });
      await aws('send-message', '--queue-url', QueueUrl, '--message-body', 'from the CLI', '--message-attributes', attributes);
      const { Messages } = JSON.parse(
        await aws('receive-message', '--queue-url', QueueUrl, '--attribute-names', 'All', '--message-attribute-names', 'All'),
      ) as { Messages: { Body: string; ReceiptHandle: string; MessageAttributes: { kind: { StringValue: string } } }[] };
      assert.equal(Messages[0]?.Body, 'from the CLI');
      assert.equal(Messages[0]?.MessageAttributes.kind.StringValue, 'new');
      await aws('delete-message', '--queue-url', QueueUrl, '--receipt-handle', Messages[0]?.ReceiptHandle ?? '');
      const { Attributes } = JSON.parse(await aws('get-queue-attributes', '--queue-url', QueueUrl, '--attribute-names', 'All')) as {
        Attributes: Record<string, string>;
      };
      assert.equal(Attributes['ApproximateNumberOfMessagesNotVisible'], '0');
      assert.match(await aws('list-queues', '--queue-name-prefix', name), new RegExp(name));
      await assert.rejects(aws('get-queue-url', '--queue-name', 'missing'), /NonExistentQueue|QueueDoesNotExist/);
    });
  }
});

const PROGRAM = `
import boto3, sys
from botocore.exceptions import ClientError
endpoint, suffix = sys.argv[1], sys.argv[2]
sqs = boto3.resource('sqs', endpoint_url=endpoint, region_name='us-east-1')
client = sqs.meta.client
dead = sqs.create_queue(QueueName='boto-dead-' + suffix)
queue = sqs.create_queue(QueueName='boto-' + suffix, Attributes={
    'RedrivePolicy': '{"deadLetterTargetArn":"%s","maxReceiveCount":1}' % dead.attributes['QueueArn']})
queue.send_message(MessageBody='one', MessageAttributes={'blob': {'DataType': 'Binary', 'BinaryValue': b'\\x00\\xff'}})
batch = queue.send_messages(Entries=[{'Id': str(n), 'MessageBody': 'batch %d' % n} for n in range(3)])
assert len(batch['Successful']) == 3, batch
messages = queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=['All'], AttributeNames=['All'], WaitTimeSeconds=5)
assert sorted(m.body for m in messages) == ['batch 0', 'batch 1', 'batch 2', 'one'], messages
one = [m for m in messages if m.body == 'one'][0]
assert one.message_attributes['blob']['BinaryValue'] == b'\\x00\\xff'
assert one.attributes['ApproximateReceiveCount'] == '1'
one.change_visibility(VisibilityTimeout=0)
assert queue.receive_messages(WaitTimeSeconds=1) == []
letter = dead.receive_messages(AttributeNames=['All'], WaitTimeSeconds=5)[0]
assert letter.body == 'one'
queue.delete_messages(Entries=[{'Id': str(n), 'ReceiptHandle': m.receipt_handle} for n, m in enumerate(messages) if m.body != 'one'])
queue.reload()
assert queue.attributes['ApproximateNumberOfMessagesNotVisible'] == '0', queue.attributes
fifo = sqs.create_queue(QueueName='boto-%s.fifo' % suffix, Attributes={'FifoQueue': 'true', 'ContentBasedDeduplication': 'true'})
sent = [fifo.send_message(MessageBody='same', MessageGroupId='g') for _ in range(2)]
assert sent[0]['MessageId'] == sent[1]['MessageId'] and sent[0]['SequenceNumber'] == sent[1]['SequenceNumber']
codes = []
for call in (lambda: client.get_queue_url(QueueName='missing'),
             lambda: queue.receive_messages(MaxNumberOfMessages=11),
             lambda: client.delete_message(QueueUrl=queue.url, ReceiptHandle='bad'),
             lambda: queue.send_messages(Entries=[{'Id': 'a', 'MessageBody': 'x'}] * 2)):
    try:
        call()
    except ClientError as error:
        codes.append(error.response['Error']['Code'])
queue.purge()
queue.delete()
print(' '.join(codes))
`;

describe('boto3', { skip: PYTHONS.length === 0 ? 'no Python here can import boto3' : false }, () => {
  for (const { command, version } of PYTHONS) {
    test(`${version} uses queues through its resources, and knows errors by their old codes`, async () => {
      const { stdout } = await run(command, ['-c', PROGRAM, service.endpoint, version.replaceAll('.', '-')], {
        env: environment(),
      });
      assert.deepEqual(stdout.trim().split(' '), [
        'AWS.SimpleQueueService.NonExistentQueue',
        'InvalidParameterValue',
        'ReceiptHandleIsInvalid',
        'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
      ]);
    });
  }
});
