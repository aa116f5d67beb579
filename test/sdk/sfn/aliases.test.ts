// Aliases: https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html and the operations beside it

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateStateMachineAliasCommand,
  DeleteStateMachineAliasCommand,
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  ListStateMachineAliasesCommand,
  UpdateStateMachineAliasCommand,
  UpdateStateMachineCommand,
  type CreateStateMachineAliasCommandInput,
} from '@aws-sdk/client-sfn';
import { arnOf, definitionOf, openSfnService, refusalOf, type SfnService } from '../../support/sfn-service.ts';

let service: SfnService;
before(async () => {
  service = await openSfnService();
});
after(() => service.close());

/** With versions 1 and 2. */
async function machineOfTwo(): Promise<string> {
  const stateMachineArn = await service.create({ publish: true });
  const definition = definitionOf({ A: { Type: 'Pass', End: true } });
  await service.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition, publish: true }));
  return stateMachineArn;
}

const routes = (machine: string, ...weights: readonly number[]) =>
  weights.map((weight, index) => ({ stateMachineVersionArn: `${machine}:${index + 1}`, weight }));
const create = (input: CreateStateMachineAliasCommandInput) => service.client.send(new CreateStateMachineAliasCommand(input));
const describeAlias = async (stateMachineAliasArn: string) => {
  const { $metadata: _metadata, ...alias } = await service.client.send(
    new DescribeStateMachineAliasCommand({ stateMachineAliasArn }),
  );
  return alias;
};
const update = (stateMachineAliasArn: string, change: object) =>
  service.client.send(new UpdateStateMachineAliasCommand({ stateMachineAliasArn, ...change }));
const remove = (stateMachineAliasArn: string) => service.client.send(new DeleteStateMachineAliasCommand({ stateMachineAliasArn }));
const list = async (stateMachineArn: string, page: object = {}) => {
  const { stateMachineAliases = [], nextToken } = await service.client.send(
    new ListStateMachineAliasesCommand({ stateMachineArn, ...page }),
  );
  return { names: stateMachineAliases.map(({ stateMachineAliasArn = '' }) => stateMachineAliasArn.split(':').at(-1)), nextToken };
};

describe('serialisation', () => {
  test('an alias comes back as it was made', async () => {
    const machine = await machineOfTwo();
    const routingConfiguration = routes(machine, 90, 10);
    const { stateMachineAliasArn = '', creationDate } = await create({
      name: 'live-1.x',
      description: 'careful',
      routingConfiguration,
    });
    assert.equal(stateMachineAliasArn, `${machine}:live-1.x`);
    assert.deepEqual(await describeAlias(stateMachineAliasArn), {
      stateMachineAliasArn,
      name: 'live-1.x',
      description: 'careful',
      routingConfiguration,
      creationDate,
      updateDate: creationDate,
    });
  });
});

describe('validation', () => {
  let machine = '';
  before(async () => {
    machine = await machineOfTwo();
  });
  const refused = async (input: Partial<CreateStateMachineAliasCommandInput>, name: string, message: RegExp) => {
    const refusal = await refusalOf(create({ name: 'refused', routingConfiguration: routes(machine, 100), ...input }));
    assert.equal(refusal.name, name, refusal.message);
    assert.match(refusal.message, message);
  };

  test('names', async () => {
    for (const name of ['1', '123', 'a b', 'a:b', 'ä', 'x'.repeat(81), ''])
      await refused({ name }, 'ValidationException', /failed to satisfy constraint/);
  });

  test('routes', async () => {
    const invalid = 'ValidationException';
    await refused({ routingConfiguration: [] }, invalid, /length greater than or equal to 1/);
    await refused({ routingConfiguration: routes(machine, 50, 25, 25) }, invalid, /length less than or equal to 2/);
    await refused(
      { routingConfiguration: routes(machine, 50, 49) },
      invalid,
      /^Sum of routing configuration weights must equal 100\. Received: \[50, 49\]$/,
    );
    await refused({ routingConfiguration: routes(machine, 101) }, invalid, /value less than or equal to 100/);
    const [one] = routes(machine, 50);
    await refused({ routingConfiguration: [one, one] as never }, invalid, /distinct state machine version ARNs/);
    const [other] = routes(await machineOfTwo(), 50);
    await refused({ routingConfiguration: [one, other] as never }, invalid, /versions of one state machine/);
    const at = (stateMachineVersionArn: string) => [{ stateMachineVersionArn, weight: 100 }];
    await refused({ routingConfiguration: at(machine) }, 'InvalidArn', /not the ARN of a version/);
    await refused({ routingConfiguration: at(`${machine}:9`) }, 'ResourceNotFound', /:9'$/);
    await refused({ routingConfiguration: at(`${arnOf('stateMachine', 'nowhere')}:1`) }, 'ResourceNotFound', /nowhere/);
  });

  test('aliases that are not there', async () => {
    for (const asked of [describeAlias(`${machine}:nobody`), update(`${machine}:nobody`, { description: 'x' })]) {
      const { name, status } = await refusalOf(asked);
      assert.deepEqual([name, status], ['ResourceNotFound', 404]);
    }
    assert.equal((await refusalOf(describeAlias(machine))).name, 'InvalidArn');
    await remove(`${machine}:nobody`);
    const nowhere = `${arnOf('stateMachine', 'nowhere')}:live`;
    assert.equal((await refusalOf(update(nowhere, { description: 'x' }))).name, 'ResourceNotFound');
    await remove(nowhere);
  });

  test('an update that says nothing, or leads to another machine', async () => {
    const { stateMachineAliasArn = '' } = await create({ name: 'asked', routingConfiguration: routes(machine, 100) });
    await assert.rejects(update(stateMachineAliasArn, {}), {
      name: 'ValidationException',
      reason: 'MISSING_REQUIRED_PARAMETER',
    });
    const routingConfiguration = routes(await machineOfTwo(), 100);
    await assert.rejects(update(stateMachineAliasArn, { routingConfiguration }), {
      name: 'ValidationException',
      reason: 'INVALID_ROUTING_CONFIGURATION',
    });
  });
});

describe('behaviour', () => {
  test('the same request again is answered the same; another one is a conflict', async () => {
    const machine = await machineOfTwo();
    const input = { name: 'twice', routingConfiguration: routes(machine, 100) };
    assert.deepEqual((await create(input)).creationDate, (await create(input)).creationDate);
    assert.deepEqual(await refusalOf(create({ ...input, routingConfiguration: routes(machine, 50, 50) })), {
      name: 'ConflictException',
      message: 'Failed to create alias because an alias with the same name and a different routing configuration already exists.',
      status: 409,
    });
  });

  test('an update changes what it says', async () => {
    const machine = await machineOfTwo();
    const { stateMachineAliasArn = '' } = await create({
      name: 'live',
      description: 'a',
      routingConfiguration: routes(machine, 100),
    });
    await update(stateMachineAliasArn, { routingConfiguration: routes(machine, 20, 80) });
    const changed = await describeAlias(stateMachineAliasArn);
    assert.deepEqual([changed.description, changed.routingConfiguration], ['a', routes(machine, 20, 80)]);
    await update(stateMachineAliasArn, { description: 'b' });
    assert.deepEqual((await describeAlias(stateMachineAliasArn)).routingConfiguration, routes(machine, 20, 80));
  });

  test('lists begin with the newest: those of a machine, or those that lead to a version', async () => {
    const machine = await machineOfTwo();
    // Of one moment, the last by name comes first.
    await create({ name: 'a', routingConfiguration: routes(machine, 100) });
    await create({ name: 'b', routingConfiguration: routes(machine, 40, 60) });
    await create({ name: 'c', routingConfiguration: routes(machine, 100) });
    const first = await list(machine, { maxResults: 2 });
    assert.deepEqual(first.names, ['c', 'b']);
    assert.deepEqual(await list(machine, { nextToken: first.nextToken }), { names: ['a'], nextToken: undefined });
    assert.deepEqual((await list(`${machine}:2`)).names, ['b']);
    assert.deepEqual((await list(`${machine}:1`)).names, ['c', 'b', 'a']);
  });

  test('a draw follows the weights', async () => {
    const machine = await machineOfTwo();
    const { stateMachineAliasArn = '' } = await create({ name: 'live', routingConfiguration: routes(machine, 0, 100) });
    const [, , , region = '', account = ''] = machine.split(':');
    const drawn = await service.machines.runnable({ region, account } as never, stateMachineAliasArn);
    assert.deepEqual([drawn.versionArn, drawn.aliasArn], [`${machine}:2`, stateMachineAliasArn]);
  });

  test('an alias is no machine to be described', async () => {
    const machine = await machineOfTwo();
    const { stateMachineAliasArn } = await create({ name: 'live', routingConfiguration: routes(machine, 100) });
    const refusal = await refusalOf(
      service.client.send(new DescribeStateMachineCommand({ stateMachineArn: stateMachineAliasArn })),
    );
    assert.equal(refusal.name, 'InvalidArn');
    assert.match(refusal.message, /DescribeStateMachineAlias/);
  });
});
