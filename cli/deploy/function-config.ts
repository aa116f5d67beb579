// What a function says about itself in `export const config`: the published type.

/** Something that runs the function. */
export type Trigger = S3Trigger | HttpTrigger | QueueTrigger | TopicTrigger | BusTrigger | ScheduleTrigger;

/** An object that appears in or disappears from a bucket. The bucket is made if it is not there. */
export interface S3Trigger {
  /** The bucket's name. */
  readonly s3: string;
  /** For example `ObjectCreated:*` (the default) or `ObjectRemoved:Delete`; `s3:` in front is accepted as well. */
  readonly events?: readonly string[];
  /** Only keys that start so. */
  readonly prefix?: string;
  /** Only keys that end so. */
  readonly suffix?: string;
}

/** A URL of the function's own. */
export interface HttpTrigger {
  /** `/`: everything below the URL comes to the function. */
  readonly http: '/';
  /** `none`: whoever reaches the platform may call it. `iam`: the request must be signed. */
  readonly auth: 'none' | 'iam';
  /** What the handler writes (`awslambda.streamifyResponse`) leaves as it writes it; false if left out. */
  readonly stream?: boolean;
  /** Which web pages of other origins may call it; none if left out. */
  readonly cors?: {
    readonly origins: readonly string[];
    readonly methods?: readonly string[];
    readonly headers?: readonly string[];
    readonly exposeHeaders?: readonly string[];
    readonly credentials?: boolean;
    readonly maxAgeSeconds?: number;
  };
}

/** Messages of a queue, which is made if it is not there; a name that ends with `.fifo` makes a FIFO queue. */
export interface QueueTrigger {
  /** The queue's name. */
  readonly queue: string;
  /** The most messages for one call, 1 to 10000; 10 if left out. More than 10 need `windowSeconds`. */
  readonly batchSize?: number;
  /** How long a batch may wait to become full, 0 to 300; 0 if left out. */
  readonly windowSeconds?: number;
  /** The function says which messages failed (`batchItemFailures`), and only those come again; false if left out. */
  readonly partialFailures?: boolean;
  /** The most calls at a time for this queue, 2 to 1000. No limit of its own if left out. */
  readonly concurrency?: number;
  /** The queue for messages that failed too often; made if it is not there. */
  readonly deadLetter?: string;
  /** After how many receives a message goes there; 5 if left out. */
  readonly receives?: number;
}

/** What is published to a topic, which is made if it is not there. A function has one such trigger for a topic. */
export interface TopicTrigger {
  readonly topic: string;
  /** SNS's filter policy on message attributes: `{ kind: ['order'] }`. Every message if left out. */
  readonly filter?: Readonly<Record<string, unknown>>;
}

/** Events of a bus that match; `default` is there, others are made if they are not. */
export interface BusTrigger {
  readonly bus: string;
  /** EventBridge's event pattern: `{ source: ['my.shop'], detail: { price: [{ numeric: ['>', 100] }] } }`. */
  readonly pattern: Readonly<Record<string, unknown>>;
}

/** A clock. */
export interface ScheduleTrigger {
  /** `rate(5 minutes)`, or AWS's `cron(0 3 * * ? *)` with six fields. */
  readonly schedule: string;
  /** Whose three o'clock it is: `Europe/Berlin`; `UTC` if left out. */
  readonly timeZone?: string;
  /** The event; Scheduler's own if left out. */
  readonly input?: unknown;
}

/** Plain data: it is read from the source without running it, so it cannot call anything or look at the environment. */
export interface FunctionConfig {
  /** The file's name without its extension if left out. */
  readonly name?: string;
  readonly description?: string;
  /** `nodejs24.x` if left out. Those before `nodejs20.x` run on the nearest that there is, and `mayfly deploy` says so. */
  readonly runtime?: `nodejs${24 | 22 | 20 | 18 | 16 | 14 | 12}.x`;
  /** The exported function; `handler` if left out. */
  readonly handler?: string;
  /** MiB, 128 to 10240; 128 if left out. CPU follows it. */
  readonly memory?: number;
  /** Seconds, 1 to 900; 3 if left out. */
  readonly timeout?: number;
  /** MiB of /tmp, 512 to 10240; 512 if left out. */
  readonly ephemeralStorage?: number;
  /** Environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The most instances at a time; 0 switches the function off. No limit of its own if left out. */
  readonly reservedConcurrency?: number;
  /**
   * Makes it durable: written with `@aws/durable-execution-sdk-js`, its steps are recorded, and its waits need no instance. `timeout` is the whole
   * execution's, in seconds, 1 to 31622400; `retention` is for how many days its history stays, 1 to 90, and 14 if left out.
   */
  readonly durable?: { readonly timeout: number; readonly retention?: number };
  /** What runs it. */
  readonly on?: readonly Trigger[];
  /** Buckets that it writes to: each is made if it is not there. */
  readonly buckets?: readonly string[];
  /** Packages to ship as they are in node_modules instead of bundling them; native ones are found without being named. */
  readonly unbundled?: readonly string[];
}
