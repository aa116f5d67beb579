// What a topic can be told: each attribute checked, those that Mayfly does not honour refused with what to do instead.
// https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html

import { LIMITS } from '#kernel';
import { parseTopicDeliveryPolicy } from './delivery-policy-text.ts';
import { invalid, notServed } from './topic-answers.ts';
import { checkPolicy } from './topic-policy.ts';
import { TOPIC_SETTINGS, type TopicSetting, type TopicSettings } from './topic-record.ts';

/** `value` undefined takes the setting away. `where` stands before an error where settings came in one map (`Attributes Reason: `). */
export interface CheckedSetting {
  readonly name: TopicSetting;
  readonly value: string | undefined;
}

/** Throws what CreateTopic and SetTopicAttributes answer. Undefined for what is accepted since it says that something is off. */
export function checkTopicSetting(name: string, value: string, isFifo: boolean, where = ''): CheckedSetting | undefined {
  if (isOff(name, value)) return undefined;
  refuseUnserved(name);
  if (!isSetting(name)) throw where === '' ? invalid('AttributeName') : invalid(`${where}Unknown attribute ${name}`);
  return { name, value: checkedValue(name, value, { isFifo, where }) };
}

interface Circumstances {
  readonly isFifo: boolean;
  readonly where: string;
}

function checkedValue(name: TopicSetting, value: string, { isFifo, where }: Circumstances): string | undefined {
  switch (name) {
    case 'FifoTopic':
      return oneOf(name, value, ['true', 'false'], where);
    case 'ContentBasedDeduplication':
      if (!isFifo) throw invalid(`${where}Content-based deduplication can only be set for FIFO topics`);
      return oneOf(name, value, ['true', 'false'], where);
    case 'FifoThroughputScope':
      if (!isFifo) throw invalid(`${where}FifoThroughputScope can only be set for FIFO topics`);
      return oneOf(name, value, ['Topic', 'MessageGroup'], where);
    case 'DisplayName':
      if (value.length > LIMITS.topicDisplayNameLength || /[\r\n]/.test(value)) throw invalid(`${where}DisplayName`);
      return value;
    case 'DeliveryPolicy': {
      const policy = parseTopicDeliveryPolicy(value);
      return policy === undefined ? undefined : JSON.stringify(policy);
    }
    case 'Policy':
      // An empty policy is AWS's way to say: as it was made.
      return value === '' ? undefined : checkPolicy(value, `${where}Policy`);
    case 'SignatureVersion':
      return oneOf(name, value, ['1', '2'], where);
    case 'TracingConfig':
      if (value === 'Active')
        throw notServed(`${where}TracingConfig`, 'Traces are not recorded here. Use PassThrough, which hands trace headers on.');
      return oneOf(name, value, ['PassThrough'], where);
    default:
      return name satisfies never;
  }
}

/** Terraform and others say these of topics that do not have them: it tells every topic, of each protocol, that none of its successes is logged. */
function isOff(name: string, value: string): boolean {
  if (name === 'KmsMasterKeyId') return value === '';
  if (name === 'ArchivePolicy') return value === '' || value.trim() === '{}';
  return FEEDBACK.test(name) && (value === '' || (name.endsWith('SampleRate') && value === '0'));
}

const FEEDBACK = /^(Application|Firehose|HTTP|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)$/;

function refuseUnserved(name: string): void {
  if (name === 'KmsMasterKeyId')
    throw notServed(name, 'Topics are not encrypted with keys of your own here: put the data folder on an encrypted disk.');
  if (name === 'ArchivePolicy') throw notServed(name, 'Messages are not archived here. Subscribe a queue that keeps them.');
  if (FEEDBACK.test(name))
    throw notServed(
      name,
      "Delivery status is not written to log groups here. What could not be delivered is in the platform's log, and in the dead-letter queue of its subscription.",
    );
}

function oneOf(name: string, value: string, allowed: readonly string[], where: string): string {
  if (allowed.includes(value)) return value;
  throw invalid(`${where}${name}: Invalid value [${value}]. Must be ${allowed.join(' or ')}.`);
}

function isSetting(name: string): name is TopicSetting {
  return (TOPIC_SETTINGS as readonly string[]).includes(name);
}

/** Those of CreateTopic together: FifoTopic first, since others depend on it. */
export function checkNewTopicSettings(given: Readonly<Record<string, string>>): TopicSettings {
  const where = 'Attributes Reason: ';
  const fifo = checkTopicSetting('FifoTopic', given['FifoTopic'] ?? 'false', false, where)?.value === 'true';
  const settings: Partial<Record<TopicSetting, string>> = {};
  for (const [name, value] of Object.entries(given)) {
    const checked = checkTopicSetting(name, value, fifo, where);
    if (checked?.value !== undefined) settings[checked.name] = checked.value;
  }
  // AWS shows `false` of FIFO topics alone; saying it of a standard one is saying nothing.
  if (settings.FifoTopic === 'false') delete settings.FifoTopic;
  return settings;
}

/** What AWS shows of a new topic that was told nothing of it. */
export function withDefaults(settings: TopicSettings): TopicSettings {
  return settings.FifoTopic === 'true' ? { ContentBasedDeduplication: 'false', ...settings } : settings;
}
