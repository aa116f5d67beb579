// What a function says about itself in `export const config`: the published type.

/** Something that runs the function. */
export type Trigger = S3Trigger | HttpTrigger;

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
  /** What runs it. */
  readonly on?: readonly Trigger[];
  /** Buckets that it writes to: each is made if it is not there. */
  readonly buckets?: readonly string[];
  /** Packages to ship as they are in node_modules instead of bundling them; native ones are found without being named. */
  readonly unbundled?: readonly string[];
}
