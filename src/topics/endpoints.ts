// Where messages may go: each protocol's form of an endpoint, and those that are refused by name.
// https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html

import type { Scope } from '#kernel';
import { PROTOCOLS, type Protocol } from './subscription-record.ts';
import { isOwnQueue } from './subscription-settings.ts';
import { invalid, notServed } from './topic-answers.ts';

/** Protocols of AWS's that Mayfly has nothing to deliver with. */
const REFUSED: Readonly<Record<string, string>> = {
  application: 'Push notifications to phones are not sent from here. Subscribe a function that calls your push service.',
  firehose: 'There are no delivery streams here. Subscribe a queue, or a function that writes where you want.',
  sms: 'Text messages are not sent from here. Subscribe a function that calls your provider.',
};

export interface EndpointQuestion {
  readonly scope: Scope;
  readonly protocol: string;
  readonly endpoint: string | undefined;
  readonly isFifoTopic: boolean;
  /** Whether mails can be sent. */
  readonly hasMail: boolean;
}

/** Throws what Subscribe answers. */
export function checkEndpoint({ scope, protocol, endpoint = '', isFifoTopic, hasMail }: EndpointQuestion): Protocol {
  const sentence = Object.hasOwn(REFUSED, protocol) ? REFUSED[protocol] : undefined;
  if (sentence !== undefined) throw notServed(`Protocol ${protocol}`, sentence);
  if (!isProtocol(protocol)) throw invalid(`Amazon SNS does not support this protocol string: ${protocol}`);
  if (isFifoTopic && protocol !== 'sqs')
    throw invalid('Invalid parameter: Endpoint', `FIFO topics deliver to queues alone, not to the protocol ${protocol}`);
  switch (protocol) {
    case 'sqs':
      if (!isOwnQueue(scope, endpoint)) throw invalid('SQS endpoint ARN', notOurs(scope, endpoint));
      if (!isFifoTopic && endpoint.endsWith('.fifo'))
        throw invalid('Invalid parameter: Endpoint', 'FIFO SQS Queues can not be subscribed to standard SNS topics');
      return protocol;
    case 'lambda':
      if (!isOwnFunction(scope, endpoint)) throw invalid('Lambda endpoint ARN', notOurs(scope, endpoint));
      return protocol;
    case 'http':
    case 'https':
      if (!isWebEndpoint(protocol, endpoint)) throw invalid('Endpoint must match the specified protocol');
      return protocol;
    case 'email':
    case 'email-json':
      if (!ADDRESS.test(endpoint)) throw invalid('Email address');
      if (!hasMail)
        throw notServed(
          `Protocol ${protocol}`,
          'No mail server is set. Start the platform with --smtp smtp://user:password@host:port or MAYFLY_SMTP_URL, and MAYFLY_MAIL_FROM for the sender.',
        );
      return protocol;
    default:
      return protocol satisfies never;
  }
}

/** One mailbox, and nothing that is not seen: of a control character in it, mail programs would make another mailbox. */
const ADDRESS = /^[^\s\p{C}@<>,;:"()[\]\\]{1,64}@[^\s\p{C}@<>,;:"()[\]\\]{1,253}$/u;

const FUNCTION = /^arn:aws(?:-[a-z]+)*:lambda:([a-z0-9-]+):(\d{12}):function:[A-Za-z0-9_-]{1,64}(?::[A-Za-z0-9_$-]{1,128})?$/;

function isOwnFunction({ account, region }: Scope, arn: string): boolean {
  const [, itsRegion, itsAccount] = FUNCTION.exec(arn) ?? [];
  return itsRegion === region && itsAccount === account;
}

/** Only where the ARN is well formed: AWS says nothing more of others. */
function notOurs({ account, region }: Scope, arn: string): string | undefined {
  const [, , , itsRegion, itsAccount] = arn.split(':');
  if (itsAccount === undefined || (itsRegion === region && itsAccount === account)) return undefined;
  return `This platform serves the account ${account} in ${region}`;
}

function isWebEndpoint(protocol: 'http' | 'https', endpoint: string): boolean {
  const url = URL.parse(endpoint);
  return url?.protocol === `${protocol}:` && url.hostname !== '' && endpoint.length <= 2048;
}

function isProtocol(text: string): text is Protocol {
  return (PROTOCOLS as readonly string[]).includes(text);
}
