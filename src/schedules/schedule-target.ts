// What a schedule calls: templated targets by the ARN of the resource, universal ones by the name of an API operation.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html

import { LIMITS, type Scope } from '#kernel';
import { parseRequest } from './request-members.ts';
import { invalid } from './schedule-answers.ts';
import { checkUniversalInput, UNIVERSAL_ARN } from './universal-target.ts';

export interface ScheduleTarget {
  readonly arn: string;
  readonly roleArn: string;
  readonly retry: { readonly maximumRetries: number; readonly maximumAgeSeconds: number };
  readonly deadLetterArn?: string | undefined;
  readonly input?: string | undefined;
  /** SqsParameters */
  readonly messageGroupId?: string | undefined;
  /** EventBridgeParameters */
  readonly event?: { readonly source: string; readonly detailType: string } | undefined;
}

export const DEFAULT_RETRY = { maximumRetries: 185, maximumAgeSeconds: 86_400 };

type TemplatedKind = 'function' | 'queue' | 'topic' | 'bus' | 'stateMachine';

const TEMPLATED: readonly (readonly [TemplatedKind, RegExp])[] = [
  ['function', /^arn:aws:lambda:([^:]+):(\d{12}):function:[\w-]{1,64}(?::[\w$-]{1,128})?$/],
  ['queue', /^arn:aws:sqs:([^:]+):(\d{12}):[\w-]{1,80}(?:\.fifo)?$/],
  ['topic', /^arn:aws:sns:([^:]+):(\d{12}):[\w-]{1,256}(?:\.fifo)?$/],
  ['bus', /^arn:aws:events:([^:]+):(\d{12}):event-bus\/[\w.\-/]{1,256}$/],
  ['stateMachine', /^arn:aws:states:([^:]+):(\d{12}):stateMachine:[^\s:]{1,80}(?::[^\s:]{1,80})?$/],
];

/** Services that Scheduler has templates for on AWS, and Mayfly has not. */
const NOT_THERE: Readonly<Record<string, string>> = {
  codebuild: 'CodeBuild projects',
  codepipeline: 'CodePipeline pipelines',
  ecs: 'ECS tasks',
  firehose: 'Firehose streams',
  inspector: 'Inspector assessments',
  kinesis: 'Kinesis streams',
  sagemaker: 'SageMaker pipelines',
};

/** Undefined for a universal target. The ARN was checked when it was set. */
export function templatedKind(arn: string): TemplatedKind | undefined {
  return TEMPLATED.find(([, shape]) => shape.test(arn))?.[0];
}

export function checkTarget(target: ScheduleTarget, scope: Scope): void {
  if (target.input !== undefined && Buffer.byteLength(target.input) > LIMITS.scheduleInputBytes)
    throw invalid(`Input must be at most ${LIMITS.scheduleInputBytes} bytes.`);
  if (target.deadLetterArn !== undefined) checkPlace(target.deadLetterArn, scope);
  if (UNIVERSAL_ARN.test(target.arn)) {
    refuseParameters(target, 'SqsParameters', 'EventBridgeParameters');
    checkUniversalInput(target, scope);
    return;
  }
  checkTemplated(target, scope);
}

function checkTemplated(target: ScheduleTarget, scope: Scope): void {
  const kind = templatedKind(target.arn);
  if (kind === undefined) throw unknownTarget(target.arn);
  checkPlace(target.arn, scope);
  switch (kind) {
    case 'function':
    case 'stateMachine':
      refuseParameters(target, 'SqsParameters', 'EventBridgeParameters');
      checkJson(target.input);
      return;
    case 'queue':
      refuseParameters(target, 'EventBridgeParameters');
      if (target.arn.endsWith('.fifo') && target.messageGroupId === undefined)
        throw invalid('The target is a FIFO queue: SqsParameters must have a MessageGroupId.');
      return;
    case 'topic':
      refuseParameters(target, 'SqsParameters', 'EventBridgeParameters');
      if (target.arn.endsWith('.fifo'))
        throw invalid(
          'FIFO topics need a message group, which this target cannot give: use the universal target arn:aws:scheduler:::aws-sdk:sns:publish.',
        );
      return;
    case 'bus':
      refuseParameters(target, 'SqsParameters');
      if (target.event === undefined) throw invalid('The target is an event bus: EventBridgeParameters must be given.');
      if (target.input !== undefined) parseRequest(target.input);
      return;
    default:
      kind satisfies never;
  }
}

function unknownTarget(arn: string) {
  const service = arn.split(':')[2] ?? '';
  const what = NOT_THERE[service];
  return what === undefined
    ? invalid('Provided Arn is not in correct format.')
    : invalid(
        `${what} cannot be targets here. Targets are Lambda functions, SQS queues, SNS topics, EventBridge buses and state machines.`,
      );
}

function checkPlace(arn: string, { account, region }: Scope): void {
  const [, , , itsRegion, itsAccount] = arn.split(':');
  if (itsRegion !== region || itsAccount !== account)
    throw invalid(`${arn} is not in account ${account} and region ${region}, where this schedule runs.`);
}

function refuseParameters(target: ScheduleTarget, ...names: readonly ('SqsParameters' | 'EventBridgeParameters')[]): void {
  const given = { SqsParameters: target.messageGroupId, EventBridgeParameters: target.event };
  for (const name of names) {
    if (given[name] !== undefined) throw invalid(`${name} does not belong to the target ${target.arn}.`);
  }
}

function checkJson(input: string | undefined): void {
  if (input === undefined) return;
  try {
    JSON.parse(input);
  } catch (cause) {
    throw invalid('Input must be well-formed JSON for this target.', cause);
  }
}
