// Versions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html and the operations beside it

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateStateMachineAliasCommand,
  CreateStateMachineCommand,
  DeleteStateMachineVersionCommand,
  DescribeStateMachineCommand,
  ListStateMachineVersionsCommand,
  PublishStateMachineVersionCommand,
  UpdateStateMachineCommand,
  type PublishStateMachineVersionCommandInput,
} from '@aws-sdk/client-sfn';
import { arnOf, definitionOf, openSfnService, PASS, refusalOf, ROLE_ARN, type SfnService } from '../../support/sfn-service.ts';

let service: SfnService;
before(async () => {
  service = await openSfnService();
});
after(() => service.close());

const publish = (input: PublishStateMachineVersionCommandInput) =>
  service.client.send(new PublishStateMachineVersionCommand(input));
const describeMachine = (stateMachineArn: string) => service.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
const update = (stateMachineArn: string, input: object) =>
  service.client.send(new UpdateStateMachineCommand({ stateMachineArn, ...input }));
const remove = (stateMachineVersionArn: string) =>
  service.client.send(new DeleteStateMachineVersionCommand({ stateMachineVersionArn }));
const list = async (stateMachineArn: string, page: object = {}) => {
  const { stateMachineVersions = [], nextToken } = await service.client.send(
    new ListStateMachineVersionsCommand({ stateMachineArn, ...page }),
  );
  return {
    numbers: stateMachineVersions.map(({ stateMachineVersionArn = '' }) => Number(stateMachineVersionArn.split(':').at(-1))),
    nextToken,
  };
};
const definition = (comment: string) => definitionOf({ A: { Type: 'Pass', End: true } }, { Comment: comment });

describe('serialisation', () => {
  test('a version is what the machine was', async () => {
    const stateMachineArn = await service.create();
    const { stateMachineVersionArn = '', creationDate } = await publish({ stateMachineArn, description: 'the first' });
    assert.equal(stateMachineVersionArn, `${stateMachineArn}:1`);
    await update(stateMachineArn, { definition: definition('new'), roleArn: `${ROLE_ARN}-2` });
    const version = await describeMachine(stateMachineVersionArn);
    assert.deepEqual(
      [version.stateMachineArn, version.definition, version.roleArn, version.description, version.creationDate],
      [stateMachineVersionArn, PASS, ROLE_ARN, 'the first', creationDate],
    );
  });

  test('machines are published as they are made and changed', async () => {
    const made = await service.client.send(
      new CreateStateMachineCommand({
        name: service.freshName(),
        definition: PASS,
        roleArn: ROLE_ARN,
        publish: true,
        versionDescription: 'd1',
      }),
    );
    const arn = made.stateMachineArn ?? '';
    assert.equal(made.stateMachineVersionArn, `${arn}:1`);
    const changed = await update(arn, { definition: definition('x'), publish: true, versionDescription: 'd2' });
    assert.equal(changed.stateMachineVersionArn, `${arn}:2`);
    assert.deepEqual(
      [(await describeMachine(`${arn}:1`)).description, (await describeMachine(`${arn}:2`)).description],
      ['d1', 'd2'],
    );
  });
});

describe('validation', () => {
  test('a revision that is not the current one', async () => {
    const stateMachineArn = await service.create();
    const { revisionId } = await update(stateMachineArn, { definition: definition('1') });
    const { revisionId: current } = await update(stateMachineArn, { definition: definition('2') });
    assert.deepEqual(await refusalOf(publish({ stateMachineArn, revisionId })), {
      name: 'ConflictException',
      message: `Failed to publish the State Machine version for revision ${revisionId}. The current State Machine revision is ${current}.`,
      status: 409,
    });
    assert.equal((await publish({ stateMachineArn, revisionId: current })).stateMachineVersionArn, `${stateMachineArn}:1`);
  });

  test('the first revision is called INITIAL', async () => {
    const stateMachineArn = await service.create();
    assert.equal((await publish({ stateMachineArn, revisionId: 'INITIAL' })).stateMachineVersionArn, `${stateMachineArn}:1`);
    await update(stateMachineArn, { definition: definition('1') });
    assert.equal((await refusalOf(publish({ stateMachineArn, revisionId: 'INITIAL' }))).name, 'ConflictException');
  });

  test('machines that are not there, and ARNs of something else', async () => {
    const nowhere = arnOf('stateMachine', 'nowhere');
    assert.equal((await refusalOf(publish({ stateMachineArn: nowhere }))).name, 'StateMachineDoesNotExist');
    assert.equal((await refusalOf(list(nowhere))).name, 'InvalidArn');
    await remove(`${nowhere}:1`);
    assert.equal((await refusalOf(remove(nowhere))).name, 'InvalidArn');
    assert.equal(
      (await refusalOf(publish({ stateMachineArn: nowhere, description: 'x'.repeat(257) }))).name,
      'ValidationException',
    );
  });

  test('a version that an alias leads to cannot be deleted', async () => {
    const stateMachineArn = await service.create({ publish: true });
    const routingConfiguration = [{ stateMachineVersionArn: `${stateMachineArn}:1`, weight: 100 }];
    await service.client.send(new CreateStateMachineAliasCommand({ name: 'live', routingConfiguration }));
    assert.deepEqual(await refusalOf(remove(`${stateMachineArn}:1`)), {
      name: 'ConflictException',
      message: 'Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]',
      status: 409,
    });
  });
});

describe('behaviour', () => {
  test('what did not change is published once', async () => {
    const stateMachineArn = await service.create();
    const first = await publish({ stateMachineArn });
    const again = await publish({ stateMachineArn, description: 'ignored' });
    assert.deepEqual([again.stateMachineVersionArn, again.creationDate], [first.stateMachineVersionArn, first.creationDate]);
    const unchanged = await update(stateMachineArn, { definition: PASS, publish: true });
    assert.equal(unchanged.stateMachineVersionArn, first.stateMachineVersionArn);
  });

  test('numbers are not given again, and lists begin with the newest', async () => {
    const stateMachineArn = await service.create();
    for (let number = 1; number <= 12; number += 1)
      await update(stateMachineArn, { definition: definition(`${number}`), publish: true });
    await remove(`${stateMachineArn}:12`);
    assert.equal((await publish({ stateMachineArn })).stateMachineVersionArn, `${stateMachineArn}:13`);
    const first = await list(stateMachineArn, { maxResults: 5 });
    assert.deepEqual(first.numbers, [13, 11, 10, 9, 8]);
    const second = await list(stateMachineArn, { maxResults: 100, nextToken: first.nextToken });
    assert.deepEqual(second, { numbers: [7, 6, 5, 4, 3, 2, 1], nextToken: undefined });
  });

  test('a deleted version is gone; one that is not there is deleted already', async () => {
    const stateMachineArn = await service.create({ publish: true });
    await remove(`${stateMachineArn}:1`);
    assert.equal((await refusalOf(describeMachine(`${stateMachineArn}:1`))).name, 'StateMachineDoesNotExist');
    await remove(`${stateMachineArn}:1`);
    assert.equal((await describeMachine(stateMachineArn)).definition, PASS);
  });
});
