// Reserved concurrency. https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionConcurrencyCommand,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import type { LambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { arnOf, assertRefused, openLambdaControlPlane } from '../../support/lambda-control-plane.ts';
import { SCOPE } from '../../support/temporary-registry.ts';

let plane: LambdaControlPlane;
before(async () => {
  plane = await openLambdaControlPlane();
  for (const name of ['f', 'g']) await plane.deploy(name);
});
after(() => plane.close());

const put = (FunctionName: string, ReservedConcurrentExecutions: number) =>
  plane.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
const get = async (FunctionName: string) =>
  (await plane.client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions;
const remove = (FunctionName: string) => plane.client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
const TOO_MUCH =
  "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";

describe('serialisation', () => {
  it('none, some, zero, none', async () => {
    assert.equal(await get('f'), undefined);
    assert.equal((await put('f', 1)).ReservedConcurrentExecutions, 1);
    assert.equal(await get('f'), 1);
    await put('f', 0);
    assert.equal(await get('f'), 0);
    assert.equal((await remove('f')).$metadata.httpStatusCode, 204);
    assert.equal(await get('f'), undefined);
  });
});

describe('validation', () => {
  it('functions alone, that are there, within what is left', async () => {
    await assertRefused(put('nope', 1), 'ResourceNotFoundException', `Function not found: ${arnOf('nope', '$LATEST')}`);
    await assertRefused(put(arnOf('f', '1'), 1), 'InvalidParameterValueException', /permitted on Lambda functions only/);
    await assertRefused(put('f', -1), 'ValidationException', /'reservedConcurrentExecutions'/);
    await assertRefused(put('f', 901), 'InvalidParameterValueException', TOO_MUCH);
  });
});

describe('behaviour', () => {
  it('the account keeps 100 for those that reserve nothing', async () => {
    await put('f', 500);
    await put('g', 400);
    await assertRefused(put('g', 401), 'InvalidParameterValueException', TOO_MUCH);
    await put('f', 499);
    await put('g', 401);
    const { AccountLimit } = await plane.client.send(new GetAccountSettingsCommand({}));
    assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 100);
    await remove('g');
    await put('f', 900);
  });

  it('two that reserve the same rest at once do not both get it', async () => {
    await remove('f');
    await remove('g');
    const outcomes = await Promise.allSettled([put('f', 600), put('g', 600)]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  it('invocations see it at once', async () => {
    await put('g', 0);
    assert.equal((await plane.registry.resolve(SCOPE, { name: 'g' as never })).reservedConcurrency, 0);
    await remove('g');
    assert.equal((await plane.registry.resolve(SCOPE, { name: 'g' as never })).reservedConcurrency, undefined);
  });
});
