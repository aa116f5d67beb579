// Pool and invocation under seeded faults: launches fail, functions crash, time out and never load, freezers stick, the store loses
// writes and leases, code changes underneath, the platform is killed and started again. Whatever happens, the promises hold.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as holds, asyncProperty, boolean, constant, constantFrom, nat, oneof, record } from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Outcome } from '../../src/sandbox/sandbox.ts';
import { effort } from '../support/effort.ts';
import { FakeClock } from '../support/fake-clock.ts';
import type { FakeSandbox, Script } from '../support/fake-launcher.ts';
import { invocable } from '../support/invocable.ts';
import { invocationHouse } from '../support/invocation-house.ts';
import { MemoryDeliveries } from '../support/memory-deliveries.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { Watch } from './watch.ts';

const NAMES = ['swift', 'slow', 'reserved', 'heavy'] as const;

interface Faults {
  readonly launchFails: number;
  readonly initFails: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly freezerSticks: number;
  readonly storeFails: number;
}

type Step =
  | { readonly kind: 'invoke' | 'emit'; readonly name: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'redeploy'; readonly name: number }
  | { readonly kind: 'killInstance' }
  | { readonly kind: 'restart'; readonly gently: boolean };

const share = constantFrom(0, 0, 0.05, 0.3);
const faults: Arbitrary<Faults> = record({
  launchFails: share,
  initFails: share,
  crashes: share,
  hangs: share,
  freezerSticks: share,
  storeFails: share,
});
const name = nat(NAMES.length - 1);
const step: Arbitrary<Step> = oneof(
  { weight: 6, arbitrary: record({ kind: constantFrom('invoke' as const, 'emit' as const), name }) },
  { weight: 3, arbitrary: record({ kind: constant('wait' as const), ms: constantFrom(0, 1, 15, 40, 500, 3000, 61_000) }) },
  { weight: 1, arbitrary: record({ kind: constant('redeploy' as const), name }) },
  { weight: 1, arbitrary: record({ kind: constant('killInstance' as const) }) },
  { weight: 1, arbitrary: record({ kind: constant('restart' as const), gently: boolean() }) },
);

function scriptOf(faults: Faults, random: ReturnType<typeof seededRandom>): Script {
  const happens = (share: number) => random.fraction() < share;
  const crash: Exclude<Outcome, { kind: 'returned' }> = { kind: 'crashed', exitCode: 1, signal: undefined, detail: 'exit' };
  return {
    launch: () => ({
      takesMs: 20 + 20 * random.fraction(),
      ...(happens(faults.launchFails) ? { fails: new Error('no process') } : undefined),
    }),
    init: () => ({ takesMs: 2 + 20 * random.fraction(), ...(happens(faults.initFails) ? { outcome: crash } : undefined) }),
    run({ payload }) {
      if (happens(faults.hangs)) return { takesMs: Infinity };
      const takesMs = JSON.parse(Buffer.from(payload).toString()) as number;
      return { takesMs, ...(happens(faults.crashes) ? { outcome: crash } : undefined) };
    },
    freeze: () => (happens(faults.freezerSticks) ? new Error('the freezer is stuck') : undefined),
    thaw: () => (happens(faults.freezerSticks) ? new Error('the freezer is stuck') : undefined),
  };
}

class World {
  readonly clock = new FakeClock();
  readonly deliveries = new MemoryDeliveries();
  readonly random: ReturnType<typeof seededRandom>;
  readonly watch = new Watch();
  readonly #faults: Faults;
  readonly #versions = NAMES.map(() => 1);
  readonly #answers: Promise<unknown>[] = [];
  house: ReturnType<typeof invocationHouse>;
  #calm = false;

  constructor(seed: number, faults: Faults) {
    this.random = seededRandom(seed);
    this.#faults = faults;
    this.deliveries.fault = (verb) => {
      if (!this.#calm && this.random.fraction() < this.#faults.storeFails) throw new Error(`${verb} failed`);
    };
    this.house = this.#build();
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case 'invoke':
        this.#invoke(NAMES[step.name] ?? 'swift');
        return;
      case 'emit':
        await this.#emit(NAMES[step.name] ?? 'swift');
        return;
      case 'wait':
        await this.clock.advance(step.ms);
        return;
      case 'redeploy':
        await this.#redeploy(step.name);
        return;
      case 'killInstance':
        this.#killInstance();
        return;
      case 'restart':
        await this.#restart(step.gently);
        return;
      default:
        step satisfies never;
    }
  }

  /** No more faults, and all the time that an event may take. */
  async comeToRest(): Promise<void> {
    this.#calm = true;
    await this.clock.advance(7 * 3_600_000);
    await Promise.all(this.#answers);
  }

  async close(): Promise<void> {
    await this.clock.until(this.house.invocations.close(1000));
    this.watch.check(this.house, 'after closing');
    assert.deepEqual(this.house.launcher.living, [], 'no sandbox survives');
    assert.equal(this.house.sessions.size, 0, 'no credentials survive');
  }

  #build() {
    const house = invocationHouse({
      clock: this.clock,
      deliveries: this.deliveries,
      script: this.#script(),
      functions: NAMES.map((_, index) => this.#function(index)),
      settings: { memoryMiB: 1500, sandboxes: 12, launchesAtOnce: 2 },
      unreserved: 8,
      seed: Math.floor(this.random.fraction() * 2 ** 31),
    });
    this.watch.follow(house);
    house.invocations.start();
    return house;
  }

  #script(): Script {
    const script = scriptOf(this.#faults, this.random);
    const whenStormy =
      <Argument, Result>(run: (argument: Argument) => Result) =>
      (argument: Argument) =>
        this.#calm ? undefined : run(argument);
    return {
      ahead: 8,
      launch: whenStormy((request) => script.launch?.(request)),
      init: (specialisation, sandbox) => {
        this.watch.specialised(sandbox, specialisation);
        return this.#calm ? undefined : script.init?.(specialisation, sandbox);
      },
      run: (invocation, sandbox) => {
        this.watch.ran(sandbox, invocation);
        return this.#calm ? { takesMs: 0.1 } : script.run?.(invocation, sandbox);
      },
      freeze: whenStormy((sandbox: FakeSandbox) => script.freeze?.(sandbox)),
      thaw: whenStormy((sandbox: FakeSandbox) => script.thaw?.(sandbox)),
    };
  }

  #function(index: number) {
    const name = NAMES[index] ?? 'swift';
    return invocable(name, {
      instanceKey: `${name}/${this.#versions[index]}`,
      codeTree: async () => `/code/${name}/${this.#versions[index]}`,
      reservedConcurrency: name === 'reserved' ? 2 : undefined,
      memoryMiB: name === 'heavy' ? 900 : 128,
    });
  }

  #payload(name: string): Buffer {
    // The swift one is sent ahead, and so has others behind it when it hangs or crashes.
    return Buffer.from(String(name === 'slow' ? 900 : name === 'swift' ? 0.2 : 2));
  }

  #invoke(name: string): void {
    const { house, watch } = this;
    const found = house.known.get(name);
    assert(found !== undefined);
    const requestId = house.requestId();
    const answer = house.invocations.invoke({ requestId, invocable: found, payload: this.#payload(name) });
    // Nobody hears the answer of a process that was killed.
    this.#answers.push(answer.then((result) => void (house.perished() || watch.answered(requestId, result))));
  }

  async #emit(name: string): Promise<void> {
    const found = this.house.known.get(name);
    assert(found !== undefined);
    const requestId = this.house.requestId();
    try {
      await this.house.invocations.accept({
        requestId,
        scope: found.scope,
        functionArn: found.invokedArn,
        payload: this.#payload(name),
      });
    } catch {
      return; // The caller was told that it is not accepted.
    }
    this.watch.accepted(requestId);
  }

  async #redeploy(index: number): Promise<void> {
    const before = this.house.known.get(NAMES[index] ?? 'swift')?.instanceKey ?? '';
    this.#versions[index] = (this.#versions[index] ?? 0) + 1;
    this.house.known.set(NAMES[index] ?? 'swift', this.#function(index));
    void this.house.retire(before);
  }

  #killInstance(): void {
    const { living } = this.house.launcher;
    living[Math.floor(this.random.fraction() * living.length)]?.die();
  }

  /** Gently: as by SIGTERM. Otherwise as by `kill -9`: nothing of the old process is ever heard of again. */
  async #restart(gently: boolean): Promise<void> {
    if (gently) await this.close();
    else this.house.perish();
    this.#answers.length = 0;
    this.house = this.#build();
  }
}

test('whatever fails, events settle or stay, attempts are billed once, keys and limits are kept', async () => {
  await holds(
    asyncProperty(nat(), faults, array(step, { minLength: 5, maxLength: 60 }), async (seed, faults, steps) => {
      const world = new World(seed, faults);
      for (const step of steps) {
        await world.take(step);
        world.watch.check(world.house, step.kind);
        world.watch.checkEvents(world.deliveries);
      }
      await world.comeToRest();
      world.watch.check(world.house, 'at rest');
      assert.equal(world.deliveries.rows.size, 0, 'every accepted event has come to its end');
      world.watch.checkEvents(world.deliveries);
      assert.equal(world.house.pool.snapshot().inFlight, 0);
      await world.close();
    }),
    { numRuns: effort(200, 5000) },
  );
});
