// The port of the cellar: what the pool may ask of a sandbox, whichever isolation level stands behind it.

import type { Readable } from 'node:stream';
import type { NetworkMode } from '#kernel';
import type { RuntimeName } from './runtimes/runtime-names.ts';
import type { CodeCacheStore } from './slots/code-caches.ts';

/**
 * How strongly a stranger's code is kept apart. `bwrap`: namespaces, seccomp, a uid of its own and limits. `oci`: the same by crun, in a frame of
 * bubblewrap's. `process`: a plain child process. The last two are only ever used when the operator names them.
 */
export type IsolationLevel = 'bwrap' | 'oci' | 'process';

export type { RuntimeName } from './runtimes/runtime-names.ts';

export interface LaunchRequest {
  readonly runtime: RuntimeName;
  /** What the function may reach. It is part of the sandbox from its first moment on. */
  readonly network: NetworkMode;
  /** Size of /tmp. Generic sandboxes have the default of Lambda, 512. */
  readonly ephemeralMiB: number;
  /**
   * What the runtime process itself must start with (NODE_OPTIONS, LD_PRELOAD …). Most functions have none; one that has some
   * cannot use a pre-warmed sandbox and is launched for itself.
   */
  readonly startEnvironment: Readonly<Record<string, string>>;
  /** Extensions or a wrapper script start together with the runtime: it runs as a child of the supervisor, which is what waits then. */
  readonly supervised?: boolean;
  /**
   * Code and layers that must be in their places before the runtime starts, because `startEnvironment` points into them
   * (`NODE_OPTIONS=--require /opt/…`). The specialisation then names the same.
   */
  readonly placed?: Pick<Specialisation, 'codeTree' | 'layerTrees'>;
}

export interface Launcher {
  readonly level: IsolationLevel;
  /** One honest sentence: what this level protects from here, and what it does not. */
  readonly promise: string;
  /** The networks that it enforces here; a launch for another is refused. */
  readonly networks: readonly NetworkMode[];
  /** Why not more of them, in sentences with what to do. */
  readonly networkNotes: readonly string[];
  /** Starts a generic sandbox; resolves when its runtime waits for a function. Rejects with `LaunchFailed`. */
  launch(request: LaunchRequest): Promise<Sandbox>;
  /** Every runtime, and whether sandboxes of it can be started now. */
  runtimes(): readonly RuntimeStatus[];
  /** Resolves when sandboxes of this runtime can be started, having fetched what was missing. Rejects with `LaunchFailed` in words. */
  prepare(runtime: RuntimeName): Promise<void>;
  /** V8 code caches that were made by `Sandbox.makeCodeCache`, and are used where a specialisation names their key. */
  readonly codeCaches: CodeCacheStore;
  /** Code that will soon be asked for: it then appears at once. Never rejects: what fails here fails again where somebody waits for it. */
  expect(code: Pick<Specialisation, 'codeTree' | 'layerTrees'>): Promise<void>;
  /** Removes what an earlier process left: sandboxes, cgroups, mounts, slots. Called once, before the first launch. */
  sweep(): Promise<SweepReport>;
  /** What must be denied in here is tried once more, in a sandbox of its own, one test at a time. Empty at a level that denies nothing. */
  selfTest(): Promise<readonly TriedAttempt[]>;
  /** Kills every sandbox and leaves nothing behind. */
  close(): Promise<void>;
}

export interface RuntimeStatus {
  readonly runtime: RuntimeName;
  /** `absent`: fetched when it is first needed. `impossible`: this machine lacks what it needs. */
  readonly state: 'ready' | 'absent' | 'fetching' | 'failed' | 'impossible';
  /** What stands behind it, or what is wrong and how to mend it. */
  readonly detail: string;
}

/** One thing that the self-test's function tried from inside. */
export interface TriedAttempt {
  /** `open /etc/shadow` */
  readonly attempt: string;
  /** A sentence on what it found where it was not denied: then this level does not hold. */
  readonly found: string | undefined;
}

export interface SweepReport {
  readonly processesKilled: number;
  readonly cgroupsRemoved: number;
  readonly slotsRemoved: number;
}

/** One function version, as a sandbox needs it. Whoever calls has checked all of it. */
export interface Specialisation {
  /** A folder of read-only files that shall appear as /var/task, and the layers (first to last) that make up /opt. */
  readonly codeTree: string;
  readonly layerTrees: readonly string[];
  readonly handler: string;
  /** The whole environment of the function, reserved variables included. */
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMiB: number;
  /** Time that loading the handler may take. */
  readonly initTimeoutMs: number;
  /** What `context` shows: name, version, memory, log group and stream. */
  readonly functionName: string;
  readonly functionVersion: string;
  readonly logGroup: string;
  readonly logStream: string;
  /** How many invocations may run at once in its one process; 1 where nothing is said, as on Lambda. */
  readonly concurrency?: number;
  /**
   * A V8 code cache that an earlier run of the same code gave, if there is one. It came out of a sandbox of this function
   * version and goes back only into sandboxes of this function version. An empty one asks that a cache can be made (`makeCodeCache`).
   */
  readonly codeCache?: Uint8Array;
  /** Names everything that the function is made of: the code cache that was kept under it is used, where there is one. */
  readonly codeKey?: string;
}

export interface SandboxInvocation {
  readonly requestId: string;
  readonly invokedFunctionArn: string;
  /** JSON text, passed through as it is. */
  readonly payload: Uint8Array;
  /** Epoch ms that `context.getRemainingTimeInMillis()` counts down to, where it begins at once. */
  readonly deadlineMs: number;
  /** By the platform's own clock, from the moment when it begins; then the sandbox is killed. */
  readonly timeoutMs: number;
  readonly clientContext?: string;
  readonly cognitoIdentity?: string;
  readonly traceHeader?: string;
  /** `context.tenantId`, for functions that keep tenants apart. */
  readonly tenantId?: string;
  /**
   * For a handler that streams: called before its first byte, at most once. Without it the response is collected into one payload.
   * The outcome resolves at the end as ever, with an empty payload where it was streamed.
   */
  readonly onStream?: (response: StreamedResponse) => void;
}

/** A response that comes while the function runs. */
export interface StreamedResponse {
  /** As the handler set it; fit to stand in a header. */
  readonly contentType: string | undefined;
  /**
   * Reading it lets the function write on; destroying it tells the function that its client is gone. It ends, and never fails: whether
   * what came is all of it, the outcome says.
   */
  readonly body: Readable;
}

/**
 * How an invocation or an init ended. A user's failing function is data. After all but `returned` and `threw` the sandbox is dead, and so it is
 * after an exception that nobody caught (a `threw` too, as on Lambda): `gone` has then resolved before the outcome.
 * `ranMs` is how long it ran by the platform's clock; short invocations whose answers arrive together share their time evenly. `handlerMs` is how
 * long by the runtime's own account, which knows nothing of a busy machine and cannot be trusted: a hint for those who choose an instance.
 */
export type Outcome =
  | ({ readonly kind: 'returned'; readonly payload: Uint8Array } & Times)
  /** `payload` is Lambda's error document: {errorType, errorMessage, trace}. */
  | ({ readonly kind: 'threw'; readonly payload: Uint8Array } & Times)
  | { readonly kind: 'timedOut'; readonly afterMs: number }
  | { readonly kind: 'outOfMemory' }
  /** The process ended by itself, was killed, or broke the channel's rules (`detail` says how, for the log). */
  | {
      readonly kind: 'crashed';
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
      readonly detail: string;
    }
  /** More than the limit came back; Lambda's Function.ResponseSizeTooLarge. */
  | { readonly kind: 'tooLarge'; readonly bytes: number }
  /** It was sent ahead and has not begun: it was taken back, or the sandbox ended before its turn. It can run elsewhere. */
  | { readonly kind: 'recalled' };

interface Times {
  readonly ranMs?: number;
  readonly handlerMs?: number;
}

/** How an invocation ended that had begun. */
export type Ending = Exclude<Outcome, { kind: 'recalled' }>;

/** After anything but `ready` the sandbox is dead. */
export type InitOutcome = { readonly kind: 'ready' } | Exclude<Ending, { kind: 'returned' }>;

export interface SandboxUsage {
  /** CPU of all its processes since launch; undefined where this level cannot know. */
  readonly cpuNanos: bigint | undefined;
  /** Highest memory since the last `resetPeak`, in bytes; undefined where this level cannot know. */
  readonly peakBytes: number | undefined;
}

/** A line that the function wrote. `timestampMs` is the platform's. */
export interface OutputLine {
  readonly timestampMs: number;
  readonly stream: 'stdout' | 'stderr';
  /** Without its newline; cut at the limit, with a marker. */
  readonly text: string;
}

/** `specialise` once, then `invoke`s, then `destroy`. Calls out of order are bugs and assert. */
export interface Sandbox {
  /** Opaque; no tenant's name. */
  readonly id: string;
  readonly runtime: RuntimeName;
  /** How many invocations may be sent ahead to it while one runs; 0 where its runtime takes one at a time. */
  readonly ahead: number;
  /**
   * Its first invocation may be sent right behind `specialise`, before the handler is loaded. It begins as soon as that is done (`ready`); otherwise it
   * is `recalled`.
   */
  readonly takesFirst: boolean;
  specialise(specialisation: Specialisation): Promise<InitOutcome>;
  /**
   * May be called while others are under way: up to `ahead` wait inside and run strictly one after another, in this order. With a
   * `concurrency` above 1 that many run at once, and none waits inside. When the sandbox dies, those that had begun fail, the others are
   * `recalled`, as is whoever comes to a dead one; one that ran beside an invocation that timed out has `crashed`.
   */
  invoke(invocation: SandboxInvocation): Promise<Outcome>;
  /** Takes back an invocation that was sent ahead. Its outcome says what came of that: `recalled`, unless it had begun. */
  recall(requestId: string): void;
  /**
   * After at least one invocation, between two: the V8 code cache of the entry module, with every function compiled that has run so far.
   * Undefined where `codeCache` was not given or the entry is no CommonJS file.
   */
  makeCodeCache(): Promise<Uint8Array | undefined>;
  /** Lines as they come, to whoever listens last; bounded and with back-pressure towards the function. All lines that were written before an outcome was sent are delivered before that outcome's promise resolves. */
  onOutput(listener: (lines: readonly OutputLine[]) => void): void;
  /** Connections that the function opens to AWS_ENDPOINT_URL arrive here, and nothing else of the host can be reached. */
  onConnection(listener: (connection: FunctionConnection) => void): void;
  /** Between invocations nothing inside runs. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** As it was at the end of the last invocation; of those that end within the same millisecond, at the end of the first. */
  usage(): SandboxUsage;
  resetPeak(): void;
  /** SIGKILL to everything inside, thawed or frozen; resolves when no process, cgroup, mount or slot of it is left. Safe to call twice. */
  destroy(): Promise<void>;
  /** How long laying out code, files and limits took when it was specialised; 0 before. The handler is loaded in the rest of that time. */
  readonly furnishMs: number;
  /** When its runtime said that the handler is loaded, by the monotonic clock; 0 before. */
  readonly loadedAtMs: number;
  /** Resolves when it is dead for whatever reason. */
  readonly gone: Promise<void>;
}

/** A socket of the host (a unix socket at level `bwrap`) on which a function speaks HTTP. */
export type FunctionConnection = import('node:net').Socket;
