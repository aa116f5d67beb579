// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { NO_GROUP, openLogsService, refusalOf, type LogsService } from '../../support/logs-service.ts';

let service: LogsService;
before(async () => {
  service = await openLogsService();
});
after(() => service.close());

describe('behaviour', () => {
  test('tags are taken away, and what is not there is no error', async () => {
    const logGroupName = await service.group();
    const resourceArn = `arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}`;
    await service.client.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '2', c: '3' } }));
    await service.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a', 'missing'] }));
    await service.client.send(new UntagLogGroupCommand({ logGroupName, tags: ['b'] }));
    assert.deepEqual((await service.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags, { c: '3' });
  });
});

describe('validation', () => {
  test('the group must be there', async () => {
    const resourceArn = 'arn:aws:logs:us-east-1:000000000000:log-group:missing';
    assert.deepEqual(await refusalOf(service.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }))), NO_GROUP);
  });
});
