// DeleteMessage and ChangeMessageVisibility: what a receipt handle is good for, and when it no longer is.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ChangeMessageVisibilityCommand, type Message } from '@aws-sdk/client-sqs';
import { openQueuesService, refusalOf, type QueuesService } from '../../support/queues-service.ts';

let service: QueuesService;
before(async () => {
  service = await openQueuesService();
});
after(() => service.close());

const hide = (QueueUrl: string, message: Message | undefined, VisibilityTimeout: number) =>
  service.client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout }));

describe('validation', () => {
  test('what never was a receipt handle, and one of another queue, are invalid', async () => {
    const [url, other] = [await service.queue(), await service.queue()];
    await service.send(url, 'body');
    const [message] = await service.receive(url);
    const handle = message?.ReceiptHandle ?? '';
    const flipped = `${handle.slice(0, 20)}${handle[20] === 'A' ? 'B' : 'A'}${handle.slice(21)}`;
    for (const bad of ['x', flipped, `${handle}AAAA`]) {
      const refusal = await refusalOf(service.remove(url, { ReceiptHandle: bad }));
      assert.deepEqual([refusal.name, refusal.status], ['ReceiptHandleIsInvalid', 404]);
    }
    assert.equal((await refusalOf(service.remove(other, message))).name, 'ReceiptHandleIsInvalid');
    assert.equal((await refusalOf(hide(other, message, 1))).name, 'ReceiptHandleIsInvalid');
    await service.remove(url, message);
  });

  test('a message is hidden for twelve hours from its receive at most', async () => {
    const url = await service.queue();
    await service.send(url, 'body');
    const [message] = await service.receive(url);
    for (const seconds of [-1, 43_201])
      assert.match((await refusalOf(hide(url, message, seconds))).message, /Must be between 0 and 43200/);
    await hide(url, message, 43_100);
  });
});

describe('behaviour', () => {
  test('what is deleted does not come back, and may be deleted again', async () => {
    const url = await service.queue({ VisibilityTimeout: '0' });
    await service.send(url, 'body');
    const [message] = await service.receive(url, { VisibilityTimeout: 100 });
    await service.remove(url, message);
    await service.remove(url, message);
    assert.deepEqual(await service.receive(url), []);
    const refusal = await refusalOf(hide(url, message, 5));
    assert.equal(refusal.name, 'InvalidParameterValue');
    assert.match(refusal.message, /Message does not exist or is not available for visibility timeout change\.$/);
  });

  test('an old handle deletes while nobody has received the message since, and not after', async () => {
    const url = await service.queue();
    await service.send(url, 'first');
    const [ranOut] = await service.receive(url, { VisibilityTimeout: 0 });
    await service.remove(url, ranOut);
    assert.deepEqual(await service.receive(url), []);
    await service.send(url, 'second');
    const [old] = await service.receive(url, { VisibilityTimeout: 0 });
    const [current] = await service.receive(url, { VisibilityTimeout: 1 });
    await service.remove(url, old);
    assert.equal((await service.receive(url, { WaitTimeSeconds: 10 }))[0]?.MessageId, current?.MessageId);
  });

  test('the time that a message is hidden for can be ended, and made longer', async () => {
    const url = await service.queue();
    await service.send(url, 'body');
    const [first] = await service.receive(url);
    await hide(url, first, 0);
    assert.equal((await refusalOf(hide(url, first, 5))).name, 'MessageNotInflight');
    const [second] = await service.receive(url, { VisibilityTimeout: 1 });
    assert.equal(second?.MessageId, first?.MessageId);
    await hide(url, second, 100);
    assert.deepEqual(await service.receive(url, { WaitTimeSeconds: 2 }), []);
  });

  test('ending it wakes whoever waits', async () => {
    const url = await service.queue();
    await service.send(url, 'body');
    const [first] = await service.receive(url);
    const waiting = service.receive(url, { WaitTimeSeconds: 20 });
    await hide(url, first, 0);
    assert.equal((await waiting)[0]?.MessageId, first?.MessageId);
  });
});
