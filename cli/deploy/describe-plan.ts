// Says a plan in words, as terraform and change sets do: + is made, ~ is changed, − goes.

import type { Colour } from '../terminal/terminal.ts';
import { bytes } from '../terminal/amounts.ts';
import type { Link, QueueWish } from './plan-events.ts';
import type { Change, TriggerOf } from './plan.ts';

export interface ChangeLine {
  readonly sign: '+' | '~' | '−';
  readonly text: string;
}

export const SIGN_COLOURS: Readonly<Record<ChangeLine['sign'], Colour>> = { '+': 'green', '~': 'yellow', '−': 'red' };

export function describeChange(change: Change): readonly ChangeLine[] {
  switch (change.kind) {
    case 'createBucket':
      return [{ sign: '+', text: `bucket ${change.bucket}` }];
    case 'createFunction': {
      const { name, config, code, place } = change.wanted;
      return [
        {
          sign: '+',
          text: `function ${name}  ${config.runtime}, ${config.memory} MiB, ${config.timeout} s, ${bytes(code.bytes.length)} of code  (${place})`,
        },
      ];
    }
    case 'updateCode':
      return [
        {
          sign: '~',
          text: `function ${change.wanted.name}  code, ${bytes(change.wanted.code.bytes.length)}  (${change.wanted.place})`,
        },
      ];
    case 'updateConfiguration': {
      const settings = change.settings.map(({ name, from, to }) =>
        name.startsWith('env.') ? `${name} ${to}` : `${name} ${from || '""'} → ${to || '""'}`,
      );
      return [{ sign: '~', text: `function ${change.wanted.name}  ${settings.join(', ')}` }];
    }
    case 'setConcurrency':
      return [{ sign: '~', text: `function ${change.name}  reserved concurrency ${change.limit ?? 'none'}` }];
    case 'allowBucket':
      return [{ sign: '+', text: `permission of bucket ${change.bucket} to call ${change.name}` }];
    case 'putUrl': {
      const who = change.url.AuthType === 'NONE' ? 'open to whoever reaches the platform' : 'signed requests only';
      return [
        {
          sign: change.isNew ? '+' : '~',
          text: `URL of ${change.name}, ${who}${change.url.InvokeMode === 'RESPONSE_STREAM' ? ', streaming' : ''}`,
        },
      ];
    }
    case 'removeUrl':
      return [{ sign: '−', text: `URL of ${change.name}` }];
    case 'putTriggers':
      return [
        ...change.added.map((trigger) => ({ sign: '+', text: describeTrigger(change.bucket, trigger) }) as const),
        ...change.removed.map((trigger) => ({ sign: '−', text: describeTrigger(change.bucket, trigger) }) as const),
      ];
    case 'adopt':
      return [{ sign: '~', text: `function ${change.name}  belongs to this folder from now on` }];
    case 'removeFunction':
      return [{ sign: '−', text: `function ${change.name}` }];
    case 'createQueue':
      return [{ sign: '+', text: `queue ${change.wish.queue}${deadLettersOf(change.wish)}` }];
    case 'updateQueue':
      return [{ sign: '~', text: `queue ${change.wish.queue}  ${change.settings.join(', ')}` }];
    case 'createTopic':
      return [{ sign: '+', text: `topic ${change.topic}` }];
    case 'createBus':
      return [{ sign: '+', text: `bus ${change.bus}` }];
    case 'putLink':
      return [{ sign: change.found === undefined ? '+' : '~', text: describeLink(change.link) }];
    case 'removeLink':
      return [{ sign: '−', text: describeLink(change.found.link) }];
    default:
      return change satisfies never;
  }
}

function deadLettersOf({ deadLetter }: QueueWish): string {
  return deadLetter === undefined ? '' : `  dead letters to ${deadLetter.queue} after ${deadLetter.receives} receives`;
}

function describeLink(link: Link): string {
  const to = `→ ${link.function}`;
  switch (link.kind) {
    case 'queue': {
      const settings = [
        `batches of ${link.batchSize}`,
        ...(link.windowSeconds > 0 ? [`within ${link.windowSeconds} s`] : []),
        ...(link.partialFailures ? ['partial failures'] : []),
        ...(link.concurrency === undefined ? [] : [`at most ${link.concurrency} at once`]),
      ];
      return `trigger queue ${link.queue}  ${settings.join(', ')} ${to}`;
    }
    case 'topic':
      return `trigger topic ${link.topic}  ${link.filter === '{}' ? 'every message' : link.filter} ${to}`;
    case 'rule':
      return `trigger bus ${link.bus}  ${link.pattern} ${to}`;
    case 'schedule':
      return `trigger schedule ${link.expression}  ${link.timeZone} ${to}`;
    default:
      return link satisfies never;
  }
}

function describeTrigger(bucket: string, { function: name, notification }: TriggerOf): string {
  const events = notification.events.map((event) => event.replace(/^s3:/, '')).join(', ');
  return `trigger s3://${bucket}/${notification.prefix}*${notification.suffix}  ${events} → ${name}`;
}
