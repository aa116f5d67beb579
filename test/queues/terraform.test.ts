// Terraform and its AWS provider: makes queues with all that can be set on them, finds nothing to change afterwards, and removes them. Runs
// where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { ROOT_KEY } from '../support/one-service.ts';
import { openQueuesService } from '../support/queues-service.ts';
import { inTerraform, NO_TERRAFORM } from '../support/terraform.ts';

const RESOURCES = `
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

test('Terraform applies, finds nothing to change, and destroys', { skip: NO_TERRAFORM }, async (t) => {
  const service = await openQueuesService();
  t.after(() => service.close());
  await inTerraform(t, {
    endpoint: service.endpoint,
    key: ROOT_KEY,
    resources: RESOURCES,
    async whenApplied() {
      const { QueueUrls = [] } = await service.client.send(new ListQueuesCommand({}));
      assert.equal(QueueUrls.length, 3);
    },
  });
  assert.equal((await service.client.send(new ListQueuesCommand({}))).QueueUrls, undefined);
});
