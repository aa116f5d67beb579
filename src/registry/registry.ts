// The registry as the rooms above see it: its parts put together, and what a start and an end need.

import { mkdir } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Clock, FunctionName, Log, NetworkMode, Random, Scope } from '#kernel';
import type { Blobs, Store } from '#store';
import type { AccountSettings } from './account-settings.ts';
import { accountSettings } from './account-settings.ts';
import type { CodeDownloads } from './code/code-downloads.ts';
import { createCodeDownloads } from './code/code-downloads.ts';
import { createCodeStore } from './code/code-store.ts';
import { createCodeTrees } from './code/code-trees.ts';
import { createUnzipper } from './code/unzipper.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './functions/aliases.ts';
import type { ReadObject } from './functions/code-source.ts';
import { reserveConcurrency, unreservedConcurrency } from './functions/concurrency.ts';
import { deleteFunction } from './functions/deletion.ts';
import { deleteEventInvoke, getEventInvoke, listEventInvokes, setEventInvoke } from './functions/event-invoke.ts';
import { createFunction, updateFunctionCode, updateFunctionConfiguration } from './functions/function-operations.ts';
import type { FunctionDependencies } from './functions/function-operations.ts';
import type { Architecture, FunctionSettings } from './functions/function-record.ts';
import type { FoundVersion } from './functions/function-store.ts';
import { createFunctionStore } from './functions/function-store.ts';
import { createUrl, deleteUrl, getUrl, listUrls, updateUrl } from './functions/function-urls.ts';
import {
  deleteProvisioned,
  getProvisioned,
  listProvisioned,
  provisionedFunctions,
  provisionedTargets,
  putProvisioned,
} from './functions/provisioned.ts';
import { getRecursion, setRecursion } from './functions/recursion.ts';
import { createSealer } from './functions/sealer.ts';
import { createSettling } from './functions/settling.ts';
import { surveyFunctions } from './functions/survey.ts';
import type { Finding } from './functions/survey.ts';
import { addTags, listTags, removeTags } from './functions/tags.ts';
import { listFunctions, listVersions, publishVersion } from './functions/versions.ts';
import type { FunctionTarget, Invocables } from './invocable.ts';
import type { ServedRuntime } from './runtimes.ts';
import { addLayerPermission, getLayerPolicy, removeLayerPermission } from './layers/layer-policies.ts';
import { deleteLayerVersion, getLayerVersion, listLayers, listLayerVersions, publishLayer } from './layers/layers.ts';
import { addPermission, getPolicy, removePermission } from './policies/function-policies.ts';
import { createResolver } from './resolver.ts';

export interface RegistryDependencies {
  readonly store: Pick<Store, 'resources' | 'changed'>;
  /** A place of its own: what no code record names is removed from it at a start. */
  readonly blobs: Blobs;
  /** Where code is opened, to be mounted into sandboxes. */
  readonly codeFolder: string;
  /** 32 bytes that encrypt environments and sign download links. */
  readonly secretKey: Uint8Array;
  /** Keys that were used before, so that what they encrypted can still be read. */
  readonly earlierSecretKeys?: readonly Uint8Array[];
  /** What this machine runs; functions for anything else are refused. */
  readonly hostArchitecture: Architecture;
  /** What a function may reach that says nothing about it. Whoever passes it has made sure that it can be enforced. */
  readonly defaultNetwork: NetworkMode;
  /** The networks that this machine can enforce; functions that ask for another are refused. */
  readonly networks: () => readonly NetworkMode[];
  readonly readObject: ReadObject;
  /** Resolves when functions of this runtime can run here. Rejects with an error whose message says what is missing. */
  readonly prepareRuntime: (runtime: ServedRuntime) => Promise<void>;
  /** Where `unzip-worker` lies in a bundle. */
  readonly unzipWorkerUrl?: URL;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type Bound<Operation> = Operation extends (dependencies: never, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never;

/** Each operation takes the scope first and throws Lambda's errors. */
export interface Registry extends Invocables {
  readonly functions: {
    readonly create: Bound<typeof createFunction>;
    readonly updateCode: Bound<typeof updateFunctionCode>;
    readonly updateConfiguration: Bound<typeof updateFunctionConfiguration>;
    /** The version behind a name, as it is stored. */
    get(scope: Scope, target: FunctionTarget): Promise<FoundVersion>;
    readonly list: Bound<typeof listFunctions>;
    readonly delete: Bound<typeof deleteFunction>;
    readonly publishVersion: Bound<typeof publishVersion>;
    readonly listVersions: Bound<typeof listVersions>;
    readonly reserveConcurrency: Bound<typeof reserveConcurrency>;
    /** The variables in plain; undefined where the function has none. Never write them to a log. Throws KMSNotFoundException where they cannot be read. */
    environmentOf(scope: Scope, name: FunctionName, settings: FunctionSettings): Readonly<Record<string, string>> | undefined;
  };
  readonly aliases: {
    readonly create: Bound<typeof createAlias>;
    readonly update: Bound<typeof updateAlias>;
    readonly get: Bound<typeof getAlias>;
    readonly list: Bound<typeof listAliases>;
    readonly delete: Bound<typeof deleteAlias>;
  };
  readonly policies: {
    readonly add: Bound<typeof addPermission>;
    readonly remove: Bound<typeof removePermission>;
    readonly get: Bound<typeof getPolicy>;
  };
  readonly urls: {
    readonly create: Bound<typeof createUrl>;
    readonly get: Bound<typeof getUrl>;
    readonly update: Bound<typeof updateUrl>;
    readonly delete: Bound<typeof deleteUrl>;
    readonly list: Bound<typeof listUrls>;
  };
  readonly eventInvokes: {
    readonly set: Bound<typeof setEventInvoke>;
    readonly get: Bound<typeof getEventInvoke>;
    readonly delete: Bound<typeof deleteEventInvoke>;
    readonly list: Bound<typeof listEventInvokes>;
  };
  readonly recursion: {
    readonly get: Bound<typeof getRecursion>;
    readonly set: Bound<typeof setRecursion>;
  };
  readonly provisioned: {
    readonly put: Bound<typeof putProvisioned>;
    readonly get: Bound<typeof getProvisioned>;
    readonly delete: Bound<typeof deleteProvisioned>;
    readonly list: Bound<typeof listProvisioned>;
  };
  readonly tags: {
    readonly list: Bound<typeof listTags>;
    readonly add: Bound<typeof addTags>;
    readonly remove: Bound<typeof removeTags>;
  };
  readonly layers: {
    readonly publish: Bound<typeof publishLayer>;
    readonly get: Bound<typeof getLayerVersion>;
    readonly list: Bound<typeof listLayers>;
    readonly listVersions: Bound<typeof listLayerVersions>;
    readonly delete: Bound<typeof deleteLayerVersion>;
    readonly addPermission: Bound<typeof addLayerPermission>;
    readonly removePermission: Bound<typeof removeLayerPermission>;
    readonly getPolicy: Bound<typeof getLayerPolicy>;
  };
  readonly downloads: Pick<CodeDownloads, 'issue'> & {
    /** The archive that a token stands for, or undefined. */
    open(token: string): Promise<{ readonly bytes: number; readonly content: Readable } | undefined>;
  };
  /** Counts every function: for people who ask, not for what repeats. */
  accountSettings(scope: Scope): Promise<AccountSettings>;
  /** What the account has not reserved. Reads one document, however many functions there are. */
  unreservedConcurrency(scope: Scope): Promise<number>;
  /** What of the functions' settings is not quite as it was asked for. Reads all of them. */
  survey(scope: Scope): Promise<readonly Finding[]>;
  /** Cleans up after an earlier process and goes on with what it had begun. Once, before the door opens. */
  start(): Promise<void>;
  /** Resolves when nothing goes on behind answered calls any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createRegistry(dependencies: RegistryDependencies): Registry {
  const { store, blobs, codeFolder, secretKey, earlierSecretKeys, hostArchitecture, readObject, clock, random, log } = dependencies;
  const { defaultNetwork, networks } = dependencies;
  const { resources } = store;
  const unzipper = createUnzipper({
    clock,
    workerUrl: dependencies.unzipWorkerUrl ?? new URL('./code/unzip-worker.ts', import.meta.url),
  });
  const trees = createCodeTrees({ folder: codeFolder, unzipper, random });
  const codes = createCodeStore({ resources, blobs, trees, unzipper, log });
  const functions = createFunctionStore(resources, codes, log);
  const settling = createSettling({ functions, codes, prepareRuntime: dependencies.prepareRuntime, clock, random, log });
  const sealer = createSealer({ secretKey, random, ...(earlierSecretKeys === undefined ? {} : { earlierSecretKeys }) });
  const downloads = createCodeDownloads({ secretKey, clock });
  const resolver = createResolver({
    functions,
    changed: (topic, listener) => store.changed(topic, listener),
    codes,
    sealer,
    defaultNetwork,
    networks,
    clock,
    random,
    log,
  });
  const deps: FunctionDependencies = { functions, codes, settling, sealer, readObject, hostArchitecture, networks, clock, random };
  const layerDeps = { resources, codes, readObject, clock, random };

  return {
    resolve: (scope, target) => resolver.resolve(scope, target),
    eventInvokeSettings: (scope, target) => resolver.eventInvokeSettings(scope, target),
    resolveUrl: (urlId) => resolver.resolveUrl(urlId),
    knownUrl: (urlId) => resolver.knownUrl(urlId),
    policyAllows: (question) => resolver.policyAllows(question),
    onRetired: (listener) => functions.onRetired(listener),
    onExpected: (listener) => resolver.onExpected(listener),
    functions: {
      create: bind(createFunction, deps),
      updateCode: bind(updateFunctionCode, deps),
      updateConfiguration: bind(updateFunctionConfiguration, deps),
      get: (scope, target) => functions.version(scope, target),
      list: bind(listFunctions, deps),
      delete: bind(deleteFunction, functions),
      publishVersion: bind(publishVersion, deps),
      listVersions: bind(listVersions, deps),
      reserveConcurrency: bind(reserveConcurrency, functions),
      environmentOf: (scope, name, { environment }) =>
        environment === null ? undefined : sealer.open({ scope, name }, environment),
    },
    aliases: {
      create: bind(createAlias, deps),
      update: bind(updateAlias, deps),
      get: bind(getAlias, deps),
      list: bind(listAliases, deps),
      delete: bind(deleteAlias, deps),
    },
    policies: { add: bind(addPermission, deps), remove: bind(removePermission, deps), get: bind(getPolicy, deps) },
    urls: {
      create: bind(createUrl, deps),
      get: bind(getUrl, deps),
      update: bind(updateUrl, deps),
      delete: bind(deleteUrl, deps),
      list: bind(listUrls, deps),
    },
    eventInvokes: {
      set: bind(setEventInvoke, deps),
      get: bind(getEventInvoke, deps),
      delete: bind(deleteEventInvoke, deps),
      list: bind(listEventInvokes, deps),
    },
    recursion: { get: bind(getRecursion, functions), set: bind(setRecursion, functions) },
    provisioned: {
      put: bind(putProvisioned, deps),
      get: bind(getProvisioned, deps),
      delete: bind(deleteProvisioned, deps),
      list: bind(listProvisioned, deps),
    },
    provisionedConcurrency: {
      functions: () => provisionedFunctions(functions),
      targets: (scope, name) => provisionedTargets(functions, scope, name),
      onChanged: (listener) => functions.onChanged(listener),
    },
    tags: { list: bind(listTags, deps), add: bind(addTags, deps), remove: bind(removeTags, deps) },
    layers: {
      publish: bind(publishLayer, layerDeps),
      get: bind(getLayerVersion, layerDeps),
      list: bind(listLayers, layerDeps),
      listVersions: bind(listLayerVersions, layerDeps),
      delete: bind(deleteLayerVersion, layerDeps),
      addPermission: bind(addLayerPermission, layerDeps),
      removePermission: bind(removeLayerPermission, layerDeps),
      getPolicy: bind(getLayerPolicy, layerDeps),
    },
    downloads: {
      issue: (hash) => downloads.issue(hash),
      async open(token) {
        const hash = downloads.redeem(token);
        return hash && codes.read(hash);
      },
    },
    accountSettings: (scope) => accountSettings(resources, scope),
    unreservedConcurrency: (scope) => unreservedConcurrency(resources, scope),
    survey: (scope) => surveyFunctions(resources, scope),
    async start() {
      await mkdir(codeFolder, { recursive: true, mode: 0o755 });
      const swept = await codes.sweep();
      const resumed = await settling.resume();
      if (swept.blobsRemoved + swept.treesRemoved + resumed > 0)
        log.write('info', 'the registry picked up after an earlier process', { ...swept, resumed });
    },
    async idle() {
      await settling.idle();
      await functions.idle();
    },
    async close() {
      resolver.close();
      const settled = settling.close();
      await unzipper.close();
      await settled;
      await functions.idle();
    },
  };
}

function bind<Dependencies, Rest extends readonly unknown[], Result>(
  operation: (dependencies: Dependencies, ...rest: Rest) => Result,
  dependencies: Dependencies,
): (...rest: Rest) => Result {
  return (...rest) => operation(dependencies, ...rest);
}
