// Terraform and its AWS provider: makes queues with all that can be set on them, finds nothing to change afterwards, and removes them. Runs
// where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { findProgram, runProgram } from '../buckets/programs.ts';
import { openQueuesService, ROOT_KEY } from '../support/queues-service.ts';

const plugins = process.env['MAYFLY_TERRAFORM_PLUGINS'];
const reason =
  findProgram('terraform') === undefined
    ? 'terraform is not installed'
    : plugins === undefined
      ? 'MAYFLY_TERRAFORM_PLUGINS is not set'
      : false;

const CONFIGURATION = `
terraform {
  required_providers { aws = { source = "hashicorp/aws" } }
}
provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  default_tags { tags = { made_by = "terraform" } }
}
resource "aws_sqs_queue" "dead" {
  name                      = "terraform-dead"
  message_retention_seconds = 1209600
}
resource "aws_sqs_queue" "orders" {
  name                       = "terraform-orders"
  delay_seconds              = 5
  max_message_size           = 2048
  receive_wait_time_seconds  = 10
  visibility_timeout_seconds = 90
  redrive_policy             = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 4 })
  tags                       = { team = "blue" }
}
resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url            = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({ redrivePermission = "byQueue", sourceQueueArns = [aws_sqs_queue.orders.arn] })
}
resource "aws_sqs_queue_policy" "orders" {
  queue_url = aws_sqs_queue.orders.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "sns.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.orders.arn
      Condition = { ArnEquals = { "aws:SourceArn" = "arn:aws:sns:us-east-1:000000000000:orders" } }
    }]
  })
}
resource "aws_sqs_queue" "fifo" {
  name                        = "terraform-orders.fifo"
  fifo_queue                  = true
  content_based_deduplication = true
  deduplication_scope         = "messageGroup"
  fifo_throughput_limit       = "perMessageGroupId"
}
`;

test('Terraform applies, finds nothing to change, and destroys', { skip: reason }, async (t) => {
  const service = await openQueuesService();
  t.after(() => service.close());
  const cwd = mkdtempSync(join(tmpdir(), 'mayfly-terraform-'));
  t.after(() => rmSync(cwd, { recursive: true, force: true }));
  writeFileSync(join(cwd, 'main.tf'), CONFIGURATION);
  writeFileSync(
    join(cwd, 'terraform.rc'),
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(plugins)}\n  }\n}\n`,
  );
  const environment = {
    AWS_ENDPOINT_URL: service.endpoint,
    AWS_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    CHECKPOINT_DISABLE: '1',
    TF_CLI_CONFIG_FILE: join(cwd, 'terraform.rc'),
    TF_IN_AUTOMATION: '1',
  };
  const terraform = (...rest: readonly string[]) => runProgram({ program: 'terraform', arguments: rest, cwd, environment });
  await terraform('init', '-no-color');
  await terraform('apply', '-auto-approve', '-no-color');
  const { QueueUrls = [] } = await service.client.send(new ListQueuesCommand({}));
  assert.equal(QueueUrls.length, 3);
  // Exit code 2, and thus a rejection, would mean that something is to be changed.
  await terraform('plan', '-detailed-exitcode', '-no-color');
  await terraform('destroy', '-auto-approve', '-no-color');
  assert.equal((await service.client.send(new ListQueuesCommand({}))).QueueUrls, undefined);
});
