// Tags that are settings of the platform: what functions may reach, and how many invocations share an instance.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import {
  ListTagsCommand,
  PublishVersionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
const retired: string[] = [];
before(async () => {
  plane = await openLambdaControlPlane({ networks: ['platform', 'none'] });
  plane.registry.onRetired((key) => void retired.push(key));
});
after(() => plane.close());
beforeEach(() => void (retired.length = 0));

const tag = (name: string, Tags: Record<string, string>) =>
  plane.client.send(new TagResourceCommand({ Resource: arnOf(name), Tags }));
const untag = (name: string, ...TagKeys: string[]) =>
  plane.client.send(new UntagResourceCommand({ Resource: arnOf(name), TagKeys }));
const resolve = (name: string, qualifier?: string) => plane.registry.resolve(SCOPE, { name: name as never, qualifier });

describe('validation', () => {
  const refusals: readonly (readonly [string, Record<string, string>, RegExp])[] = [
    ['an unknown setting', { 'mayfly:netwrok': 'none' }, /^The tag mayfly:netwrok cannot be honoured: .* mayfly:network, /],
    ['an unknown setting in other letters', { 'Mayfly:Network': 'none' }, /^The tag Mayfly:Network cannot be honoured/],
    ['a network of no kind', { 'mayfly:network': 'vpc' }, /is one of platform, internet, none, not "vpc"\.$/],
    [
      'a network that cannot be enforced here',
      { 'mayfly:network': 'internet' },
      /cannot be enforced on this machine.* only platform and none;/,
    ],
    ['no invocation at all', { 'mayfly:instance-concurrency': '0' }, /is a number from 1 to 64, not "0"/],
    ['too many at once', { 'mayfly:instance-concurrency': '65' }, /is a number from 1 to 64, not "65"/],
    ['many, more or less', { 'mayfly:instance-concurrency': '1e1' }, /is a number from 1 to 64/],
  ];
  for (const [index, [what, Tags, message]] of refusals.entries())
    it(`${what} is refused, at a creation and later`, async () => {
      const name = `tagged-${index}`;
      await assertRefused(plane.deploy(name, { Tags }), 'InvalidParameterValueException', message, 400);
      await plane.deploy(name);
      await assertRefused(tag(name, Tags), 'InvalidParameterValueException', message, 400);
      assert.deepEqual((await plane.client.send(new ListTagsCommand({ Resource: arnOf(name) }))).Tags, {});
    });

  it('several invocations in an instance are for Node.js alone, in every version', async () => {
    const Tags = { 'mayfly:instance-concurrency': '2' };
    const message = /cannot be honoured for the runtime python3\.12: only Node\.js/;
    await assertRefused(plane.deploy('snake', { Runtime: 'python3.12', Tags }), 'InvalidParameterValueException', message);
    await plane.deploy('grown', { Runtime: 'python3.12', Publish: true });
    await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'grown', Runtime: 'nodejs24.x' }));
    await plane.registry.idle();
    await assertRefused(tag('grown', Tags), 'InvalidParameterValueException', message);
    await plane.deploy('shrunk', { Tags });
    await assertRefused(
      plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'shrunk', Runtime: 'python3.12' })),
      'InvalidParameterValueException',
      message,
    );
  });
});

describe('behaviour', () => {
  it('without tags a function has the default network and an instance for each invocation', async () => {
    await plane.deploy('plain', { Tags: { 'mayfly:app': 'shop', team: 'a' } });
    const { network, instanceConcurrency } = await resolve('plain');
    assert.deepEqual([network, instanceConcurrency], ['platform', 1]);
  });

  it('a changed setting holds at once for every version, and ends the instances of all of them', async () => {
    await plane.deploy('changed');
    await plane.client.send(new PublishVersionCommand({ FunctionName: 'changed' }));
    const before = [await resolve('changed'), await resolve('changed', '1')];
    await tag('changed', { 'mayfly:network': 'none', 'mayfly:instance-concurrency': '64' });
    const now = [await resolve('changed'), await resolve('changed', '1')];
    assert.deepEqual(
      now.map(({ network, instanceConcurrency }) => [network, instanceConcurrency]),
      [
        ['none', 64],
        ['none', 64],
      ],
    );
    assert.deepEqual(retired.toSorted(), before.map(({ instanceKey }) => instanceKey).toSorted());
    assert.equal(new Set([...before, ...now].map(({ instanceKey }) => instanceKey)).size, 4);
  });

  it('UntagResource takes a setting back, and other tags leave the instances alone', async () => {
    await plane.deploy('untagged', { Tags: { 'mayfly:network': 'none' } });
    const { instanceKey } = await resolve('untagged');
    await tag('untagged', { team: 'b', 'mayfly:network': 'none' });
    assert.equal((await resolve('untagged')).instanceKey, instanceKey);
    await untag('untagged', 'mayfly:network');
    const now = await resolve('untagged');
    assert.equal(now.network, 'platform');
    assert.notEqual(now.instanceKey, instanceKey);
    assert.deepEqual(retired, [instanceKey]);
  });

  it('a network that was given once and cannot be enforced any more is not replaced by another', async () => {
    await plane.deploy('stranded', { Tags: { 'mayfly:network': 'none' } });
    plane.enforces(['platform']);
    // Anything that changes the function makes it be read anew.
    await tag('stranded', { team: 'c' });
    await assert.rejects(resolve('stranded'), {
      code: 'ResourceNotReadyException',
      message: /^The network none \(tag mayfly:network\) cannot be enforced on this machine/,
    });
  });
});
