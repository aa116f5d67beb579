// Terraform and its AWS provider: makes topics and subscriptions with all that can be set on them, finds nothing to change afterwards, and removes
// them. Runs where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListSubscriptionsCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { ROOT_KEY } from '../../support/one-service.ts';
import { openSnsService } from '../../support/sns-service.ts';
import { inTerraform, NO_TERRAFORM } from '../../support/terraform.ts';

const RESOURCES = `
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

test('Terraform applies, finds nothing to change, and destroys', { skip: NO_TERRAFORM }, async (t) => {
  const service = await openSnsService();
  t.after(() => service.close());
  await inTerraform(t, {
    endpoint: service.endpoint,
    key: ROOT_KEY,
    resources: RESOURCES,
    async whenApplied() {
      assert.equal((await service.client.send(new ListTopicsCommand({}))).Topics?.length, 3);
      assert.equal((await service.client.send(new ListSubscriptionsCommand({}))).Subscriptions?.length, 3);
    },
  });
  assert.deepEqual((await service.client.send(new ListTopicsCommand({}))).Topics, []);
});
