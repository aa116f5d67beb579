// What endpoints are asked: whether they want a subscription, and, when one has ended, whether they want it back.

import { deliveryOfEntry, type OutboxEntry, type Target } from '#outbox';
import type { NewDelivery } from '#store';
import type { Scope } from '#kernel';
import { DEFAULT_CONTENT_TYPE, DEFAULT_HEALTHY_RETRY_POLICY, MAIL_RETRY, webRetry } from './delivery-policy.ts';
import { AGENT, SNS, WEB_TIMEOUT_MS, type EntryTools } from './entries.ts';
import { confirmationPageUrl, confirmUrl } from './links.ts';
import { cancellationMail, confirmationMail, type Mail } from './mail-texts.ts';
import { questionDocument, questionToSign, type Question } from './message-documents.ts';
import type { SubscriptionRecord } from './subscription-record.ts';
import { subscriptionArn, topicArn } from './topic-names.ts';
import type { TopicRecord } from './topic-record.ts';

export interface Asked {
  readonly scope: Scope;
  readonly topic: TopicRecord;
  readonly record: SubscriptionRecord;
  readonly type: Question['type'];
  readonly token: string;
}

/** Undefined for endpoints of the account itself, which nobody needs to ask. */
export async function questionDelivery(tools: EntryTools, asked: Asked): Promise<NewDelivery | undefined> {
  const { protocol } = asked.record;
  switch (protocol) {
    case 'lambda':
    case 'sqs':
      return undefined;
    case 'email':
      return mailed(tools, asked, mailOf(tools, asked));
    case 'email-json': {
      const { subject } = mailOf(tools, asked);
      return mailed(tools, asked, { subject, text: await documentOf(tools, asked) });
    }
    case 'http':
    case 'https':
      return posted(tools, asked, await documentOf(tools, asked));
    default:
      return protocol satisfies never;
  }
}

function mailOf({ publicUrl }: EntryTools, { scope, topic, type, token }: Asked): Mail {
  const arn = topicArn(scope, topic.name);
  const link = confirmationPageUrl(publicUrl(), arn, token);
  return type === 'SubscriptionConfirmation' ? confirmationMail(arn, link) : cancellationMail(arn, link);
}

async function documentOf(tools: EntryTools, asked: Asked): Promise<string> {
  const question = questionOf(tools, asked);
  const version = asked.topic.settings.SignatureVersion === '2' ? '2' : '1';
  return questionDocument(question, await tools.sign(questionToSign(question), version));
}

function questionOf({ clock, random, publicUrl }: EntryTools, { scope, topic, record, type, token }: Asked): Question {
  const arn = topicArn(scope, topic.name);
  return {
    type,
    id: random.uuid(),
    token,
    topicArn: arn,
    text:
      type === 'SubscriptionConfirmation'
        ? `You have chosen to subscribe to the topic ${arn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
        : `You have chosen to deactivate subscription ${subscriptionArn(scope, topic.name, record.id)}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`,
    subscribeUrl: confirmUrl(publicUrl(), arn, token),
    askedAtMs: clock.now(),
  };
}

function mailed(tools: EntryTools, asked: Asked, { subject, text }: Mail): NewDelivery {
  const { DisplayName: senderName } = asked.topic.settings;
  const target: Target = {
    kind: 'email',
    address: asked.record.endpoint,
    subject,
    ...(senderName === undefined ? {} : { senderName }),
  };
  return entry(tools, asked, target, text, MAIL_RETRY);
}

function posted(tools: EntryTools, asked: Asked, text: string): NewDelivery {
  const { MessageId: id } = JSON.parse(text) as { readonly MessageId: string };
  const request = {
    method: 'POST',
    url: asked.record.endpoint,
    headers: {
      'x-amz-sns-message-type': asked.type,
      'x-amz-sns-message-id': id,
      'x-amz-sns-topic-arn': topicArn(asked.scope, asked.topic.name),
      'content-type': DEFAULT_CONTENT_TYPE,
      'user-agent': AGENT,
    },
    timeoutMs: WEB_TIMEOUT_MS,
  };
  return entry(tools, asked, { kind: 'http', request }, text, webRetry(DEFAULT_HEALTHY_RETRY_POLICY));
}

function entry(
  { clock, random }: EntryTools,
  { scope, topic }: Asked,
  target: Target,
  text: string,
  retry: OutboxEntry['retry'],
): NewDelivery {
  return deliveryOfEntry({
    id: random.uuid(),
    scope,
    target,
    payload: Buffer.from(text),
    sender: { service: SNS, arn: topicArn(scope, topic.name) },
    retry,
    acceptedAtMs: clock.now(),
  });
}
