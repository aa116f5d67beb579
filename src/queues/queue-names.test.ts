// Queues by the URLs and ARNs that clients have for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCOPE } from '../../test/support/invocable.ts';
import { parseQueueArn, parseQueueUrl, queueArn, queueUrl } from './queue-names.ts';

const { account } = SCOPE;

test('a queue is found under any host', () => {
  const urls = [
    `http://127.0.0.1:4566/${account}/orders`,
    `https://sqs.us-east-1.amazonaws.com/${account}/orders`,
    `https://us-east-1.queue.amazonaws.com/${account}/orders`,
    `http://sqs.us-east-1.localhost.localstack.cloud:4566/${account}/orders`,
    `http://localhost:4566/queue/us-east-1/${account}/orders`,
    `http://[::1]:4566/${account}/orders/`,
    `/${account}/orders`,
    'orders',
  ];
  for (const url of urls) assert.deepEqual(parseQueueUrl(SCOPE, url), { scope: SCOPE, name: 'orders' }, url);
  assert.equal(queueUrl('http://127.0.0.1:4566', { scope: SCOPE, name: 'orders' }), urls[0]);
});

test('what names no queue of this account is not there', () => {
  for (const url of ['', 'http://127.0.0.1:4566', 'http://127.0.0.1:4566/', 'http://127.0.0.1:4566/111111111111/orders'])
    assert.throws(() => parseQueueUrl(SCOPE, url), { code: 'QueueDoesNotExist' }, url);
});

// A search from every question mark to the end of the line would look at each of them a million times, and hold up everybody for an hour.
test('a URL is looked at once, however long it is', () => {
  assert.deepEqual(parseQueueUrl(SCOPE, `/${account}/orders${'?'.repeat(1024 * 1024)}\n`), { scope: SCOPE, name: 'orders' });
});

test('an ARN says where its queue is', () => {
  const address = { scope: SCOPE, name: 'orders.fifo' };
  assert.equal(queueArn(address), `arn:aws:sqs:${SCOPE.region}:${account}:orders.fifo`);
  assert.deepEqual(parseQueueArn(queueArn(address)), address);
  for (const text of ['orders', 'arn:aws:sns:us-east-1:000000000000:orders', 'arn:aws:sqs:us-east-1:000000000000:or ders', ''])
    assert.equal(parseQueueArn(text), undefined, text);
});
