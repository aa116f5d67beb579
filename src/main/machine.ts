// What the pool may take of this machine.

import { availableParallelism, totalmem } from 'node:os';
import { LIMITS } from '#kernel';
import type { NetworkMode } from '#kernel';
import type { PoolSettings } from '#pool';

const MIB = 1_048_576;

/** The platform itself, the page cache and everybody else keep a quarter of the memory, and 1 GiB at least. */
const SHARE_FOR_FUNCTIONS = 0.75;
const KEPT_MIB = 1024;

export function poolSettings(network: NetworkMode): PoolSettings {
  const machineMiB = Math.floor(totalmem() / MIB);
  const cores = availableParallelism();
  return {
    memoryMiB: Math.max(256, Math.min(Math.floor(machineMiB * SHARE_FOR_FUNCTIONS), machineMiB - KEPT_MIB)),
    // Each takes a host uid, a slot and three processes; a machine of any size is out of breath long before the uids are.
    sandboxes: 1000,
    cores,
    launchesAtOnce: cores,
    functionStarts: LIMITS.functionStarts,
    prewarmedRuntimes: ['nodejs24.x'],
    network,
    prewarmLeast: 2,
    prewarmMost: 4 * cores,
  };
}

/** As Lambda names them. */
export function hostArchitecture(): 'x86_64' | 'arm64' {
  return process.arch === 'arm64' ? 'arm64' : 'x86_64';
}
