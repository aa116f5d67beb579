// Functions that keep tenants apart, with the real client on the real platform. https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CreateFunctionUrlConfigCommand, GetFunctionCommand, UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { assertRefused } from '../../support/lambda-control-plane.ts';
import { runPlatform } from '../../support/running-platform.ts';
import type { RunningPlatform } from '../../support/running-platform.ts';

/** Remembers, within its process, whom it has served. */
const SOURCE = `
  const served = [];
  export const handler = async (event, context) => {
    served.push(context.tenantId);
    if (event.pauseMs) await new Promise((resolve) => setTimeout(resolve, event.pauseMs));
    return { tenantId: context.tenantId, served };
  };`;

interface Answer {
  readonly tenantId?: string;
  readonly served: readonly string[];
}

let platform: RunningPlatform;
before(async () => {
  platform = await runPlatform();
  await platform.deploy('isolated', SOURCE, { TenancyConfig: { TenantIsolationMode: 'PER_TENANT' } });
  await platform.deploy('shared', SOURCE);
});
after(() => platform.close());

const invokeFor = async (TenantId: string, payload: object = {}) =>
  (await platform.invoke('isolated', payload, { TenantId })).document as Answer;

test('an instance serves one tenant, whose id its handler sees', async () => {
  assert.deepEqual(await invokeFor('blue'), { tenantId: 'blue', served: ['blue'] });
  assert.deepEqual(await invokeFor('green'), { tenantId: 'green', served: ['green'] });
  assert.deepEqual(await invokeFor('blue'), { tenantId: 'blue', served: ['blue', 'blue'] }, 'warm');
  const tenants = ['blue', 'green', 'red: a/b', 'blue', 'green', 'blue'];
  const answers = await Promise.all(tenants.map((tenant) => invokeFor(tenant, { pauseMs: 20 })));
  answers.forEach(({ tenantId, served }, index) => {
    assert.equal(tenantId, tenants[index]);
    assert.deepEqual(new Set(served), new Set([tenantId]));
  });
});

test('other functions have no tenant in their context', async () => {
  const { document } = await platform.invoke('shared', {});
  assert.equal((document as Answer).tenantId, undefined);
});

test('a call says whom it is for exactly where that matters', async () => {
  const missing =
    'The invoked function is enabled with tenancy configuration. Add a valid tenant ID in your request and try again.';
  const superfluous =
    'The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request and try again.';
  await assertRefused(platform.invoke('isolated', {}), 'InvalidParameterValueException', missing, 400);
  await assertRefused(platform.invoke('isolated', {}, { InvocationType: 'Event' }), 'InvalidParameterValueException', missing);
  await assertRefused(platform.invoke('shared', {}, { TenantId: 'blue' }), 'InvalidParameterValueException', superfluous);
  await assertRefused(platform.invoke('isolated', {}, { TenantId: 'no{braces}' }), 'ValidationException', /tenantId|TenantId/);
  const { StatusCode } = await platform.invoke('isolated', {}, { TenantId: 'blue', InvocationType: 'Event' });
  assert.equal(StatusCode, 202);
});

test('it is decided at the creation, is shown, survives updates, and excludes what cannot say for whom it calls', async () => {
  const shown = async (FunctionName: string) =>
    (await platform.lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.TenancyConfig;
  assert.deepEqual(await shown('isolated'), { TenantIsolationMode: 'PER_TENANT' });
  assert.equal(await shown('shared'), undefined);
  await platform.lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'isolated', Description: 'changed' }));
  assert.deepEqual(await shown('isolated'), { TenantIsolationMode: 'PER_TENANT' });
  await assertRefused(
    platform.lambda.send(new CreateFunctionUrlConfigCommand({ FunctionName: 'isolated', AuthType: 'NONE' })),
    'InvalidParameterValueException',
    /tenant isolation/,
  );
  await assertRefused(
    platform.deploy('both', SOURCE, {
      TenancyConfig: { TenantIsolationMode: 'PER_TENANT' },
      SnapStart: { ApplyOn: 'PublishedVersions' },
    }),
    'InvalidParameterValueException',
    /SnapStart is not supported/,
  );
});
