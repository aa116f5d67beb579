// Terraform and its AWS provider: makes a state machine with an alias and an activity, finds nothing to change afterwards, changes them, and removes them.
// Runs where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeStateMachineAliasCommand,
  DescribeStateMachineCommand,
  ListActivitiesCommand,
  ListStateMachinesCommand,
} from '@aws-sdk/client-sfn';
import { arnOf, LOG_GROUP_ARN, openSfnService, ROLE_ARN, ROOT_KEY, type SfnService } from '../../support/sfn-service.ts';
import { inTerraform, NO_TERRAFORM } from '../../support/terraform.ts';

const resources = (comment: string, weight: number) => `
resource "aws_sfn_activity" "ship" {
  name = "terraform-ship"
  tags = { team = "orders" }
}
resource "aws_sfn_state_machine" "order" {
  name       = "terraform-order"
  role_arn   = "${ROLE_ARN}"
  publish    = true
  definition = jsonencode({
    Comment = "${comment}"
    StartAt = "Ship"
    States = { Ship = { Type = "Task", Resource = aws_sfn_activity.ship.id, End = true } }
  })
  logging_configuration {
    log_destination        = "${LOG_GROUP_ARN}"
    include_execution_data = true
    level                  = "ERROR"
  }
  tags = { team = "orders" }
}
resource "aws_sfn_state_machine" "quick" {
  name_prefix = "terraform-quick"
  role_arn    = "${ROLE_ARN}"
  type        = "EXPRESS"
  definition  = jsonencode({ StartAt = "Pass", States = { Pass = { Type = "Pass", End = true } } })
}
resource "aws_sfn_alias" "live" {
  name        = "live"
  description = "${comment}"
  routing_configuration {
    state_machine_version_arn = aws_sfn_state_machine.order.state_machine_version_arn
    weight                    = ${weight}
  }
${
  weight === 100
    ? ''
    : `  routing_configuration {
    state_machine_version_arn = "\${aws_sfn_state_machine.order.arn}:1"
    weight                    = ${100 - weight}
  }`
}
}
`;

test('Terraform applies, finds nothing to change, updates, and destroys', { skip: NO_TERRAFORM }, async (t) => {
  const service = await openSfnService();
  t.after(() => service.close());
  const { endpoint } = service;
  await inTerraform(t, {
    endpoint,
    key: ROOT_KEY,
    resources: resources('the first', 100),
    updated: resources('the second', 60),
    async whenApplied() {
      const order = await machineOf(service);
      assert.match(order.definition ?? '', /the first/);
      assert.deepEqual(order.loggingConfiguration?.destinations, [{ cloudWatchLogsLogGroup: { logGroupArn: LOG_GROUP_ARN } }]);
    },
    async whenUpdated() {
      assert.match((await machineOf(service)).definition ?? '', /the second/);
      const stateMachineAliasArn = `${arnOf('stateMachine', 'terraform-order')}:live`;
      const alias = await service.client.send(new DescribeStateMachineAliasCommand({ stateMachineAliasArn }));
      assert.deepEqual(
        alias.routingConfiguration?.map(({ stateMachineVersionArn = '', weight }) => [stateMachineVersionArn.slice(-2), weight]),
        [
          [':2', 60],
          [':1', 40],
        ],
      );
    },
  });
  assert.deepEqual((await service.client.send(new ListStateMachinesCommand({}))).stateMachines, []);
  assert.deepEqual((await service.client.send(new ListActivitiesCommand({}))).activities, []);
});

function machineOf({ client }: SfnService) {
  return client.send(new DescribeStateMachineCommand({ stateMachineArn: arnOf('stateMachine', 'terraform-order') }));
}
