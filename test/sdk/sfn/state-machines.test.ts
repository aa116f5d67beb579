// https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html and the operations beside it

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeStateMachineCommand,
  ListStateMachinesCommand,
  paginateListStateMachines,
  UpdateStateMachineCommand,
  type CreateStateMachineCommandInput,
  type UpdateStateMachineCommandInput,
} from '@aws-sdk/client-sfn';
import {
  arnOf,
  definitionOf,
  LOG_GROUP_ARN,
  openSfnService,
  PASS,
  refusalOf,
  ROLE_ARN,
  type SfnService,
} from '../../support/sfn-service.ts';

let service: SfnService;
before(async () => {
  const resourceRefusal = ({ arn }: { readonly arn: string }) => (arn.includes(':::ecs:') ? 'not here' : undefined);
  service = await openSfnService({ resourceRefusal });
});
after(() => service.close());

const create = (input: Partial<CreateStateMachineCommandInput>) =>
  service.client.send(new CreateStateMachineCommand({ name: service.freshName(), definition: PASS, roleArn: ROLE_ARN, ...input }));
const update = (input: UpdateStateMachineCommandInput) => service.client.send(new UpdateStateMachineCommand(input));
const remove = (stateMachineArn: string) => service.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
const describeMachine = async (stateMachineArn: string, includedData?: 'ALL_DATA' | 'METADATA_ONLY') => {
  const { $metadata: _metadata, ...machine } = await service.client.send(
    new DescribeStateMachineCommand({ stateMachineArn, includedData }),
  );
  return machine;
};
const OTHER = definitionOf({ Bye: { Type: 'Succeed' } });
const DEFAULTS = {
  loggingConfiguration: { level: 'OFF', includeExecutionData: false },
  tracingConfiguration: { enabled: false },
  encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
};

describe('serialisation', () => {
  test("what was not said has AWS's defaults", async () => {
    const { $metadata: _metadata, creationDate, ...created } = await create({ name: 'plain' });
    assert.deepEqual(created, { stateMachineArn: arnOf('stateMachine', 'plain') });
    assert.deepEqual(await describeMachine(arnOf('stateMachine', 'plain')), {
      stateMachineArn: arnOf('stateMachine', 'plain'),
      name: 'plain',
      status: 'ACTIVE',
      definition: PASS,
      roleArn: ROLE_ARN,
      type: 'STANDARD',
      creationDate,
      ...DEFAULTS,
    });
  });

  test('what was said comes back as it was', async () => {
    const said = {
      definition: `  ${PASS}\n`,
      type: 'EXPRESS',
      loggingConfiguration: {
        level: 'ERROR',
        includeExecutionData: true,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: LOG_GROUP_ARN } }],
      },
      tracingConfiguration: { enabled: false },
      encryptionConfiguration: { type: 'AWS_OWNED_KEY' },
    } as const satisfies Partial<CreateStateMachineCommandInput>;
    const { stateMachineArn = '' } = await create({ ...said, name: 'Größe-_.1+=@!' });
    const {
      creationDate: _date,
      stateMachineArn: _arn,
      status: _status,
      name,
      roleArn: _role,
      ...machine
    } = await describeMachine(stateMachineArn);
    assert.deepEqual(machine, said);
    assert.equal(name, 'Größe-_.1+=@!');
  });

  test('states are told of with the variables that they refer to', async () => {
    const definition = definitionOf({
      Keep: { Type: 'Pass', Assign: { order: 7 }, Next: 'Use' },
      Use: { Type: 'Pass', Parameters: { 'n.$': '$order' }, End: true },
    });
    assert.deepEqual((await describeMachine(await service.create({ definition }))).variableReferences, { Use: ['order'] });
    assert.equal((await describeMachine(await service.create())).variableReferences, undefined);
  });

  test('METADATA_ONLY leaves the definition out', async () => {
    assert.equal((await describeMachine(await service.create(), 'METADATA_ONLY')).definition, '{}');
  });
});

describe('validation', () => {
  const refused = async (input: Partial<CreateStateMachineCommandInput>, name: string, message: RegExp) => {
    const refusal = await refusalOf(create(input));
    assert.deepEqual([refusal.name, refusal.status], [name, 400], refusal.message);
    assert.match(refusal.message, message);
  };

  test('names', async () => {
    for (const name of [
      'a b',
      'a/b',
      'a:b',
      'a*',
      'a?',
      'a<b',
      'a{b',
      'a[b',
      'a"b',
      'a#b',
      'a%b',
      'a\\b',
      'a^b',
      'a|b',
      'a~b',
      'a`b',
      'a$b',
      'a&b',
      'a,b',
      'a;b',
      'a\u0085b',
    ])
      await refused({ name }, 'InvalidName', /^Invalid Name: '/);
    await refused({ name: 'x'.repeat(81) }, 'ValidationException', /length less than or equal to 80/);
    await refused({ name: '' }, 'ValidationException', /length greater than or equal to 1/);
  });

  test('definitions that are none', async () => {
    await refused({ definition: 'no JSON' }, 'InvalidDefinition', /^Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: /);
    await refused(
      { definition: JSON.stringify({ States: { A: { Type: 'Pass', End: true } } }) },
      'InvalidDefinition',
      /SCHEMA_VALIDATION_FAILED: .*StartAt.* at \//,
    );
    await refused(
      { definition: definitionOf({ A: { Type: 'Pass', Next: 'B' } }) },
      'InvalidDefinition',
      /^Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: /,
    );
    const long = definitionOf({ A: { Type: 'Pass', Comment: 'ü'.repeat(600_000), End: true } });
    await refused({ definition: long }, 'InvalidDefinition', /1048576 bytes/);
  });

  test('what express machines have not', async () => {
    const waits = definitionOf({
      A: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', Parameters: {}, End: true },
    });
    await refused({ definition: waits, type: 'EXPRESS' }, 'InvalidDefinition', /at \/States\/A/);
    await refused({ type: 'FAST' as never }, 'ValidationException', /enum value set/);
  });

  test('tasks that name what is not served here', async () => {
    const name = 'arn:aws:states:::ecs:runTask';
    const inner = { StartAt: 'Run', States: { Run: { Type: 'Task', Resource: name, Parameters: {}, End: true } } };
    await refused(
      { definition: definitionOf({ Both: { Type: 'Parallel', Branches: [inner], End: true } }) },
      'InvalidDefinition',
      /SCHEMA_VALIDATION_FAILED: The resource provided arn:aws:states:::ecs:runTask is not recognized\. not here at \/States\/Both\/Branches\[0\]\/States\/Run\/Resource/,
    );
  });

  test('roles', async () => {
    for (const roleArn of ['me', 'arn:aws:iam::1:role/x', 'arn:aws:iam::000000000000:user/x'])
      await refused({ roleArn }, 'InvalidArn', /^Invalid Role Arn: '/);
  });

  test('logging without a group, or with one that is not there', async () => {
    const logging = (loggingConfiguration: object) => ({ loggingConfiguration });
    const to = (logGroupArn: string) => [{ cloudWatchLogsLogGroup: { logGroupArn } }];
    await refused(logging({ level: 'ALL' }), 'InvalidLoggingConfiguration', /exactly one Log Destination/);
    const two = [...to(LOG_GROUP_ARN), ...to(LOG_GROUP_ARN)];
    await refused(logging({ level: 'ALL', destinations: two }), 'InvalidLoggingConfiguration', /exactly one Log Destination/);
    const bare = to(LOG_GROUP_ARN.replace(':*', ''));
    await refused(logging({ level: 'ALL', destinations: bare }), 'InvalidLoggingConfiguration', /ends with ":\*"/);
    const away = to(LOG_GROUP_ARN.replace('flows', 'nowhere'));
    await refused(logging({ level: 'ALL', destinations: away }), 'InvalidLoggingConfiguration', /Log Destination not found/);
  });

  test('what would have no effect is refused, not ignored', async () => {
    await refused({ tracingConfiguration: { enabled: true } }, 'InvalidTracingConfiguration', /X-Ray/);
    await refused(
      { encryptionConfiguration: { type: 'CUSTOMER_MANAGED_KMS_KEY', kmsKeyId: 'k' } },
      'InvalidEncryptionConfiguration',
      /keys of your own/,
    );
  });

  test('a description of a version that is not made', async () => {
    await refused({ versionDescription: 'x' }, 'ValidationException', /^Version description can only be set when publish is true$/);
  });

  test('tags', async () => {
    await refused({ tags: [{ key: 'aws:mine', value: 'x' }] }, 'ValidationException', /reserved/);
    for (const tag of [
      { key: 'a*', value: 'x' },
      { key: 'a', value: '\u{1f600}' },
    ])
      await refused({ tags: [tag] }, 'ValidationException', /may only contain/);
    const tags = Array.from({ length: 51 }, (_, index) => ({ key: `k${index}`, value: '' }));
    await refused({ tags }, 'TooManyTags', /more than 50/);
  });

  test('ARNs that are none, and machines that are not there', async () => {
    const asked = async (arn: string) => {
      const { name, message } = await refusalOf(describeMachine(arn));
      return [name, message];
    };
    assert.deepEqual(await asked('nonsense'), ['InvalidArn', "Invalid Arn: 'Invalid ARN prefix: nonsense'"]);
    assert.deepEqual(await asked(arnOf('activity', 'a')), [
      'InvalidArn',
      "Invalid Arn: 'Resource type not valid in this context: activity'",
    ]);
    const nowhere = arnOf('stateMachine', 'nowhere');
    const halfCharacter = arnOf('stateMachine', '\ud83d');
    assert.equal((await asked(halfCharacter))[0], 'InvalidArn');
    const missing = ['StateMachineDoesNotExist', `State Machine Does Not Exist: '${nowhere}'`];
    assert.deepEqual(await asked(nowhere), missing);
    assert.equal((await asked(`${nowhere}:1`))[0], 'StateMachineDoesNotExist');
    assert.equal((await asked(nowhere.replace('us-east-1', 'eu-west-1')))[0], 'StateMachineDoesNotExist');
    const refusal = await refusalOf(update({ stateMachineArn: nowhere, definition: PASS }));
    assert.deepEqual([refusal.name, refusal.message], missing);
  });

  test('an update that says nothing', async () => {
    const refusal = await refusalOf(update({ stateMachineArn: await service.create() }));
    assert.equal(refusal.name, 'MissingRequiredParameter');
    assert.match(refusal.message, /^Either the definition, the role ARN, the LoggingConfiguration/);
  });

  test('pages', async () => {
    const list = (input: object) => refusalOf(service.client.send(new ListStateMachinesCommand(input)));
    assert.equal((await list({ maxResults: 1001 })).name, 'ValidationException');
    assert.deepEqual(await list({ nextToken: 'mine' }), {
      name: 'InvalidToken',
      message: "Invalid Token: 'Invalid token'",
      status: 400,
    });
  });
});

describe('behaviour', () => {
  test('the same request again is answered the same, whatever its role and tags', async () => {
    const name = service.freshName();
    const first = await create({ name });
    const again = await create({ name, roleArn: `${ROLE_ARN}-2`, tags: [{ key: 'a', value: 'b' }] });
    assert.deepEqual([again.stateMachineArn, again.creationDate], [first.stateMachineArn, first.creationDate]);
    assert.equal((await describeMachine(first.stateMachineArn ?? '')).roleArn, ROLE_ARN);
  });

  test('another machine of the same name is refused', async () => {
    const name = service.freshName();
    await create({ name });
    const exists = {
      name: 'StateMachineAlreadyExists',
      message: `State Machine Already Exists: '${arnOf('stateMachine', name)}'`,
      status: 400,
    };
    for (const other of [{ definition: OTHER }, { type: 'EXPRESS' as const }, { publish: true }])
      assert.deepEqual(await refusalOf(create({ name, ...other })), exists);
  });

  test('of many who make the same machine at once, all are answered the same', async () => {
    const name = service.freshName();
    const made = await Promise.all(Array.from({ length: 8 }, () => create({ name })));
    assert.equal(new Set(made.map(({ creationDate }) => creationDate?.getTime())).size, 1);
  });

  test('an update changes what it says, and gives the revision an id', async () => {
    const stateMachineArn = await service.create();
    const first = await update({ stateMachineArn, definition: OTHER });
    assert.ok(first.revisionId !== undefined && first.updateDate instanceof Date);
    const changed = await describeMachine(stateMachineArn);
    assert.deepEqual([changed.definition, changed.roleArn, changed.revisionId], [OTHER, ROLE_ARN, first.revisionId]);
    const second = await update({ stateMachineArn, roleArn: `${ROLE_ARN}-2` });
    assert.notEqual(second.revisionId, first.revisionId);
    assert.deepEqual((await describeMachine(stateMachineArn)).definition, OTHER);
  });

  test('an update that changes nothing makes no revision', async () => {
    const stateMachineArn = await service.create();
    const { revisionId } = await update({ stateMachineArn, definition: OTHER });
    assert.equal((await update({ stateMachineArn, definition: OTHER, roleArn: ROLE_ARN })).revisionId, revisionId);
  });

  test('an update is checked by the type that the machine has', async () => {
    const stateMachineArn = await service.create({ type: 'EXPRESS' });
    const waits = definitionOf({ A: { Type: 'Task', Resource: arnOf('activity', 'a'), End: true } });
    assert.equal((await refusalOf(update({ stateMachineArn, definition: waits }))).name, 'InvalidDefinition');
  });

  test('a deleted machine is gone, and its name is free', async () => {
    const name = service.freshName();
    const stateMachineArn = await service.create({ name, publish: true });
    await remove(stateMachineArn);
    for (const arn of [stateMachineArn, `${stateMachineArn}:1`])
      assert.equal((await refusalOf(describeMachine(arn))).name, 'StateMachineDoesNotExist');
    await create({ name, definition: OTHER });
    assert.equal((await describeMachine(stateMachineArn)).definition, OTHER);
  });

  test('a machine that is not there is deleted already; a part of one is refused', async () => {
    await remove(arnOf('stateMachine', 'nowhere'));
    assert.equal((await refusalOf(remove(`${await service.create({ publish: true })}:1`))).name, 'ValidationException');
  });

  test('lists go by name, page by page', async () => {
    for (const name of ['list-b', 'list-a', 'list-c']) await create({ name, type: name === 'list-b' ? 'EXPRESS' : 'STANDARD' });
    const names: (string | undefined)[] = [];
    for await (const page of paginateListStateMachines({ client: service.client, pageSize: 2 }, {}))
      for (const machine of page.stateMachines ?? []) {
        if (machine.name === 'list-b') assert.equal(machine.type, 'EXPRESS');
        assert.equal(machine.stateMachineArn, arnOf('stateMachine', machine.name ?? ''));
        names.push(machine.name);
      }
    assert.deepEqual(
      names.filter((name) => name?.startsWith('list-')),
      ['list-a', 'list-b', 'list-c'],
    );
    assert.equal(new Set(names).size, names.length);
  });

  test('a distributed map is described by its label', async () => {
    const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, ...JSON.parse(PASS) };
    const stateMachineArn = await service.create({
      definition: definitionOf({ Each: { Type: 'Map', Label: 'each', ItemProcessor: processor, End: true } }),
    });
    const map = await describeMachine(`${stateMachineArn}/each`);
    assert.deepEqual([map.stateMachineArn, map.label], [`${stateMachineArn}/each`, 'each']);
    assert.equal((await refusalOf(describeMachine(`${stateMachineArn}/other`))).name, 'StateMachineDoesNotExist');
    await service.start(stateMachineArn);
    await assert.rejects(service.start(`${stateMachineArn}/other`), {
      name: 'ValidationException',
      reason: 'API_DOES_NOT_SUPPORT_LABELED_ARNS',
    });
  });
});
