// Tags of state machines and activities. https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateActivityCommand, ListTagsForResourceCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-sfn';
import { arnOf, openSfnService, refusalOf, type SfnService } from '../../support/sfn-service.ts';

let service: SfnService;
before(async () => {
  service = await openSfnService();
});
after(() => service.close());

const tag = (resourceArn: string, ...keys: readonly string[]) =>
  service.client.send(new TagResourceCommand({ resourceArn, tags: keys.map((key) => ({ key, value: `of ${key}` })) }));
const untag = (resourceArn: string, ...tagKeys: string[]) =>
  service.client.send(new UntagResourceCommand({ resourceArn, tagKeys }));
const tagsOf = async (resourceArn: string) => {
  const { tags = [] } = await service.client.send(new ListTagsForResourceCommand({ resourceArn }));
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
};
const activity = async () => {
  const tags = [{ key: 'made', value: 'so' }];
  const { activityArn = '' } = await service.client.send(new CreateActivityCommand({ name: service.freshName(), tags }));
  return activityArn;
};

describe('serialisation', () => {
  test('tags are given when something is made, and later', async () => {
    const tags = [
      { key: 'made', value: 'so' },
      { key: '__proto__', value: 'x' },
    ];
    const machine = await service.create({ tags });
    for (const arn of [machine, await activity()]) {
      await tag(arn, 'a', 'b');
      await untag(arn, 'b', 'nothing');
      assert.deepEqual({ ...(await tagsOf(arn)), ['__proto__']: undefined }, { made: 'so', a: 'of a', ['__proto__']: undefined });
    }
    assert.equal(Object.hasOwn(await tagsOf(machine), '__proto__'), true);
  });
});

describe('validation', () => {
  test('reserved keys, and too many', async () => {
    for (const arn of [await service.create(), await activity()]) {
      assert.equal((await refusalOf(tag(arn, 'aws:x'))).name, 'ValidationException');
      await tag(arn, ...Array.from({ length: 49 }, (_, index) => `k${index}`));
      const refusal = await refusalOf(tag(arn, 'y', 'z'));
      assert.deepEqual([refusal.name, refusal.status], ['TooManyTags', 400]);
    }
  });

  test('what is not there, and what has none', async () => {
    for (const arn of [arnOf('stateMachine', 'nowhere'), arnOf('activity', 'nowhere')]) {
      const refusals = await Promise.all([tag(arn, 'a'), untag(arn, 'a'), tagsOf(arn)].map(refusalOf));
      assert.deepEqual(
        refusals.map(({ name, status }) => [name, status]),
        Array.from({ length: 3 }, () => ['ResourceNotFound', 404]),
      );
    }
    assert.equal((await refusalOf(tagsOf(arnOf('execution', 'a:b')))).name, 'InvalidArn');
  });
});

describe('behaviour', () => {
  test('a tag that is given again has its new value', async () => {
    const arn = await service.create({ tags: [{ key: 'a', value: 'old' }] });
    await tag(arn, 'a');
    assert.deepEqual(await tagsOf(arn), { a: 'of a' });
  });
});
