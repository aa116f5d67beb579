// The room put together.

import { askResourcePolicy, type Asker, type ResourceVerdict } from '#identity';
import { ApiError, type Clock, type Log, type Random, type Scope } from '#kernel';
import type { Store } from '#store';
import { Audiences, type Audience } from './audience.ts';
import type { BatchEntry } from './batch.ts';
import type { EntryTools } from './entries.ts';
import { TOPIC_LANE } from './fan-out-delivery.ts';
import { createFanOutLane } from './fan-out.ts';
import { certificateUrl, type PublicUrl } from './links.ts';
import type { NewMessage } from './message.ts';
import { OrderedPublishing } from './ordered-publishing.ts';
import { Publisher, type Published, type PublishOptions } from './publisher.ts';
import { SigningKey } from './signing-key.ts';
import { Subscriptions } from './subscriptions.ts';
import { TopicAdministration } from './topic-administration.ts';
import { noSuchTopic } from './topic-answers.ts';
import { parseTopicArn } from './topic-names.ts';
import { isFifo } from './topic-record.ts';

export interface TopicsOptions {
  readonly store: Pick<Store, 'resources' | 'deliveries' | 'publications' | 'changed'>;
  /** What `newSigningKey` made, once for the platform; asked for when the first message is signed. */
  readonly signingKey: () => Promise<string>;
  /** What the links in messages begin with: `http://127.0.0.1:4566`. */
  readonly publicUrl: () => PublicUrl;
  /** Whether the platform can send mails. */
  readonly hasMail: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** May this sender do this to a topic? */
export interface TopicQuestion {
  readonly scope: Scope;
  readonly topicArn: string;
  /** `sns:Publish` */
  readonly action: string;
  readonly asker: Asker;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
}

export interface TopicDescription {
  readonly name: string;
  readonly isFifo: boolean;
  /** Its owner has set one: it has not that of every new topic. */
  readonly hasPolicy: boolean;
}

export interface Topics {
  readonly administration: TopicAdministration;
  readonly subscriptions: Subscriptions;
  /** Resolves when the message is safe. Throws NotFound, or what is wrong with the message. */
  publish(scope: Scope, topicArn: string, message: NewMessage, options?: PublishOptions): Promise<Published>;
  /** All or none, in their order. */
  publishBatch(
    scope: Scope,
    topicArn: string,
    entries: readonly BatchEntry[],
    options?: Pick<PublishOptions, 'traceHeader'>,
  ): Promise<readonly Published[]>;
  /** Undefined when there is no such topic here. */
  describe(scope: Scope, topicArn: string): Promise<TopicDescription | undefined>;
  /** The topic's own policy alone. False when there is no such topic. */
  policyAllows(question: TopicQuestion): Promise<boolean>;
  /** Whether the policy keeps out somebody of the account itself, who needs no policy to be let in. */
  policyDenies(question: TopicQuestion): Promise<boolean>;
  /** The certificate of signatures, in PEM, by the fingerprint in its URL. */
  certificate(fingerprint: string): Promise<string | undefined>;
  /** Goes on with messages for many subscriptions that an earlier process left. */
  start(): void;
  close(): Promise<void>;
}

export function createTopics(options: TopicsOptions): Topics {
  const { store, publicUrl, clock, random, log } = options;
  const { resources, deliveries, publications } = store;
  const key = onceMade(async () => new SigningKey(await options.signingKey()));
  const audiences = new Audiences({ resources, clock });
  const tools: EntryTools = {
    clock,
    random,
    log,
    publicUrl,
    async sign(text, version) {
      const { fingerprint } = await key();
      const signature = await (await key()).sign(text, version);
      return { version, signature, certificateUrl: certificateUrl(publicUrl(), fingerprint) };
    },
  };
  const ordered = new OrderedPublishing({ clock, publications });
  const publisher = new Publisher({ ...tools, audiences, deliveries, ordered });
  const lane = createFanOutLane({
    ...tools,
    audiences,
    deliveries,
    onChanged: (listener) => store.changed(`deliveries/${TOPIC_LANE}`, listener),
  });
  return {
    administration: new TopicAdministration({
      resources,
      audiences,
      clock,
      async forgetPublications(scope, name) {
        await publications.forget(scope, name);
        ordered.forget(scope, name);
      },
    }),
    subscriptions: new Subscriptions({ ...tools, resources, deliveries, audiences, hasMail: options.hasMail }),
    publish: (scope, arn, message, more) => publisher.publish(scope, parseTopicArn(scope, arn), message, more),
    publishBatch: (scope, arn, entries, more) => publisher.publishBatch(scope, parseTopicArn(scope, arn), entries, more),
    async describe(scope, arn) {
      const topic = (await found(audiences, scope, arn))?.topic;
      return topic === undefined
        ? undefined
        : { name: topic.name, isFifo: isFifo(topic), hasPolicy: topic.settings.Policy !== undefined };
    },
    async policyAllows(question) {
      const audience = await found(audiences, question.scope, question.topicArn);
      return audience !== undefined && verdictOf(audience, question) === 'allowed';
    },
    async policyDenies(question) {
      const audience = await found(audiences, question.scope, question.topicArn);
      return audience?.topic.settings.Policy !== undefined && verdictOf(audience, question) === 'denied';
    },
    async certificate(fingerprint) {
      const { fingerprint: own, certificate } = await key();
      return own === fingerprint ? certificate : undefined;
    },
    start: () => lane.start(),
    async close() {
      lane.stop();
      await lane.settled();
    },
  };
}

function verdictOf({ policy }: Audience, { topicArn, action, asker, sourceArn, sourceAccount }: TopicQuestion): ResourceVerdict {
  const isAccount = asker.kind === 'account';
  // AWS:SourceOwner is what the policy that every topic begins with asks for: whose account asks, or owns what a service speaks for.
  const context = {
    'aws:sourcearn': sourceArn,
    'aws:sourceaccount': sourceAccount,
    'aws:sourceowner': isAccount ? asker.account : sourceAccount,
    'aws:principalaccount': isAccount ? asker.account : undefined,
    'aws:principalarn': isAccount ? asker.arn : undefined,
  };
  return askResourcePolicy(policy, { asker, action, resource: topicArn, context });
}

async function found(audiences: Audiences, scope: Scope, arn: string): Promise<Audience | undefined> {
  try {
    return await audiences.of(scope, parseTopicArn(scope, arn));
  } catch (error) {
    if (error instanceof ApiError && error.code === noSuchTopic().code) return undefined;
    throw error;
  }
}

/** What fails is tried again by the next who asks. */
function onceMade<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () =>
    (made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}
