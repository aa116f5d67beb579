// Redrive policies: where messages go that nobody can handle, and which queues may send theirs here.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html

import { LIMITS } from '#kernel';
import { invalidValue } from './queue-answers.ts';
import { parseQueueArn } from './queue-names.ts';
import type { RedriveAllowPolicy, RedrivePolicy } from './queue.ts';

export function parseRedrivePolicy(text: string): RedrivePolicy {
  const { deadLetterTargetArn: arn, maxReceiveCount: count, ...others } = fieldsOf(text, 'RedrivePolicy');
  if (arn === undefined) throw refused(text, 'Redrive policy does not contain mandatory attribute: deadLetterTargetArn.');
  if (count === undefined) throw refused(text, 'Redrive policy does not contain mandatory attribute: maxReceiveCount.');
  const [foreign] = Object.keys(others);
  if (foreign !== undefined) throw refused(text, `Redrive policy has no attribute ${foreign}.`);
  if (typeof arn !== 'string' || parseQueueArn(arn) === undefined) throw refused(text, 'Invalid value for deadLetterTargetArn.');
  const isText = typeof count === 'number' || typeof count === 'string';
  const receivesMax = isText ? Number(count) : Number.NaN;
  if (!Number.isInteger(receivesMax) || receivesMax < 1 || receivesMax > LIMITS.queueReceivesMax) {
    throw refused(
      text,
      `Invalid value for maxReceiveCount: ${isText ? String(count).slice(0, 64) : typeof count}, valid values are from 1 to ${LIMITS.queueReceivesMax} both inclusive.`,
    );
  }
  return { deadLetterArn: arn, receivesMax };
}

export function redrivePolicyText({ deadLetterArn, receivesMax }: RedrivePolicy): string {
  return JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount: receivesMax });
}

export function parseRedriveAllowPolicy(text: string): RedriveAllowPolicy {
  const parameter = 'RedriveAllowPolicy';
  const { redrivePermission: kind, sourceQueueArns: arns, ...others } = fieldsOf(text, parameter);
  const [foreign] = Object.keys(others);
  if (foreign !== undefined) throw invalidValue(text, parameter, `It has no attribute ${foreign}.`);
  if (kind !== 'allowAll' && kind !== 'denyAll' && kind !== 'byQueue') {
    throw invalidValue(text, parameter, 'redrivePermission is one of allowAll, denyAll, byQueue.');
  }
  if (kind !== 'byQueue') {
    if (arns !== undefined) throw invalidValue(text, parameter, `sourceQueueArns are for byQueue alone.`);
    return { kind };
  }
  const isList = Array.isArray(arns) && arns.every((arn) => typeof arn === 'string' && parseQueueArn(arn) !== undefined);
  if (!isList || arns.length === 0 || arns.length > LIMITS.queueRedriveSources) {
    throw invalidValue(text, parameter, `sourceQueueArns are 1 to ${LIMITS.queueRedriveSources} ARNs of queues.`);
  }
  return { kind, sourceArns: arns as string[] };
}

export function redriveAllowPolicyText(policy: RedriveAllowPolicy): string {
  return JSON.stringify(
    policy.kind === 'byQueue'
      ? { redrivePermission: policy.kind, sourceQueueArns: policy.sourceArns }
      : { redrivePermission: policy.kind },
  );
}

export function allowsSource(policy: RedriveAllowPolicy | undefined, sourceArn: string): boolean {
  if (policy === undefined || policy.kind === 'allowAll') return true;
  return policy.kind === 'byQueue' && policy.sourceArns.includes(sourceArn);
}

function fieldsOf(text: string, parameter: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidValue(text, parameter, `It is not JSON: ${error.message}.`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidValue(text, parameter, 'It is not a JSON map.');
  }
  return value as Readonly<Record<string, unknown>>;
}

function refused(text: string, reason: string): Error {
  return invalidValue(text, 'RedrivePolicy', reason);
}
