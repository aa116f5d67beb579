// SNS's API as far as the CLI calls it. https://docs.aws.amazon.com/sns/latest/api/

import type { Connection } from '../connection.ts';
import { childrenNamed, childText, descendant } from '../http/xml.ts';
import type { XmlElement } from '../http/xml.ts';
import { snsOperation, unless } from './protocols.ts';

export async function listTopics(connection: Connection): Promise<readonly string[]> {
  return pages(connection, 'ListTopics', {}, (page) =>
    membersOf(page, 'Topics').map((topic) => childText(topic, 'TopicArn') ?? ''),
  );
}

/** The same topic where it is there already. */
export async function createTopic(connection: Connection, name: string): Promise<string> {
  const fifo: Readonly<Record<string, string>> = name.endsWith('.fifo')
    ? { 'Attributes.entry.1.key': 'FifoTopic', 'Attributes.entry.1.value': 'true' }
    : {};
  const answer = await snsOperation(connection, 'CreateTopic', { Name: name, ...fifo });
  return textOf(answer, 'TopicArn');
}

export interface Subscription {
  readonly arn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** Undefined where there is no such topic. */
export async function listSubscriptions(connection: Connection, topicArn: string): Promise<readonly Subscription[] | undefined> {
  return unless(
    ['NotFound', 'NotFoundException'],
    pages(connection, 'ListSubscriptionsByTopic', { TopicArn: topicArn }, (page) =>
      membersOf(page, 'Subscriptions').map((one) => ({
        arn: childText(one, 'SubscriptionArn') ?? '',
        protocol: childText(one, 'Protocol') ?? '',
        endpoint: childText(one, 'Endpoint') ?? '',
      })),
    ),
  );
}

export async function subscriptionAttributes(connection: Connection, arn: string): Promise<Readonly<Record<string, string>>> {
  const answer = await snsOperation(connection, 'GetSubscriptionAttributes', { SubscriptionArn: arn });
  const attributes = descendant(answer, 'Attributes');
  const entries = attributes === undefined ? [] : childrenNamed(attributes, 'entry');
  return Object.fromEntries(entries.map((entry) => [childText(entry, 'key') ?? '', childText(entry, 'value') ?? '']));
}

export interface NewSubscription {
  readonly topicArn: string;
  readonly protocol: 'lambda' | 'sqs' | 'email';
  readonly endpoint: string;
  readonly filterPolicy?: string;
}

export async function subscribe(
  connection: Connection,
  { topicArn, protocol, endpoint, filterPolicy }: NewSubscription,
): Promise<void> {
  const filter: Readonly<Record<string, string>> =
    filterPolicy === undefined ? {} : { 'Attributes.entry.1.key': 'FilterPolicy', 'Attributes.entry.1.value': filterPolicy };
  await snsOperation(connection, 'Subscribe', { TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint, ...filter });
}

/** An empty policy lets everything through. */
export async function setFilterPolicy(connection: Connection, subscriptionArn: string, policy: string): Promise<void> {
  const input = { SubscriptionArn: subscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: policy };
  await snsOperation(connection, 'SetSubscriptionAttributes', input);
}

export async function unsubscribe(connection: Connection, subscriptionArn: string): Promise<void> {
  await snsOperation(connection, 'Unsubscribe', { SubscriptionArn: subscriptionArn });
}

async function pages<Item>(
  connection: Connection,
  operation: string,
  input: Readonly<Record<string, string>>,
  itemsOf: (page: XmlElement) => readonly Item[],
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let token: string | undefined;
  do {
    const page = await snsOperation(connection, operation, token === undefined ? input : { ...input, NextToken: token });
    items.push(...itemsOf(page));
    token = descendant(page, 'NextToken')?.text;
  } while (token !== undefined && token !== '');
  return items;
}

function membersOf(page: XmlElement, list: string): readonly XmlElement[] {
  const found = descendant(page, list);
  return found === undefined ? [] : childrenNamed(found, 'member');
}

function textOf(answer: XmlElement, name: string): string {
  return descendant(answer, name)?.text ?? '';
}
