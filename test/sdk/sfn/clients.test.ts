// AWS's own tools against a real gateway, with each version that is installed here; skipped where none is.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { CLIS, PYTHONS, toolEnvironment } from '../../support/aws-tools.ts';
import { arnOf, openSfnService, PASS, ROLE_ARN, ROOT_KEY, type SfnService } from '../../support/sfn-service.ts';

const run = promisify(execFile);

let service: SfnService;
before(async () => {
  service = await openSfnService();
});
after(() => service.close());

const environment = () => toolEnvironment(service.endpoint, ROOT_KEY);

describe('AWS CLI', { skip: CLIS.length === 0 ? 'no AWS CLI is installed' : false }, () => {
  for (const { command, version } of CLIS) {
    const aws = async (...words: readonly string[]) => {
      const { stdout } = await run(command, ['--endpoint-url', service.endpoint, 'stepfunctions', ...words, '--output', 'json'], {
        env: environment(),
      });
      return stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
    };

    test(`${version} makes a machine, runs it and reads its history`, async () => {
      const name = `cli-${version.replaceAll(/[^\w.]/g, '-')}`;
      const machine = ['--name', name, '--definition', PASS, '--role-arn', ROLE_ARN];
      const made = await aws('create-state-machine', ...machine, '--tags', 'key=env,value=test');
      const arn = arnOf('stateMachine', name);
      assert.equal(made['stateMachineArn'], arn);
      const started = await aws('start-execution', '--state-machine-arn', arn, '--name', 'x', '--input', '{"a":1}');
      const executionArn = String(started['executionArn']);
      await service.ended(executionArn);
      const described = await aws('describe-execution', '--execution-arn', executionArn);
      assert.deepEqual([described['status'], described['output']], ['SUCCEEDED', '{"a":1}']);
      const history = (await aws('get-execution-history', '--execution-arn', executionArn)) as { events: { type: string }[] };
      assert.equal(history.events.at(-1)?.type, 'ExecutionSucceeded');
      await aws('delete-state-machine', '--state-machine-arn', arn);
    });
  }
});

const SCRIPT = `
import boto3, sys
from botocore.config import Config
client = boto3.client('stepfunctions', endpoint_url=sys.argv[1], config=Config(inject_host_prefix=False))
definition, role = sys.argv[2], sys.argv[3]
quick = client.create_state_machine(name='py', definition=definition, roleArn=role, type='EXPRESS')['stateMachineArn']
answer = client.start_sync_execution(stateMachineArn=quick, input='{"a": 1}')
print(answer['status'], answer['output'], answer['billingDetails']['billedMemoryUsedInMB'])
try:
    client.create_state_machine(name='py', definition=definition, roleArn=role)
except client.exceptions.StateMachineAlreadyExists as error:
    print(error.response['Error']['Code'])
print(client.test_state(definition='{"Type": "Pass", "Next": "B"}', input='{"b": 2}')['nextState'])
print(client.validate_state_machine_definition(definition='{}')['result'])
activity = client.create_activity(name='py')['activityArn']
print(activity in [a['activityArn'] for page in client.get_paginator('list_activities').paginate() for a in page['activities']])
client.delete_state_machine(stateMachineArn=quick)
try:
    client.describe_state_machine(stateMachineArn=quick)
except client.exceptions.StateMachineDoesNotExist as error:
    print(error.response['Error']['Code'])
`;

describe('boto3', { skip: PYTHONS.length === 0 ? 'no boto3 is installed' : false }, () => {
  for (const { command, version } of PYTHONS) {
    test(`${version} makes and runs an express machine, tests a state, and knows the errors`, async () => {
      const { stdout } = await run(command, ['-c', SCRIPT, service.endpoint, PASS, ROLE_ARN], { env: environment() });
      assert.deepEqual(stdout.trim().split('\n'), [
        'SUCCEEDED {"a":1} 64',
        'StateMachineAlreadyExists',
        'B',
        'FAIL',
        'True',
        'StateMachineDoesNotExist',
      ]);
    });
  }
});
