// Terraform and its AWS provider: makes schedules and a group with all that can be set on them, finds nothing to change afterwards, and removes
// them. Runs where MAYFLY_TERRAFORM_PLUGINS names a folder (a "filesystem mirror") that holds the provider: nothing is downloaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListScheduleGroupsCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { ROOT_KEY } from '../../support/one-service.ts';
import { openSchedulerService } from '../../support/scheduler-service.ts';
import { inTerraform, NO_TERRAFORM } from '../../support/terraform.ts';

const RESOURCES = `
resource "aws_scheduler_schedule_group" "night" { name = "terraform-night" }
resource "aws_scheduler_schedule" "backup" {
  name                         = "terraform-backup"
  group_name                   = aws_scheduler_schedule_group.night.name
  schedule_expression          = "cron(0 3 ? * MON-FRI *)"
  schedule_expression_timezone = "Europe/Berlin"
  description                  = "Every working day"
  start_date                   = "2100-01-01T01:00:00Z"
  end_date                     = "2101-01-01T01:00:00Z"
  state                        = "DISABLED"
  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 5
  }
  target {
    arn      = "arn:aws:sqs:us-east-1:000000000000:backups.fifo"
    role_arn = "arn:aws:iam::000000000000:role/scheduler"
    input    = jsonencode({ a = 1 })
    retry_policy {
      maximum_event_age_in_seconds = 120
      maximum_retry_attempts       = 0
    }
    dead_letter_config { arn = "arn:aws:sqs:us-east-1:000000000000:dead" }
    sqs_parameters { message_group_id = "g" }
  }
}
resource "aws_scheduler_schedule" "hourly" {
  name                = "terraform-hourly"
  schedule_expression = "rate(1 hour)"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = "arn:aws:lambda:us-east-1:000000000000:function:hourly"
    role_arn = "arn:aws:iam::000000000000:role/scheduler"
  }
}
resource "aws_scheduler_schedule" "once" {
  name_prefix         = "terraform-once"
  schedule_expression = "at(2100-01-01T00:00:00)"
  flexible_time_window { mode = "OFF" }
  target {
    arn      = "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"
    role_arn = "arn:aws:iam::000000000000:role/scheduler"
    input    = jsonencode({ MessageBody = "x", QueueUrl = "http://127.0.0.1/000000000000/orders" })
  }
}
`;

test('Terraform applies, finds nothing to change, and destroys', { skip: NO_TERRAFORM }, async (t) => {
  const service = await openSchedulerService();
  t.after(() => service.close());
  await inTerraform(t, {
    endpoint: service.endpoint,
    key: ROOT_KEY,
    resources: RESOURCES,
    async whenApplied() {
      assert.equal((await service.client.send(new ListSchedulesCommand({}))).Schedules?.length, 3);
      assert.equal((await service.client.send(new ListScheduleGroupsCommand({}))).ScheduleGroups?.length, 2);
    },
  });
  assert.deepEqual((await service.client.send(new ListSchedulesCommand({}))).Schedules, []);
});
