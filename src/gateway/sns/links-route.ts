// The links in SNS's messages: whoever received a message may confirm or end its subscription with nothing but a browser, and everybody may
// have the certificate that its signature is checked with.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock, Log, RequestId, Scope } from '#kernel';
import {
  certificateIn,
  CONFIRMATION_PAGE,
  parseSubscriptionArn,
  parseTopicArn,
  subscriptionArn,
  UNSUBSCRIBE_PAGE,
  type Topics,
} from '#topics';
import { loadService, writeOutput, type WireAnswer } from '#wire';
import { sendAnswer } from '../answer.ts';
import { ErrorTeller } from '../error-teller.ts';
import type { Route } from '../gateway.ts';
import { confirmedPage, endedPage, failedPage, question } from './pages.ts';

export interface SnsLinksParts {
  readonly topics: Topics;
  readonly scope: Scope;
  readonly clock: Clock;
  readonly log: Log;
}

interface Visit {
  readonly parts: SnsLinksParts;
  readonly query: URLSearchParams;
  readonly method: string;
  readonly requestId: RequestId;
}

/** Before the services: what is signed, or names a version, is an ordinary request and left to them. */
export function snsLinksRoute(parts: SnsLinksParts): Route {
  return (request, response, url, { requestId }) => {
    const { method = 'GET' } = request;
    const visit: Visit = { parts, query: url.searchParams, method, requestId };
    const answer = answerOf(visit, url.pathname, request);
    if (answer === undefined) return false;
    request.resume();
    return send(parts, request, response, answer);
  };
}

async function send(
  { clock }: SnsLinksParts,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Promise<WireAnswer>,
): Promise<true> {
  await sendAnswer({ request, response, clock, answer: await answer });
  return true;
}

/** Undefined where the request is none of ours. */
function answerOf(visit: Visit, path: string, request: IncomingMessage): Promise<WireAnswer> | undefined {
  const isReading = visit.method === 'GET' || visit.method === 'HEAD';
  const fingerprint = certificateIn(path);
  if (fingerprint !== undefined && isReading) return certificateAnswer(visit, fingerprint);
  // A HEAD asks for nothing to happen.
  if (path === CONFIRMATION_PAGE && visit.method === 'GET') return confirmationPage(visit);
  if (path === UNSUBSCRIBE_PAGE) return unsubscribePage(visit);
  const isLink = path === '/' && visit.method === 'GET' && request.headers.authorization === undefined;
  if (!isLink || visit.query.has('Version') || visit.query.has('X-Amz-Credential')) return undefined;
  switch (visit.query.get('Action') ?? '') {
    case 'ConfirmSubscription':
      return inXml(visit, 'ConfirmSubscription', async () => ({ SubscriptionArn: await confirm(visit) }));
    case 'Unsubscribe':
      return inXml(visit, 'Unsubscribe', async () => {
        await end(visit);
        return {};
      });
    default:
      return undefined;
  }
}

async function confirm({ parts: { topics, scope }, query }: Visit): Promise<string> {
  const topic = parseTopicArn(scope, query.get('TopicArn') ?? '', 'Topic');
  const token = query.get('Token') ?? '';
  const record = await topics.subscriptions.confirm(scope, topic, { token, isSigned: false, endsSigned: false });
  return subscriptionArn(scope, record.topic, record.id);
}

async function end({ parts: { topics, scope }, query }: Visit): Promise<void> {
  const name = parseSubscriptionArn(scope, query.get('SubscriptionArn') ?? '');
  await topics.subscriptions.end(scope, name, query.get('Token') ?? '');
}

async function certificateAnswer({ parts: { topics } }: Visit, fingerprint: string): Promise<WireAnswer> {
  const pem = await topics.certificate(fingerprint);
  if (pem === undefined) return text(404, 'text/plain; charset=utf-8', 'There is no such certificate.\n');
  return text(200, 'application/x-pem-file', pem);
}

async function inXml(visit: Visit, name: string, act: () => Promise<Readonly<Record<string, unknown>>>): Promise<WireAnswer> {
  const service = loadService('sns');
  const operation = service.operations.get(name);
  if (operation === undefined) throw new Error(`SNS's model has no ${name}.`);
  const errors = tellerOf(visit);
  try {
    const output = await act();
    return writeOutput({
      operation,
      protocol: 'awsQuery',
      output,
      requestId: visit.requestId,
      describeError: (error) => errors.describe(error),
    });
  } catch (error) {
    return errors.answer(error);
  }
}

async function confirmationPage(visit: Visit): Promise<WireAnswer> {
  return inHtml(visit, async () => confirmedPage(await confirm(visit)));
}

/** Programs that look through mails follow links: a reader ends a subscription with a button, which they do not press. */
function unsubscribePage(visit: Visit): Promise<WireAnswer> {
  return inHtml(visit, async () => {
    const arn = visit.query.get('SubscriptionArn') ?? '';
    if (visit.method !== 'POST') return question(arn);
    await end(visit);
    return endedPage(arn);
  });
}

async function inHtml(visit: Visit, act: () => Promise<string>): Promise<WireAnswer> {
  try {
    return text(200, HTML, await act());
  } catch (error) {
    const { status } = tellerOf(visit).answer(error);
    return text(status, HTML, failedPage(status < 500 && error instanceof Error ? error.message : undefined));
  }
}

const HTML = 'text/html; charset=utf-8';

function text(status: number, type: string, body: string): WireAnswer {
  const headers = {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; form-action 'self'",
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
  return { status, headers, body: Buffer.from(body) };
}

function tellerOf({ parts: { log }, requestId, method }: Visit): ErrorTeller {
  const errors = new ErrorTeller({ log, requestId, method, resource: '/' });
  errors.service = loadService('sns');
  errors.protocol = 'awsQuery';
  return errors;
}
