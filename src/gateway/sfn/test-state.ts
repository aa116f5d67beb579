// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html

import type { Clock, Random } from '#kernel';
import type { InspectedHttp, TaskEnd, Tasks } from '#executions';
import { testState, type Command, type Evaluator, type ExecutionFacts, type Input, type TestStateRequest } from '#workflows';
import type { HandlerInput } from '../operation.ts';
import { schemaOf } from './mock-schemas.ts';
import { invalid, when, type SfnHandler } from './operation.ts';

/** What a state needs that is tested by itself. */
export interface StateTests {
  /** Carries out what is not mocked. */
  readonly tasks: Pick<Tasks, 'test'>;
  readonly evaluator: Evaluator | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

type StartTask = Extract<Command, { kind: 'start-task' }>;
type Ended = Extract<Input, { kind: 'task-succeeded' | 'task-failed' }>;

export const testStateOperation: SfnHandler<'TestState'> =
  ({ stateTests }) =>
  async (input, { scope, signal }) => {
    const { tasks, evaluator, clock, random } = stateTests;
    const place = { accountId: scope.account, region: scope.region, partition: 'aws' };
    const startedMs = clock.now();
    let inspected: InspectedHttp | undefined;
    const { inspectionData, ...outcome } = await testState(requestOf(input), {
      nowMs: startedMs,
      random,
      ...when('evaluator', evaluator),
      facts: place,
      schemaOf,
      async runTask(command) {
        checkTestable(command);
        const facts = factsOf({ ...place, startedMs, roleArn: input.roleArn ?? '' }, random);
        const task = { scope, facts, command, signal };
        const { end, http } = await tasks.test(task, { revealSecrets: input.revealSecrets === true });
        inspected = http;
        return endOf(command, end);
      },
    });
    const shown = inspectionData === undefined ? undefined : { ...inspectionData, ...shownOf(inspected, input.inspectionLevel) };
    return { ...outcome, ...when('inspectionData', shown) };
  };

/** Requests and answers of HTTP tasks are TRACE's alone. */
function shownOf(inspected: InspectedHttp | undefined, level: string | undefined) {
  if (inspected === undefined || level !== 'TRACE') return {};
  return { request: inspected.request, ...when('response', inspected.response) };
}

/** Of an execution that there is not: a task may ask who began it. */
function factsOf(
  known: Pick<ExecutionFacts, 'accountId' | 'region' | 'partition' | 'startedMs' | 'roleArn'>,
  random: Random,
): ExecutionFacts {
  const name = random.uuid();
  const machineName = random.uuid();
  const prefix = `arn:${known.partition}:states:${known.region}:${known.accountId}`;
  return {
    ...known,
    arn: `${prefix}:express:${machineName}:${name}`,
    name,
    machineArn: `${prefix}:stateMachine:${machineName}`,
    machineName,
    executionType: 'EXPRESS',
    input: {},
    redriveCount: 0,
    flowPath: '',
  };
}

function endOf({ taskId }: StartTask, end: TaskEnd): Ended {
  switch (end.kind) {
    case 'succeeded':
      return { kind: 'task-succeeded', taskId, output: end.output };
    case 'failed':
      return { kind: 'task-failed', taskId, error: end.error, cause: end.cause };
    case 'submitted':
    case 'interrupted':
      throw invalid('The task did not end while it was waited for. Mock its result.');
    default:
      return end satisfies never;
  }
}

/** What waits for somebody else would wait for ever: nobody is told of a test. */
function checkTestable({ resource }: StartTask): void {
  if (resource.kind === 'activity')
    throw invalid('TestState does not run activities: no worker would be given the task. Mock its result.');
  if (resource.kind === 'service' && resource.pattern !== 'requestResponse')
    throw invalid(`TestState does not run tasks that wait (${resource.resource}). Mock their result.`);
}

function requestOf(input: HandlerInput<typeof import('@aws-sdk/client-sfn'), 'TestState'>): TestStateRequest {
  const { definition, roleArn, input: given, inspectionLevel, variables, stateName, context, mock, stateConfiguration } = input;
  if (input.revealSecrets === true && inspectionLevel !== 'TRACE')
    throw invalid('revealSecrets can only be set when the inspection level is TRACE.');
  return {
    definition,
    ...when('roleArn', roleArn),
    ...when('input', given),
    ...when('inspectionLevel', inspectionLevel),
    ...when('variables', variables),
    ...when('stateName', stateName),
    ...when('context', context),
    ...when('mock', mock && mockOf(mock)),
    ...when(
      'stateConfiguration',
      stateConfiguration && {
        ...when('retrierRetryCount', stateConfiguration.retrierRetryCount),
        ...when('errorCausedByState', stateConfiguration.errorCausedByState),
        ...when('mapIterationFailureCount', stateConfiguration.mapIterationFailureCount),
        ...when('mapItemReaderData', stateConfiguration.mapItemReaderData),
      },
    ),
  };
}

function mockOf({
  result,
  errorOutput,
  fieldValidationMode,
}: NonNullable<Parameters<typeof requestOf>[0]['mock']>): NonNullable<TestStateRequest['mock']> {
  return {
    ...when('result', result),
    ...when('errorOutput', errorOutput && { ...when('error', errorOutput.error), ...when('cause', errorOutput.cause) }),
    ...when('fieldValidationMode', fieldValidationMode),
  };
}
