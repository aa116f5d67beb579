// ListFunctions and ListVersionsByFunction. https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ListFunctionsCommand,
  ListVersionsByFunctionCommand,
  paginateListFunctions,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  for (const name of ['b', 'a', 'C', 'a-2']) await plane.deploy(name);
  for (const description of ['one', 'two', 'three']) {
    await plane.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'a', Description: description }));
    await plane.settled('a');
    await plane.client.send(new PublishVersionCommand({ FunctionName: 'a' }));
  }
});
after(() => plane.close());

async function everyArn(
  input: { readonly FunctionVersion?: 'ALL' },
  pageSize: number,
): Promise<readonly (readonly (string | undefined)[])[]> {
  const pages: (readonly (string | undefined)[])[] = [];
  for await (const { Functions = [] } of paginateListFunctions({ client: plane.client, pageSize }, input))
    pages.push(Functions.map(({ FunctionArn }) => FunctionArn));
  return pages;
}

const ALL = [
  arnOf('C', '$LATEST'),
  arnOf('a', '$LATEST'),
  arnOf('a', '1'),
  arnOf('a', '2'),
  arnOf('a', '3'),
  arnOf('a-2', '$LATEST'),
  arnOf('b', '$LATEST'),
];

describe('serialisation', () => {
  it('lists by name, without states, under plain ARNs', async () => {
    const { Functions = [], NextMarker } = await plane.client.send(new ListFunctionsCommand({}));
    assert.deepEqual(
      Functions.map(({ FunctionArn }) => FunctionArn),
      ['C', 'a', 'a-2', 'b'].map((name) => arnOf(name)),
    );
    assert.equal(NextMarker, undefined);
    assert.equal(Functions[0]?.State, undefined);
    assert.equal(Functions[0]?.Runtime, 'nodejs24.x');
  });

  it('FunctionVersion ALL lists every version under its own ARN', async () => {
    assert.deepEqual((await everyArn({ FunctionVersion: 'ALL' }, 50)).flat(), ALL);
  });
});

describe('validation', () => {
  it('a marker that is none, a page of none, an unknown FunctionVersion', async () => {
    await assertRefused(
      plane.client.send(new ListFunctionsCommand({ Marker: 'bogus' })),
      'InvalidParameterValueException',
      /marker/,
    );
    await assertRefused(plane.client.send(new ListFunctionsCommand({ MaxItems: 0 })), 'ValidationException', /'maxItems'/);
    await assertRefused(
      plane.client.send(new ListFunctionsCommand({ FunctionVersion: 'invalid' as 'ALL' })),
      'ValidationException',
      /'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: \[ALL\]/,
    );
    await assertRefused(
      plane.client.send(new ListVersionsByFunctionCommand({ FunctionName: 'nope' })),
      'ResourceNotFoundException',
      `Function not found: ${arnOf('nope')}`,
    );
  });
});

describe('behaviour', () => {
  it('pages of any size add up to the same list', async () => {
    for (const pageSize of [1, 2, 3, 7]) {
      const pages = await everyArn({ FunctionVersion: 'ALL' }, pageSize);
      assert.deepEqual(pages.flat(), ALL);
      assert.ok(pages.every((page) => page.length <= pageSize));
      assert.deepEqual(
        (await everyArn({}, pageSize)).flat(),
        ['C', 'a', 'a-2', 'b'].map((name) => arnOf(name)),
      );
    }
  });

  it('versions page too, $LATEST first', async () => {
    const first = await plane.client.send(new ListVersionsByFunctionCommand({ FunctionName: 'a', MaxItems: 2 }));
    const second = await plane.client.send(
      new ListVersionsByFunctionCommand({ FunctionName: 'a', MaxItems: 2, Marker: first.NextMarker }),
    );
    assert.deepEqual(
      [...(first.Versions ?? []), ...(second.Versions ?? [])].map(({ Version }) => Version),
      ['$LATEST', '1', '2', '3'],
    );
    assert.equal(second.NextMarker, undefined);
  });
});
