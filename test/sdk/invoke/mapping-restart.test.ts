// The platform ends while a batch of a queue is under way: what was cut off is there at the next start, as if it had never been received.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { runMappedPlatform, tellingHandler } from '../../support/mapped-platform.ts';

test('a batch that the end of the platform cut off is taken up by the next', async (t) => {
  const first = await runMappedPlatform();
  const [source, results] = await Promise.all([first.queue('long', { VisibilityTimeout: '600' }), first.queue('told')]);
  const Variables = { RESULTS: results.url };
  // The address of the queue is that of the first platform, so the second learns where it is from its own.
  const handler = tellingHandler("if (bodies[0] === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000));").replace(
    'process.env.RESULTS',
    'new URL(new URL(process.env.RESULTS).pathname, process.env.AWS_ENDPOINT_URL).href',
  );
  await first.deploy('slow', handler, { Timeout: 300, Environment: { Variables } });
  await first.map({ FunctionName: 'slow', EventSourceArn: source.arn, BatchSize: 1 });
  await first.send(source.url, 'slow', 'second');
  const told = [await first.nextRecords(results.url), await first.nextRecords(results.url)].flat();
  assert.deepEqual(told.map(({ body }) => body).toSorted(), ['second', 'slow']);
  const folder = await first.stop();

  const second = await runMappedPlatform({ folder });
  t.after(() => second.close());
  const { QueueUrl } = await second.sqs.send(new GetQueueUrlCommand({ QueueName: 'told' }));
  const [again] = await second.nextRecords(QueueUrl ?? '');
  assert.equal(again?.body, 'slow');
  assert.equal(again.attributes['ApproximateReceiveCount'], '1');
});
