// Step Functions: every operation that is served, by name. https://docs.aws.amazon.com/step-functions/latest/apireference/

import { createActivity } from './create-activity.ts';
import { createStateMachineAlias } from './create-state-machine-alias.ts';
import { createStateMachine } from './create-state-machine.ts';
import { deleteActivity } from './delete-activity.ts';
import { deleteStateMachineAlias } from './delete-state-machine-alias.ts';
import { deleteStateMachineVersion } from './delete-state-machine-version.ts';
import { deleteStateMachine } from './delete-state-machine.ts';
import { describeActivity } from './describe-activity.ts';
import { describeExecution } from './describe-execution.ts';
import { describeMapRun } from './describe-map-run.ts';
import { describeStateMachineAlias } from './describe-state-machine-alias.ts';
import { describeStateMachineForExecution } from './describe-state-machine-for-execution.ts';
import { describeStateMachine } from './describe-state-machine.ts';
import { getActivityTask } from './get-activity-task.ts';
import { getExecutionHistory } from './get-execution-history.ts';
import { listActivities } from './list-activities.ts';
import { listExecutions } from './list-executions.ts';
import { listMapRuns } from './list-map-runs.ts';
import { listStateMachineAliases } from './list-state-machine-aliases.ts';
import { listStateMachineVersions } from './list-state-machine-versions.ts';
import { listStateMachines } from './list-state-machines.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import type { SfnHandlers, SfnRooms } from './operation.ts';
import { publishStateMachineVersion } from './publish-state-machine-version.ts';
import { redriveExecution } from './redrive-execution.ts';
import { sendTaskFailure } from './send-task-failure.ts';
import { sendTaskHeartbeat } from './send-task-heartbeat.ts';
import { sendTaskSuccess } from './send-task-success.ts';
import { startExecution } from './start-execution.ts';
import { startSyncExecution } from './start-sync-execution.ts';
import { stopExecution } from './stop-execution.ts';
import { tagResource } from './tag-resource.ts';
import { testStateOperation } from './test-state.ts';
import { untagResource } from './untag-resource.ts';
import { updateMapRun } from './update-map-run.ts';
import { updateStateMachineAlias } from './update-state-machine-alias.ts';
import { updateStateMachine } from './update-state-machine.ts';
import { validateStateMachineDefinition } from './validate-state-machine-definition.ts';

export type { SfnRooms } from './operation.ts';

export function sfnHandlers(rooms: SfnRooms): SfnHandlers {
  return {
    CreateActivity: createActivity(rooms),
    CreateStateMachine: createStateMachine(rooms),
    CreateStateMachineAlias: createStateMachineAlias(rooms),
    DeleteActivity: deleteActivity(rooms),
    DeleteStateMachine: deleteStateMachine(rooms),
    DeleteStateMachineAlias: deleteStateMachineAlias(rooms),
    DeleteStateMachineVersion: deleteStateMachineVersion(rooms),
    DescribeActivity: describeActivity(rooms),
    DescribeExecution: describeExecution(rooms),
    DescribeMapRun: describeMapRun(rooms),
    DescribeStateMachine: describeStateMachine(rooms),
    DescribeStateMachineAlias: describeStateMachineAlias(rooms),
    DescribeStateMachineForExecution: describeStateMachineForExecution(rooms),
    GetActivityTask: getActivityTask(rooms),
    GetExecutionHistory: getExecutionHistory(rooms),
    ListActivities: listActivities(rooms),
    ListExecutions: listExecutions(rooms),
    ListMapRuns: listMapRuns(rooms),
    ListStateMachineAliases: listStateMachineAliases(rooms),
    ListStateMachineVersions: listStateMachineVersions(rooms),
    ListStateMachines: listStateMachines(rooms),
    ListTagsForResource: listTagsForResource(rooms),
    PublishStateMachineVersion: publishStateMachineVersion(rooms),
    RedriveExecution: redriveExecution(rooms),
    SendTaskFailure: sendTaskFailure(rooms),
    SendTaskHeartbeat: sendTaskHeartbeat(rooms),
    SendTaskSuccess: sendTaskSuccess(rooms),
    StartExecution: startExecution(rooms),
    StartSyncExecution: startSyncExecution(rooms),
    StopExecution: stopExecution(rooms),
    TagResource: tagResource(rooms),
    TestState: testStateOperation(rooms),
    UntagResource: untagResource(rooms),
    UpdateMapRun: updateMapRun(rooms),
    UpdateStateMachine: updateStateMachine(rooms),
    UpdateStateMachineAlias: updateStateMachineAlias(rooms),
    ValidateStateMachineDefinition: validateStateMachineDefinition(rooms),
  };
}
