// What the rooms above ask of the registry to run a function: the function as it must run now, its URL, and who may call it.

import type { AccountId, FunctionName, FunctionVersion, NetworkMode, Scope } from '#kernel';
import type { DurableSettings } from './functions/durable-settings.ts';
import type { EventDestination } from './functions/event-destinations.ts';
import type { ServedRuntime } from './runtimes.ts';

export interface EventInvokeSettings {
  /** 0 to 2. */
  readonly maximumRetryAttempts: number;
  /** 60 to 21600. */
  readonly maximumEventAgeSeconds: number;
  /** Who gets a record of what became of an event. */
  readonly onSuccess?: EventDestination | undefined;
  readonly onFailure?: EventDestination | undefined;
  /** Who gets the event itself when it is given up; a queue or a topic. */
  readonly deadLetter?: EventDestination | undefined;
}

/** One function version, resolved and checked: everything that an invocation needs, nothing that it has to look up again. */
export interface InvocableFunction {
  readonly scope: Scope;
  readonly name: FunctionName;
  /** What will run: behind an alias, the version that this call was routed to. */
  readonly version: FunctionVersion;
  /** The alias or version that the caller named. */
  readonly qualifier: string | undefined;
  /** As the caller named it; `context.invokedFunctionArn`. */
  readonly invokedArn: string;
  /** With the version as its qualifier, `$LATEST` included. */
  readonly versionArn: string;
  /**
   * Names everything that an instance was specialised with. As long as it stays the same, an instance may serve; when code
   * or settings change, the next resolution has another one and the old one is announced to `onRetired`.
   */
  readonly instanceKey: string;
  /** What it runs on, which may be another than it asked for. */
  readonly runtime: ServedRuntime;
  readonly handler: string;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly ephemeralMiB: number;
  /** What it may reach: the tag `mayfly:network`, else the platform's default. */
  readonly network: NetworkMode;
  /** How many invocations an instance runs at once: the tag `mayfly:instance-concurrency`, 1 to 64, else 1. */
  readonly instanceConcurrency: number;
  /** Its instances never serve two tenants: before it is invoked, `forTenant` says for whom. */
  readonly tenantIsolation: boolean;
  /** For whom, once that is known. */
  readonly tenantId?: string;
  /** The users' own variables, decrypted. Never write them to a log. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether its layers hold extensions, which are started before the runtime is. */
  readonly hasExtensions: boolean;
  /** A folder of read-only files, complete; extracted first if it is missing. */
  codeTree(): Promise<string>;
  /** The same for its layers, first to last. */
  layerTrees(): Promise<readonly string[]>;
  readonly roleArn: string;
  readonly logGroup: string;
  /** 0 switches the function off; undefined shares the account's unreserved concurrency. */
  readonly reservedConcurrency: number | undefined;
  /** How many of the calls at once under this qualifier have concurrency that is provisioned, and take none of the account's. */
  readonly provisionedConcurrency: number;
  readonly eventInvoke: EventInvokeSettings;
  /** Undefined: an invocation is one run. Else it is an execution of as many runs as it takes. */
  readonly durable?: DurableSettings | undefined;
  /** What the function is called in trace headers, where it is counted how often a chain of requests came by. */
  readonly lineageId: string;
  /** Whether such a chain is ended when it comes by too often. */
  readonly endsLoops: boolean;
}

/** Instances of a version that shall be there before anybody calls. */
export interface ProvisionedTarget {
  /** What they were asked for under: the version itself, or an alias that leads to it. */
  readonly qualifier: string;
  readonly version: FunctionVersion;
  readonly count: number;
}

export interface ProvisionedConcurrency {
  /** Functions that have some. */
  functions(): AsyncIterable<{ readonly scope: Scope; readonly name: FunctionName }>;
  /** Nothing for a function that is gone. */
  targets(scope: Scope, name: FunctionName): Promise<readonly ProvisionedTarget[]>;
  /** Called after every change of a function by this process, whether or not it has some. */
  onChanged(listener: (scope: Scope, name: FunctionName) => void): void;
}

/** A name that has passed `parseFunctionReference` and whose account and region are the scope's. */
export interface FunctionTarget {
  readonly name: FunctionName;
  readonly qualifier?: string | undefined;
}

export type FunctionUrlAuth = 'NONE' | 'AWS_IAM';

export type FunctionUrlInvokeMode = 'BUFFERED' | 'RESPONSE_STREAM';

export interface FunctionUrlCors {
  readonly allowCredentials: boolean | undefined;
  readonly allowHeaders: readonly string[] | undefined;
  readonly allowMethods: readonly string[] | undefined;
  readonly allowOrigins: readonly string[] | undefined;
  readonly exposeHeaders: readonly string[] | undefined;
  readonly maxAgeSeconds: number | undefined;
}

export interface ResolvedFunctionUrl {
  readonly urlId: string;
  readonly scope: Scope;
  readonly name: FunctionName;
  /** An alias, or undefined for `$LATEST`. Pass it to `resolve`. */
  readonly qualifier: string | undefined;
  readonly authType: FunctionUrlAuth;
  readonly invokeMode: FunctionUrlInvokeMode;
  readonly cors: FunctionUrlCors | undefined;
}

/** A URL and what would answer it, both as they stand now. */
export interface KnownUrl {
  readonly url: ResolvedFunctionUrl;
  readonly invocable: InvocableFunction;
}

/** Who asks, as a resource policy names principals. */
export type PolicyPrincipal =
  /** For example `s3.amazonaws.com`. */
  | { readonly kind: 'service'; readonly service: string }
  /** `arn` is the user or role where it is known. */
  | { readonly kind: 'account'; readonly account: AccountId; readonly arn?: string | undefined }
  | { readonly kind: 'anonymous' };

/** May this principal do this to this function? Members that are undefined do not satisfy a condition on them. */
export interface PolicyQuestion {
  readonly scope: Scope;
  readonly function: FunctionName;
  readonly qualifier?: string | undefined;
  /** For example `lambda:InvokeFunction`. */
  readonly action: string;
  readonly principal: PolicyPrincipal;
  readonly sourceArn?: string | undefined;
  readonly sourceAccount?: string | undefined;
  readonly principalOrgId?: string | undefined;
  readonly eventSourceToken?: string | undefined;
  readonly functionUrlAuthType?: FunctionUrlAuth | undefined;
  readonly viaFunctionUrl?: boolean | undefined;
}

/**
 * Called when instances of this key may not be given new work; it may be told twice of one. What it returns is awaited before the code tree is removed
 * from the disk, so that an invocation that still runs can load its files.
 */
export type RetiredListener = (instanceKey: string) => void | Promise<void>;

/** The registry's face towards invocation, pool and the gateway's function URLs. */
export interface Invocables {
  readonly provisionedConcurrency: ProvisionedConcurrency;
  /** Throws ResourceNotFoundException, or ResourceConflictException while the function is not ready. */
  resolve(scope: Scope, target: FunctionTarget): Promise<InvocableFunction>;
  /** What is set for events of a function that cannot run (its code failed to load, it is being made). Undefined: there is none. */
  eventInvokeSettings(scope: Scope, target: FunctionTarget): Promise<EventInvokeSettings | undefined>;
  /** Undefined when no function has this URL. */
  resolveUrl(urlId: string): Promise<ResolvedFunctionUrl | undefined>;
  /** What is in memory, without waiting: the same as `resolveUrl` and `resolve` behind it, or undefined where one of them would have to read. */
  knownUrl(urlId: string): KnownUrl | undefined;
  /** The function's own resource policy alone; what the account's identities may do is identity's business. */
  policyAllows(question: PolicyQuestion): Promise<boolean>;
  /** Returns the way to stop listening. */
  onRetired(listener: RetiredListener): () => void;
  /** Called with what has just changed and can be invoked, unless a flood of changes comes at once. Returns the way to stop listening. */
  onExpected(listener: (invocable: InvocableFunction) => void): () => void;
}
