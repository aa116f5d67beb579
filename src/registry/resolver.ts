// Resolves functions for invocations, from memory: what was read once is kept until something about the function changes.
//
// Owns: the cache. Never: writes to the store.
// Invariants: I1 a change by this process is out of the cache before its caller is answered. I2 nothing that was read before a
// change enters the cache after it (the epoch). I3 a change by another process is seen soon after the store's notice of it; the
// notice may be lost, which costs time. I4 the cache is bounded, and what does not exist is not remembered.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, FunctionName, Log, NetworkMode, Random, Scope, Timer } from '#kernel';
import type { Resource, ResourceKey, Store } from '#store';
import type { CodeStore } from './code/code-store.ts';
import { functionArn, isVersionNumber, LATEST } from './function-reference.ts';
import { eventInvokeOf, eventInvokeSettings } from './functions/event-invoke.ts';
import type { QualifiedKind } from './functions/function-documents.ts';
import { aliasOf, functionKey, publishedKey, qualifiedKey, recordOf, urlIdKey, versionOf } from './functions/function-documents.ts';
import type { AliasRecord, VersionRecord } from './functions/function-record.ts';
import { servingOf } from './functions/function-record.ts';
import type { FunctionStore } from './functions/function-store.ts';
import { checkSharing, notEnforceable, platformSettingsOf } from './functions/platform-tags.ts';
import { invokeModeIn } from './functions/function-urls.ts';
import { lineageIdOf } from './functions/recursion.ts';
import type { FunctionUrlRecord, UrlOwner } from './functions/function-urls.ts';
import type { Sealer } from './functions/sealer.ts';
import { HandedOut } from './handed-out.ts';
import { createReadAhead } from './read-ahead.ts';
import type {
  EventInvokeSettings,
  FunctionTarget,
  Invocables,
  InvocableFunction,
  KnownUrl,
  PolicyQuestion,
  ResolvedFunctionUrl,
} from './invocable.ts';
import { policyOf } from './policies/function-policies.ts';
import { allows } from './policies/policy-decision.ts';
import { runtimeOf } from './runtimes.ts';
import { functionNotFound, networkNotEnforceable, notReady } from './refusals.ts';

export interface ResolverDependencies {
  readonly functions: FunctionStore;
  readonly changed: Store['changed'];
  readonly codes: CodeStore;
  readonly sealer: Sealer;
  readonly defaultNetwork: NetworkMode;
  readonly networks: () => readonly NetworkMode[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What is known of one function; dropped as a whole when anything about it changes. */
interface CachedFunction {
  readonly scope: Scope;
  readonly name: FunctionName;
  readonly head: Resource;
  readonly documents: Map<string, Resource>;
  /** By qualifier and version. */
  readonly invocables: Map<string, InvocableFunction>;
  /** By id. */
  readonly urls: Map<string, ResolvedFunctionUrl>;
}

export interface Resolver extends Pick<
  Invocables,
  'resolve' | 'eventInvokeSettings' | 'resolveUrl' | 'knownUrl' | 'policyAllows' | 'onExpected'
> {
  close(): void;
}

const FUNCTIONS_MAX = 10_000;
const URLS_MAX = 10_000;
/** How soon after a notice the cache is compared with the store: notices come in bursts, and one pass serves them all. */
const REFRESH_MS = 1000;

export function createResolver(deps: ResolverDependencies): Resolver {
  const { functions, codes, sealer, clock, random, log } = deps;
  const cache = new Map<string, CachedFunction>();
  const urls = new Map<string, UrlOwner>();
  const handedOut = new HandedOut(functions.resources);
  const expectedListeners = new Set<(invocable: InvocableFunction) => void>();
  let epoch = 0;
  let refreshTimer: Timer | undefined;

  /** I1, I2 */
  function forget(scope: Scope, name: FunctionName): void {
    epoch++;
    cache.delete(idOf(scope, name));
  }

  async function load(scope: Scope, name: FunctionName): Promise<CachedFunction | undefined> {
    const id = idOf(scope, name);
    const known = cache.get(id);
    if (known !== undefined) return known;
    const begun = epoch;
    const head = await functions.resources.get(functionKey(scope, name));
    if (head === undefined) return undefined;
    const loaded: CachedFunction = { scope, name, head, documents: new Map(), invocables: new Map(), urls: new Map() };
    if (epoch === begun) remember(cache, id, loaded, FUNCTIONS_MAX);
    return loaded;
  }

  async function documentOf(cached: CachedFunction, key: ResourceKey): Promise<Resource | undefined> {
    const id = documentId(key);
    const known = cached.documents.get(id);
    if (known !== undefined) return known;
    const found = await functions.resources.get(key);
    if (found !== undefined) cached.documents.set(id, found);
    return found;
  }

  const qualifiedOf = (cached: CachedFunction, kind: QualifiedKind, qualifier: string | undefined) =>
    documentOf(cached, qualifiedKey(cached.scope, kind, cached.name, qualifier));

  async function resolve(scope: Scope, target: FunctionTarget): Promise<InvocableFunction> {
    const cached = await load(scope, target.name);
    const missing = () => functionNotFound(functionArn(scope, target.name, target.qualifier ?? LATEST));
    if (cached === undefined) throw missing();
    const alias = await aliasIn(cached, target.qualifier);
    const version = alias === undefined ? (target.qualifier ?? LATEST) : chooseVersion(alias);
    const id = invocableId(target.qualifier, version);
    const known = cached.invocables.get(id);
    if (known !== undefined) return known;
    const record = await versionIn(cached, version);
    if (record === undefined) throw missing();
    if (record.state !== 'Active') throw notReady(record.state);
    const eventInvoke = await qualifiedOf(cached, 'event-invoke', target.qualifier);
    const invocable = invocableOf(cached, target, { ...record, hasExtensions: await hasExtensions(record) }, eventInvoke);
    checkSharing(invocable);
    cached.invocables.set(id, invocable);
    handedOut.note(invocable);
    return invocable;
  }

  async function aliasIn(cached: CachedFunction, qualifier: string | undefined): Promise<AliasRecord | undefined> {
    if (qualifier === undefined || qualifier === LATEST || isVersionNumber(qualifier)) return undefined;
    const found = await qualifiedOf(cached, 'alias', qualifier);
    if (found === undefined) throw functionNotFound(functionArn(cached.scope, cached.name, qualifier));
    return aliasOf(found);
  }

  function chooseVersion({ version, additional }: AliasRecord): string {
    return additional !== null && random.fraction() < additional.weight ? additional.version : version;
  }

  async function versionIn(cached: CachedFunction, version: string): Promise<VersionRecord | undefined> {
    if (version === LATEST) return servingOf(recordOf(cached.head));
    const found = await documentOf(cached, publishedKey(cached.scope, cached.name, version));
    return found && versionOf(found);
  }

  /** They are started before there is anything of the function, so whoever takes a sandbox has to know. Asked once for each version. */
  async function hasExtensions({ settings }: VersionRecord): Promise<boolean> {
    const trees = await Promise.all(settings.layers.map((layer) => codes.tree(layer.hash)));
    return trees.some((tree) => existsSync(join(tree, 'extensions')));
  }

  function invocableOf(
    { scope, name, head }: CachedFunction,
    { qualifier }: FunctionTarget,
    record: VersionRecord & { readonly hasExtensions: boolean },
    eventInvoke: Resource | undefined,
  ): InvocableFunction {
    const { settings, code } = record;
    const { reservedConcurrency, tags, tenantIsolation = false, provisioned = {}, recursiveLoop } = recordOf(head);
    const { network, instanceConcurrency } = platformSettingsOf(tags);
    if (network !== undefined && !deps.networks().includes(network))
      throw networkNotEnforceable(notEnforceable(network, deps.networks()));
    return {
      scope,
      name,
      version: record.version,
      qualifier,
      invokedArn: functionArn(scope, name, qualifier),
      versionArn: functionArn(scope, name, record.version),
      instanceKey: record.instanceKey,
      runtime: runtimeOf(settings.runtime).served,
      handler: settings.handler,
      memoryMiB: settings.memoryMiB,
      timeoutSeconds: settings.timeoutSeconds,
      ephemeralMiB: settings.ephemeralMiB,
      network: network ?? deps.defaultNetwork,
      instanceConcurrency,
      tenantIsolation,
      environment: settings.environment === null ? {} : sealer.open({ scope, name }, settings.environment),
      hasExtensions: record.hasExtensions,
      codeTree: () => codes.tree(code.hash),
      layerTrees: () => Promise.all(settings.layers.map((layer) => codes.tree(layer.hash))),
      roleArn: settings.roleArn,
      logGroup: settings.logGroup,
      reservedConcurrency: reservedConcurrency ?? undefined,
      provisionedConcurrency: provisioned[qualifier ?? LATEST]?.requested ?? 0,
      eventInvoke: settingsOf(head, eventInvoke),
      durable: settings.durable,
      lineageId: lineageIdOf(scope, name),
      endsLoops: recursiveLoop !== 'Allow',
    };
  }

  async function settingsOfTarget(scope: Scope, { name, qualifier }: FunctionTarget): Promise<EventInvokeSettings | undefined> {
    const cached = await load(scope, name);
    return cached && settingsOf(cached.head, await qualifiedOf(cached, 'event-invoke', qualifier));
  }

  async function resolveUrl(urlId: string): Promise<ResolvedFunctionUrl | undefined> {
    let owner = urls.get(urlId);
    if (owner === undefined) {
      const found = await functions.resources.get(urlIdKey(urlId));
      if (found === undefined) return undefined;
      owner = found.body as unknown as UrlOwner;
      // An id leads to the same function for its whole life; whether the URL still stands is read with the function.
      remember(urls, urlId, owner, URLS_MAX);
    }
    const { scope, name, qualifier } = owner;
    const cached = await load(scope, name);
    const known = cached?.urls.get(urlId);
    if (known !== undefined) return known;
    const found = cached && (await qualifiedOf(cached, 'function-url', qualifier ?? undefined));
    const url = found?.body as unknown as FunctionUrlRecord | undefined;
    if (cached === undefined || url?.urlId !== urlId) return undefined;
    const resolved: ResolvedFunctionUrl = {
      urlId,
      scope,
      name,
      qualifier: qualifier ?? undefined,
      authType: url.authType,
      invokeMode: invokeModeIn(url),
      cors: url.cors ?? undefined,
    };
    cached.urls.set(urlId, resolved);
    return resolved;
  }

  function knownUrl(urlId: string): KnownUrl | undefined {
    const owner = urls.get(urlId);
    const cached = owner && cache.get(idOf(owner.scope, owner.name));
    const url = cached?.urls.get(urlId);
    const version = cached && url && knownVersion(cached, url.qualifier);
    const invocable = version === undefined ? undefined : cached?.invocables.get(invocableId(url?.qualifier, version));
    return url === undefined || invocable === undefined ? undefined : { url, invocable };
  }

  function knownVersion(cached: CachedFunction, qualifier: string | undefined): string | undefined {
    if (qualifier === undefined || qualifier === LATEST || isVersionNumber(qualifier)) return qualifier ?? LATEST;
    const found = cached.documents.get(documentId(qualifiedKey(cached.scope, 'alias', cached.name, qualifier)));
    return found && chooseVersion(aliasOf(found));
  }

  async function policyAllows(question: PolicyQuestion): Promise<boolean> {
    const cached = await load(question.scope, question.function);
    // The policy of the function itself is that of `$LATEST` too: none can be put on `$LATEST` by name.
    const found = cached && (await qualifiedOf(cached, 'function-policy', question.qualifier));
    return allows(found && policyOf(found), {
      action: question.action,
      principal: question.principal,
      context: {
        'aws:sourcearn': question.sourceArn,
        'aws:sourceaccount': question.sourceAccount,
        'aws:principalorgid': question.principalOrgId,
        'lambda:eventsourcetoken': question.eventSourceToken,
        'lambda:functionurlauthtype': question.functionUrlAuthType,
        'lambda:invokedviafunctionurl': question.viaFunctionUrl?.toString(),
      },
    });
  }

  /** I3: what another process changed is dropped, and the instances that it ended are retired here too. */
  async function refresh(): Promise<void> {
    for (const cached of cache.values()) {
      const head = await functions.resources.get(cached.head.key);
      if (head?.revision !== cached.head.revision && cache.get(idOf(cached.scope, cached.name)) === cached)
        forget(cached.scope, cached.name);
    }
    const ended = await handedOut.takeEnded();
    // Whoever listens may let running invocations end first; the next comparison does not wait for them.
    functions.retire(ended).catch((error: unknown) => log.write('error', 'instances could not be retired', { error }));
  }

  /** What an invocation of `$LATEST` needs, through its URL or without. */
  async function readAhead(scope: Scope, name: FunctionName): Promise<void> {
    const cached = await load(scope, name);
    if (cached === undefined) return;
    const [url] = await Promise.all([
      qualifiedOf(cached, 'function-url', undefined),
      qualifiedOf(cached, 'function-policy', undefined),
    ]);
    if (url !== undefined) await resolveUrl((url.body as unknown as FunctionUrlRecord).urlId);
    const invocable = await resolve(scope, { name });
    for (const listener of expectedListeners) listener(invocable);
  }

  functions.onChanged(forget);
  functions.onChanged(createReadAhead({ clock, log, read: readAhead }));
  const unsubscribe = deps.changed('resources', () => {
    refreshTimer ??= clock.after(REFRESH_MS, () => {
      refreshTimer = undefined;
      refresh().catch((error: unknown) => log.write('error', 'functions could not be compared with the store', { error }));
    });
  });

  return {
    resolve,
    eventInvokeSettings: settingsOfTarget,
    resolveUrl,
    knownUrl,
    policyAllows,
    onExpected(listener) {
      expectedListeners.add(listener);
      return () => expectedListeners.delete(listener);
    },
    close() {
      unsubscribe();
      refreshTimer?.cancel();
    },
  };
}

const settingsOf = (head: Resource, eventInvoke: Resource | undefined) =>
  eventInvokeSettings(eventInvoke && eventInvokeOf(eventInvoke), recordOf(head).latest.settings.deadLetterArn);
const documentId = ({ kind, name }: ResourceKey) => `${kind}/${name}`;
const invocableId = (qualifier: string | undefined, version: string) => `${qualifier ?? ''}/${version}`;
const idOf = (scope: Scope, name: FunctionName) => `${scope.account}/${scope.region}/${name}`;

/** I4: the one that came first goes first. */
function remember<Value>(map: Map<string, Value>, key: string, value: Value, max: number): void {
  const oldest = map.size >= max ? map.keys().next().value : undefined;
  if (oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}
