// Triggers besides buckets and URLs: queues, topics, buses and schedules, as a function's config names them.

import { z } from 'zod';

const queueName = z
  .string()
  .regex(/^(?=.{1,80}$)[\w-]+(?:\.fifo)?$/, '1 to 80 of letters, digits, hyphens and underscores; .fifo at the end makes it FIFO');
const document = z.record(z.string(), z.unknown());

const queue = z
  .strictObject({
    queue: queueName,
    batchSize: z.int().min(1).max(10_000).default(10),
    windowSeconds: z.int().min(0).max(300).default(0),
    partialFailures: z.boolean().default(false),
    concurrency: z.int().min(2).max(1000).optional(),
    deadLetter: queueName.optional(),
    receives: z.int().min(1).max(1000).optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (message: string): void => void issues.push({ code: 'custom', message, input: value });
    const isFifo = value.queue.endsWith('.fifo');
    if (value.receives !== undefined && value.deadLetter === undefined)
      refuse('receives says after how many failures a message goes to the queue in deadLetter: name one');
    if (value.deadLetter !== undefined && value.deadLetter.endsWith('.fifo') !== isFifo)
      refuse(`the dead-letter queue of a ${isFifo ? 'FIFO' : 'standard'} queue must be one too`);
    if (value.deadLetter === value.queue) refuse('a queue cannot be its own dead-letter queue');
    if (isFifo && (value.batchSize > 10 || value.windowSeconds > 0))
      refuse('a FIFO queue takes batches of at most 10, and no window');
    if (value.batchSize > 10 && value.windowSeconds === 0) refuse('batches of more than 10 need windowSeconds, 1 to 300');
  });

const topic = z.strictObject({ topic: queueName, filter: document.optional() });

const bus = z.strictObject({
  bus: z.string().regex(/^[\w./-]{1,256}$/, '1 to 256 of letters, digits, dots, slashes, hyphens and underscores'),
  pattern: document,
});

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    // A RangeError says that there is none of this name.
    return false;
  }
};

const schedule = z.strictObject({
  schedule: z
    .string()
    .regex(
      /^(?:rate\(\d+ (?:minute|hour|day)s?\)|cron\((?:\S+ ){5}\S+\))$/,
      'rate(5 minutes) or cron(0 3 * * ? *): six fields, as in AWS',
    ),
  timeZone: z.string().refine(isTimeZone, 'a time zone like Europe/Berlin').default('UTC'),
  input: z.unknown().optional(),
});

/** By their key. */
export const EVENT_TRIGGERS = { queue, topic, bus, schedule } as const;

export type CheckedQueueTrigger = z.infer<typeof queue>;
export type CheckedTopicTrigger = z.infer<typeof topic>;
export type CheckedBusTrigger = z.infer<typeof bus>;
export type CheckedScheduleTrigger = z.infer<typeof schedule>;
export type CheckedEventTrigger = CheckedQueueTrigger | CheckedTopicTrigger | CheckedBusTrigger | CheckedScheduleTrigger;
