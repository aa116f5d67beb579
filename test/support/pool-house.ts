// A pool over scripted sandboxes, and how the room above uses what it gets.

import assert from 'node:assert/strict';
import { FakeClock } from './fake-clock.ts';
import { FakeLauncher } from './fake-launcher.ts';
import type { Script } from './fake-launcher.ts';
import { invocable } from './invocable.ts';
import { QuietLog } from './quiet-log.ts';
import type { Instance, Placement, PoolSettings } from '#pool';
import { Pool } from '#pool';

export interface Tenancy {
  readonly functionName: string;
  close(): void;
}

const SETTINGS: PoolSettings = {
  memoryMiB: 2048,
  sandboxes: 50,
  cores: 4,
  launchesAtOnce: 4,
  prewarmedRuntimes: ['nodejs24.x'],
  network: 'platform',
  prewarmLeast: 2,
  prewarmMost: 4,
};

export function house(settings: Partial<PoolSettings> = {}, script: Script = {}, unreserved = 1000) {
  const clock = new FakeClock();
  const log = new QuietLog();
  const launcher = new FakeLauncher(clock, script);
  const tenancies: { readonly functionName: string; closed: number }[] = [];
  const pool = new Pool<Tenancy>({
    clock,
    log,
    launcher,
    settings: { ...SETTINGS, ...settings },
    unreservedConcurrency: () => unreserved,
    openTenancy(invocable) {
      const tenancy = { functionName: invocable.name, closed: 0, close: () => void (tenancy.closed += 1) };
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
  const { fleet } = instance;
  const outcome = await instance.sandbox.specialise({
    codeTree: await fleet.invocable.codeTree(),
    layerTrees: [],
    handler: 'index.handler',
    environment: {},
    memoryMiB: 128,
    initTimeoutMs: 10_000,
    functionName: fleet.invocable.name,
    functionVersion: '$LATEST',
    logGroup: '',
    logStream: '',
  });
  assert.equal(outcome.kind, 'ready');
}

export const done = { reusable: true, runMs: 10, peakBytes: 40 * 1_048_576 };

export async function used(h: ReturnType<typeof house>, name: string, overrides = {}) {
  const instance = placed(await h.clock.until(h.pool.acquire(invocable(name, overrides), 0)));
  if (instance.fresh) await h.clock.until(ready(instance));
  return instance;
}
