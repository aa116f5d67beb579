// Tags that begin with `mayfly:` are settings of the platform, for which Lambda's API has no place: what they may be, and what they mean.
// They belong to the function, so they hold for all of its versions.

import type { NetworkMode } from '#kernel';
import { isNetworkMode, LIMITS, NETWORK_MODES } from '#kernel';
import type { InvocableFunction } from '../invocable.ts';
import { invalidParameter } from '../refusals.ts';

type Tags = Readonly<Record<string, string>>;

export interface PlatformSettings {
  /** Undefined: the platform's default. */
  readonly network: NetworkMode | undefined;
  readonly instanceConcurrency: number;
}

const PREFIX = 'mayfly:';
const NETWORK_TAG = `${PREFIX}network`;
const CONCURRENCY_TAG = `${PREFIX}instance-concurrency`;
/** What `mayfly deploy` groups functions by: no setting, but ours. */
const APP_TAG = `${PREFIX}app`;
/** A change of one of these ends the function's instances. */
export const SETTING_TAGS: readonly string[] = [NETWORK_TAG, CONCURRENCY_TAG];
const KNOWN: readonly string[] = [...SETTING_TAGS, APP_TAG];

/** Throws InvalidParameterValueException for an unknown one, and for a value that means nothing. */
export function platformSettingsOf(tags: Tags): PlatformSettings {
  const unknown = Object.keys(tags).find((key) => key.toLowerCase().startsWith(PREFIX) && !KNOWN.includes(key));
  if (unknown !== undefined)
    throw invalidParameter(
      `The tag ${unknown} cannot be honoured: tags that begin with ${PREFIX} are settings of this platform, which knows ${KNOWN.join(', ')}.`,
    );
  return { network: networkIn(tags), instanceConcurrency: concurrencyIn(tags) };
}

function networkIn({ [NETWORK_TAG]: network }: Tags): NetworkMode | undefined {
  if (network === undefined || isNetworkMode(network)) return network;
  throw invalidParameter(`The tag ${NETWORK_TAG} is one of ${NETWORK_MODES.join(', ')}, not "${network}".`);
}

function concurrencyIn({ [CONCURRENCY_TAG]: text }: Tags): number {
  if (text === undefined) return 1;
  const concurrency = Number(text);
  if (/^[1-9]\d?$/.test(text) && concurrency <= LIMITS.instanceConcurrencyMax) return concurrency;
  throw invalidParameter(
    `The tag ${CONCURRENCY_TAG} is a number from 1 to ${LIMITS.instanceConcurrencyMax}, not "${text}": so many invocations share an instance.`,
  );
}

export interface SettingsContext {
  /** The runtimes of all versions of the function. */
  readonly runtimes: readonly string[];
  /** What this machine can enforce. */
  readonly networks: readonly NetworkMode[];
}

/** Throws InvalidParameterValueException for what is well said but cannot be done, here or for this function. */
export function checkPlatformSettings({ network, instanceConcurrency }: PlatformSettings, context: SettingsContext): void {
  if (network !== undefined && !context.networks.includes(network))
    throw invalidParameter(notEnforceable(network, context.networks));
  const other = context.runtimes.find((runtime) => !runtime.startsWith('nodejs'));
  if (instanceConcurrency > 1 && other !== undefined)
    throw invalidParameter(
      `The tag ${CONCURRENCY_TAG} cannot be honoured for the runtime ${other}: only Node.js runs several invocations in one process.`,
    );
}

/** Extensions are told of one invocation after another, so what starts with them takes them so. Known only when the layers are there. */
export function checkSharing({
  instanceConcurrency,
  hasExtensions,
  environment,
}: Pick<InvocableFunction, 'instanceConcurrency' | 'hasExtensions' | 'environment'>): void {
  const hasWrapper = (environment['AWS_LAMBDA_EXEC_WRAPPER'] ?? '') !== '';
  if (instanceConcurrency === 1 || !(hasExtensions || hasWrapper)) return;
  throw invalidParameter(
    `The tag ${CONCURRENCY_TAG} cannot be honoured for a function with ${hasWrapper ? 'a wrapper script (AWS_LAMBDA_EXEC_WRAPPER)' : 'extensions in its layers'}: it takes one invocation after another.`,
  );
}

/** A sentence for whoever asked for a network that would not be what it is called. */
export function notEnforceable(network: NetworkMode, networks: readonly NetworkMode[]): string {
  const offer = networks.length === 0 ? 'none of the networks' : `only ${networks.join(' and ')}`;
  return `The network ${network} (tag ${NETWORK_TAG}) cannot be enforced on this machine, so functions that ask for it are not run. It can enforce ${offer}; \`mayfly doctor\` says more.`;
}
