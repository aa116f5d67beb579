// CloudWatch Logs: every operation that is served, by name. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/

import { createLogGroup } from './create-log-group.ts';
import { createLogStream } from './create-log-stream.ts';
import { deleteLogGroup } from './delete-log-group.ts';
import { deleteLogStream } from './delete-log-stream.ts';
import { deleteRetentionPolicy } from './delete-retention-policy.ts';
import { describeLogGroups } from './describe-log-groups.ts';
import { describeLogStreams } from './describe-log-streams.ts';
import { describeMetricFilters } from './describe-metric-filters.ts';
import { deleteSubscriptionFilter } from './delete-subscription-filter.ts';
import { describeSubscriptionFilters } from './describe-subscription-filters.ts';
import { filterLogEvents } from './filter-log-events.ts';
import { getLogEvents } from './get-log-events.ts';
import { listLogGroups } from './list-log-groups.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { listTagsLogGroup } from './list-tags-log-group.ts';
import { putLogEvents } from './put-log-events.ts';
import { putLogGroupDeletionProtection } from './put-log-group-deletion-protection.ts';
import { putRetentionPolicy } from './put-retention-policy.ts';
import { putSubscriptionFilter } from './put-subscription-filter.ts';
import { startLiveTail } from './start-live-tail.ts';
import { tagLogGroup } from './tag-log-group.ts';
import { tagResource } from './tag-resource.ts';
import { testMetricFilter } from './test-metric-filter.ts';
import { untagLogGroup } from './untag-log-group.ts';
import { untagResource } from './untag-resource.ts';
import type { LogsHandlers, LogsRooms } from './operation.ts';

export function logsHandlers(rooms: LogsRooms): LogsHandlers {
  return {
    CreateLogGroup: createLogGroup(rooms),
    CreateLogStream: createLogStream(rooms),
    DeleteLogGroup: deleteLogGroup(rooms),
    DeleteLogStream: deleteLogStream(rooms),
    DeleteRetentionPolicy: deleteRetentionPolicy(rooms),
    DeleteSubscriptionFilter: deleteSubscriptionFilter(rooms),
    DescribeLogGroups: describeLogGroups(rooms),
    DescribeLogStreams: describeLogStreams(rooms),
    DescribeMetricFilters: describeMetricFilters(rooms),
    DescribeSubscriptionFilters: describeSubscriptionFilters(rooms),
    FilterLogEvents: filterLogEvents(rooms),
    GetLogEvents: getLogEvents(rooms),
    ListLogGroups: listLogGroups(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    ListTagsLogGroup: listTagsLogGroup(rooms),
    PutLogEvents: putLogEvents(rooms),
    PutLogGroupDeletionProtection: putLogGroupDeletionProtection(rooms),
    PutRetentionPolicy: putRetentionPolicy(rooms),
    PutSubscriptionFilter: putSubscriptionFilter(rooms),
    StartLiveTail: startLiveTail(rooms),
    TagLogGroup: tagLogGroup(rooms),
    TagResource: tagResource(rooms),
    TestMetricFilter: testMetricFilter(rooms),
    UntagLogGroup: untagLogGroup(rooms),
    UntagResource: untagResource(rooms),
  };
}
