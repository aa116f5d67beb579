// Terraform and its AWS provider: makes topics and subscriptions with all that can be set on them, finds nothing to change afterwards, and removes
// them. Runs where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ListSubscriptionsCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { findProgram, runProgram } from '../../buckets/programs.ts';
import { openSnsService, ROOT_KEY } from '../../support/sns-service.ts';

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
resource "aws_sns_topic" "bare" { name = "terraform-bare" }
resource "aws_sns_topic" "orders" {
  name              = "terraform-orders"
  display_name      = "Orders"
  signature_version = 2
  tracing_config    = "PassThrough"
  tags              = { team = "blue" }
  delivery_policy = jsonencode({
    http = {
      defaultHealthyRetryPolicy = {
        minDelayTarget = 20, maxDelayTarget = 20, numRetries = 3, numMaxDelayRetries = 0, numNoDelayRetries = 0
        numMinDelayRetries = 0, backoffFunction = "linear"
      }
      disableSubscriptionOverrides = false
      defaultThrottlePolicy        = { maxReceivesPerSecond = 1 }
    }
  })
}
resource "aws_sns_topic" "fifo" {
  name                        = "terraform-orders.fifo"
  fifo_topic                  = true
  content_based_deduplication = true
  fifo_throughput_scope       = "MessageGroup"
}
resource "aws_sns_topic_policy" "bare" {
  arn = aws_sns_topic.bare.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "SNS:Publish"
      Resource  = aws_sns_topic.bare.arn
      Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:events:*:*:rule/*" } }
    }]
  })
}
resource "aws_sns_topic_subscription" "queue" {
  topic_arn            = aws_sns_topic.orders.arn
  protocol             = "sqs"
  endpoint             = "arn:aws:sqs:us-east-1:000000000000:orders"
  raw_message_delivery = true
  filter_policy        = jsonencode({ store = ["a", { prefix = "b" }], price = [{ numeric = [">", 0] }] })
  filter_policy_scope  = "MessageBody"
  redrive_policy       = jsonencode({ deadLetterTargetArn = "arn:aws:sqs:us-east-1:000000000000:dead" })
}
resource "aws_sns_topic_subscription" "function" {
  topic_arn = aws_sns_topic.bare.arn
  protocol  = "lambda"
  endpoint  = "arn:aws:lambda:us-east-1:000000000000:function:orders"
}
resource "aws_sns_topic_subscription" "fifo" {
  topic_arn = aws_sns_topic.fifo.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:us-east-1:000000000000:orders.fifo"
}
`;

test('Terraform applies, finds nothing to change, and destroys', { skip: reason }, async (t) => {
  const service = await openSnsService();
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
  assert.equal((await service.client.send(new ListTopicsCommand({}))).Topics?.length, 3);
  assert.equal((await service.client.send(new ListSubscriptionsCommand({}))).Subscriptions?.length, 3);
  // Exit code 2, and thus a rejection, would mean that something is to be changed.
  await terraform('plan', '-detailed-exitcode', '-no-color');
  await terraform('destroy', '-auto-approve', '-no-color');
  assert.deepEqual((await service.client.send(new ListTopicsCommand({}))).Topics, []);
});
