// Checks what was read from `export const config`, and fills in what was left out.

import { z } from 'zod';
import { Failure } from '../failure.ts';
import { EVENT_TRIGGERS } from './event-triggers.ts';

const bucketName = z
  .string()
  .regex(/^(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, '3 to 63 of lower-case letters, digits, dots and hyphens');

const s3Event = z
  .string()
  .transform((event) => (event.startsWith('s3:') ? event : `s3:${event}`))
  .pipe(z.string().regex(/^s3:[A-Z][A-Za-z]+:(?:\*|[A-Z][A-Za-z]+)$/, 'an event like ObjectCreated:* or ObjectRemoved:Delete'));

const s3Trigger = z.strictObject({
  s3: bucketName,
  events: z.array(s3Event).min(1).default(['s3:ObjectCreated:*']),
  prefix: z.string().max(1024).default(''),
  suffix: z.string().max(1024).default(''),
});

const httpTrigger = z.strictObject({
  http: z.literal('/', { error: 'must be "/": a function URL takes every path; routes are not served yet' }),
  auth: z.enum(['none', 'iam'], {
    error: 'must be "none" (whoever reaches the platform may call it) or "iam" (signed requests only)',
  }),
  stream: z.boolean().default(false),
  cors: z
    .strictObject({
      origins: z.array(z.string()).min(1),
      methods: z.array(z.string()).default(['*']),
      headers: z.array(z.string()).default([]),
      exposeHeaders: z.array(z.string()).default([]),
      credentials: z.boolean().default(false),
      maxAgeSeconds: z.int().min(0).max(86_400).default(0),
    })
    .optional(),
});

const TRIGGERS = { s3: s3Trigger, http: httpTrigger, ...EVENT_TRIGGERS } as const;
type TriggerKind = keyof typeof TRIGGERS;

/** Chosen by its key, so that a mistake in one kind is not reported against all. */
const trigger = z.unknown().transform((value, context): z.infer<(typeof TRIGGERS)[TriggerKind]> => {
  const kinds = Object.keys(TRIGGERS) as TriggerKind[];
  const kind = typeof value === 'object' && value !== null ? kinds.find((key) => key in value) : undefined;
  if (kind === undefined) {
    context.issues.push({
      code: 'custom',
      message: `must have one of the keys ${kinds.join(', ')}: { s3: "uploads" }, { queue: "orders" } or { schedule: "rate(1 hour)" }, for example`,
      input: value,
    });
    return z.NEVER;
  }
  const result = TRIGGERS[kind].safeParse(value);
  if (result.success) return result.data;
  for (const issue of result.error.issues) context.issues.push({ ...issue, input: value, code: 'custom' });
  return z.NEVER;
});

const environmentName = z
  .string()
  .regex(/^[A-Za-z]\w+$/, 'names start with a letter and have at least two of letters, digits and underscores');

/** Those that bundles are made for. Older ones are there for folders that come from elsewhere: the platform says what it runs them on. */
const RUNTIMES = ['nodejs24.x', 'nodejs22.x', 'nodejs20.x', 'nodejs18.x', 'nodejs16.x', 'nodejs14.x', 'nodejs12.x'] as const;
export const DEFAULT_RUNTIME = 'nodejs24.x';

const schema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w-]{1,64}$/, '1 to 64 of letters, digits, hyphens and underscores')
    .optional(),
  description: z.string().max(256).default(''),
  runtime: z.enum(RUNTIMES).default(DEFAULT_RUNTIME),
  handler: z
    .string()
    .regex(/^[A-Za-z_$][\w$]*$/, 'the name of an export')
    .default('handler'),
  memory: z.int().min(128).max(10_240).default(128),
  timeout: z.int().min(1).max(900).default(3),
  ephemeralStorage: z.int().min(512).max(10_240).default(512),
  env: z.record(environmentName, z.string()).default({}),
  durable: z
    .strictObject({
      timeout: z.int().min(1).max(31_622_400),
      retention: z.int().min(1).max(90).default(14),
    })
    .optional(),
  reservedConcurrency: z.int().min(0).max(1000).optional(),
  on: z
    .array(trigger)
    .default([])
    .check(({ value, issues }) => {
      const names = value.flatMap((one) =>
        'queue' in one ? [`queue ${one.queue}`] : 'topic' in one ? [`topic ${one.topic}`] : [],
      );
      const twice = names.find((name, index) => names.indexOf(name) !== index);
      if (twice !== undefined) issues.push({ code: 'custom', message: `names the ${twice} twice`, input: value });
    }),
  buckets: z.array(bucketName).default([]),
  unbundled: z.array(z.string()).default([]),
});

export type CheckedConfig = z.infer<typeof schema>;
export type CheckedS3Trigger = z.infer<typeof s3Trigger>;
export type CheckedHttpTrigger = z.infer<typeof httpTrigger>;

/** @param place The file, for the message. */
export function checkConfig(value: unknown, place: string): CheckedConfig {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${['config', ...issue.path.map(String)].join('.')}: ${issue.message}`);
  throw new Failure(`${place}: the config of this function cannot be used.\n  ${lines.join('\n  ')}`, {
    code: 'BadConfig',
    mend: 'Every setting is described in docs/guides/functions-folder.md.',
  });
}
