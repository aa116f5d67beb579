// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  TagLogGroupCommand,
  TagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('behaviour', () => {
  test('tags are added and replaced, whichever of the two interfaces is used', async () => {
    const logGroupName = await service.group();
    const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    await service.client.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2' } }));
    await service.client.send(new TagLogGroupCommand({ logGroupName, tags: { b: '3', ['__proto__']: 'x' } }));
    const expected = { a: '1', b: '3', ['__proto__']: 'x' };
    assert.deepEqual((await service.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags, expected);
    assert.deepEqual((await service.client.send(new ListTagsLogGroupCommand({ logGroupName }))).tags, expected);
  });

  test('tags added at the same time are all kept', async () => {
    const logGroupName = await service.group();
    await Promise.all(
      Array.from({ length: 6 }, (_, n) => service.client.send(new TagLogGroupCommand({ logGroupName, tags: { [`k${n}`]: 'v' } }))),
    );
    const { tags = {} } = await service.client.send(new ListTagsLogGroupCommand({ logGroupName }));
    assert.equal(Object.keys(tags).length, 6);
  });
});

describe('validation', () => {
  test('a group has at most fifty tags', async () => {
    const logGroupName = await service.group();
    const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    const tags = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`k${n}`, 'v']));
    await service.client.send(new TagResourceCommand({ resourceArn, tags }));
    const refusal = await refusalOf(service.client.send(new TagResourceCommand({ resourceArn, tags: { more: 'v' } })));
    assert.equal(refusal.name, 'TooManyTagsException');
  });

  test('the group must be there', async () => {
    const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:missing';
    assert.deepEqual(await refusalOf(service.client.send(new TagResourceCommand({ resourceArn, tags: { a: 'b' } }))), NO_GROUP);
  });
});
