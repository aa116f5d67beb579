// TagResource, UntagResource, ListTags. https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { GetFunctionCommand, ListTagsCommand, TagResourceCommand, UntagResourceCommand } from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  await plane.deploy('f', { Tags: { A: 'first' } });
});
after(() => plane.close());

const tag = (Resource: string, Tags: Record<string, string>) => plane.client.send(new TagResourceCommand({ Resource, Tags }));
const untag = (Resource: string, TagKeys: string[]) => plane.client.send(new UntagResourceCommand({ Resource, TagKeys }));
const tags = async (Resource: string) => (await plane.client.send(new ListTagsCommand({ Resource }))).Tags;

describe('serialisation', () => {
  it('adds, replaces and removes', async () => {
    assert.equal((await tag(arnOf('f'), { B: 'ü', C: '' })).$metadata.httpStatusCode, 204);
    assert.deepEqual(await tags(arnOf('f')), { A: 'first', B: 'ü', C: '' });
    await tag(arnOf('f'), { A: 'second', 'with space/and:more': 'x@y' });
    await untag(arnOf('f'), ['B', 'C', 'not there']);
    assert.deepEqual(await tags(arnOf('f')), { A: 'second', 'with space/and:more': 'x@y' });
  });
});

describe('validation', () => {
  it('what is not there, what is no function, what is a version', async () => {
    await assertRefused(tag(arnOf('nope'), { a: 'b' }), 'ResourceNotFoundException', `Function not found: ${arnOf('nope')}`, 404);
    await assertRefused(tags('arn:aws:lambda:us-east-1:000000000000:foobar:x'), 'ValidationException', /'resource'/);
    await assertRefused(
      tag(arnOf('f', '1'), { a: 'b' }),
      'InvalidParameterValueException',
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    );
    const mapping = 'arn:aws:lambda:us-east-1:000000000000:event-source-mapping:01234567-89ab-cdef-0123-456789abcdef';
    await assertRefused(tags(mapping), 'ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    const signing = 'arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-0123456789abcdefg';
    await assertRefused(tags(signing), 'ResourceNotFoundException', /only functions and event source mappings have tags/);
  });

  it('no tags, too many, reserved ones', async () => {
    await assertRefused(
      tag(arnOf('f'), {}),
      'InvalidParameterValueException',
      'An error occurred and the request cannot be processed.',
    );
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, 'x']));
    await assertRefused(tag(arnOf('f'), many), 'InvalidParameterValueException', 'Number of tags exceeds resource tag limit.');
    await assertRefused(tag(arnOf('f'), { 'AWS:x': 'y' }), 'InvalidParameterValueException', /reserved/);
  });
});

describe('behaviour', () => {
  it('GetFunction shows them, under a new revision', async () => {
    const before = await plane.client.send(new GetFunctionCommand({ FunctionName: 'f' }));
    await tag(arnOf('f'), { D: 'd' });
    const now = await plane.client.send(new GetFunctionCommand({ FunctionName: 'f' }));
    assert.equal(now.Tags?.['D'], 'd');
    assert.notEqual(now.Configuration?.RevisionId, before.Configuration?.RevisionId);
    await untag(arnOf('f'), Object.keys(now.Tags ?? {}));
    assert.equal((await plane.client.send(new GetFunctionCommand({ FunctionName: 'f' }))).Tags, undefined);
  });
});
