// A pool over scripted sandboxes, and how the room above uses what it gets.

import assert from 'node:assert/strict';
import { FakeClock } from './fake-clock.ts';
import { FakeLauncher } from './fake-launcher.ts';
import type { Script } from './fake-launcher.ts';
import type { InvocableFunction } from '../../src/registry/invocable.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { invocable } from './invocable.ts';
import { QuietLog } from './quiet-log.ts';
import type { Initialised, Instance, InstanceTenancy, Placement, PoolSettings } from '#pool';
import { Pool } from '#pool';

export interface Tenancy extends InstanceTenancy {
  readonly functionName: string;
}

const SETTINGS: PoolSettings = {
  memoryMiB: 2048,
  sandboxes: 50,
  cores: 4,
  launchesAtOnce: 4,
  functionStarts: 1000,
  prewarmedRuntimes: ['nodejs24.x'],
  network: 'platform',
  prewarmLeast: 2,
  prewarmMost: 4,
};

export function house(settings: Partial<PoolSettings> = {}, script: Script = {}, unreserved = 1000) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const launcher = new FakeLauncher(clock, script);
  // Whether there is something to cache is asked of real files, which no fake clock waits for.
  if (script.cache === undefined) launcher.codeCaches.has = () => true;
  const tenancies: (Tenancy & { closed: number })[] = [];
  const pool = new Pool<Tenancy>({
    clock,
    log,
    launcher,
    settings: { ...SETTINGS, ...settings },
    unreservedConcurrency: () => unreserved,
    openTenancy(invocable) {
      const tenancy = {
        functionName: invocable.name,
        closed: 0,
        initialise: (sandbox: Sandbox) => initialise(invocable, sandbox),
        close: () => void (tenancy.closed += 1),
      };
      tenancies.push(tenancy);
      return tenancy;
    },
  });
  return { clock, log, launcher, pool, tenancies };
}

export function placed(placement: Placement<Tenancy>): Instance<Tenancy> {
  assert(placement.kind === 'placed', placement.kind);
  return placement.instance;
}

/** As the invocation room does: specialise what is fresh, and say so. */
export async function ready(instance: Instance<Tenancy>) {
  assert.equal((await initialise(instance.fleet.invocable, instance.sandbox)).kind, 'ready');
}

async function initialise(invocable: InvocableFunction, sandbox: Sandbox): Promise<Initialised> {
  const outcome = await sandbox.specialise({
    codeTree: await invocable.codeTree(),
    layerTrees: [],
    handler: 'index.handler',
    environment: {},
    memoryMiB: 128,
    initTimeoutMs: 10_000,
    functionName: invocable.name,
    functionVersion: '$LATEST',
    logGroup: '',
    logStream: '',
  });
  if (outcome.kind === 'ready') return { kind: 'ready', startMs: 5, peakBytes: sandbox.usage().peakBytes };
  return { kind: 'failed', reason: outcome.kind };
}

export const done = { reusable: true, runMs: 10, peakBytes: 40 * 1_048_576 };

export async function used(h: ReturnType<typeof house>, name: string, overrides = {}) {
  const instance = placed(await h.clock.until(h.pool.acquire(invocable(name, overrides), 0)));
  if (instance.fresh) await h.clock.until(ready(instance));
  return instance;
}
