// What the simulation writes down while it runs, and the promises that it holds the platform to.

import assert from 'node:assert/strict';
import type { AttemptResult } from '#invocation';
import { SCALE } from '#pool';
import type { SandboxInvocation, Specialisation } from '../../src/sandbox/sandbox.ts';
import type { FakeSandbox } from '../support/fake-launcher.ts';
import type { invocationHouse } from '../support/invocation-house.ts';
import type { MemoryDeliveries } from '../support/memory-deliveries.ts';

type House = ReturnType<typeof invocationHouse>;

const UNRESERVED = 8;
const RESERVED = 2;
const MEMORY_MIB = 1500;
const SANDBOXES = 12;

export class Watch {
  readonly #codeOf = new Map<FakeSandbox, string>();
  readonly #began = new Set<string>();
  readonly #accepted = new Set<string>();
  readonly #houses: House[] = [];
  /** Found inside a sandbox, where the platform would take a failed assertion for a crash. */
  readonly #violations: string[] = [];

  follow(house: House): void {
    this.#houses.push(house);
  }

  /** No instance serves two keys: the code tree names the key. */
  specialised(sandbox: FakeSandbox, { codeTree }: Specialisation): void {
    if (this.#codeOf.has(sandbox)) this.#violations.push(`${sandbox.id} became an instance twice`);
    this.#codeOf.set(sandbox, codeTree);
  }

  ran(sandbox: FakeSandbox, { requestId, invokedFunctionArn }: SandboxInvocation): void {
    const code = this.#codeOf.get(sandbox) ?? '';
    if (code.split('/')[2] !== invokedFunctionArn.split(':')[6]) this.#violations.push(`${code} ran ${invokedFunctionArn}`);
    this.#began.add(requestId);
  }

  accepted(requestId: string): void {
    this.#accepted.add(requestId);
  }

  /** Billed if it was answered by the function, not billed if it was not. */
  answered(requestId: string, result: AttemptResult): void {
    const records = this.#recordsOf(requestId);
    assert.equal(records.length, result.kind === 'answered' ? 1 : 0, `${result.kind} with ${records.length} records`);
  }

  check(house: House, after: string): void {
    assert.deepEqual(this.#violations, [], 'no instance serves two keys');
    const { pool, launcher } = house;
    const snapshot = pool.snapshot();
    assert.ok(snapshot.chargedMiB <= MEMORY_MIB, `${snapshot.chargedMiB} MiB after ${after}`);
    assert.ok(snapshot.sandboxes <= SANDBOXES, `${snapshot.sandboxes} sandboxes after ${after}`);
    assert.ok(launcher.living.length + launcher.launching <= SANDBOXES);
    assert.ok(snapshot.inFlight <= UNRESERVED + RESERVED, `${snapshot.inFlight} in flight after ${after}`);
    assert.equal(snapshot.inFlight, snapshot.held + snapshot.waiting, `after ${after}`);
    const running = launcher.living.filter(({ state }) => state === 'running');
    const ofReserved = running.filter((sandbox) => this.#codeOf.get(sandbox)?.startsWith('/code/reserved/'));
    assert.ok(ofReserved.length <= RESERVED, 'reserved concurrency is a ceiling');
    assert.ok(running.length - ofReserved.length <= UNRESERVED, 'the account’s rest is one');
    assert.ok(snapshot.chargedMiB >= snapshot.sandboxes * SCALE.genericMiB, 'everything that lives is charged');
    this.#checkBills();
  }

  /** An accepted event is claimable, or runs, or has settled: after a run that is on the bill, or with a reason in the log. */
  checkEvents(deliveries: MemoryDeliveries): void {
    const dropped = new Set(this.#houses.flatMap(({ log }) => log.named('event.dropped').map(({ fields }) => fields['requestId'])));
    for (const requestId of this.#accepted) {
      if (deliveries.rows.has(requestId)) continue;
      const succeeded = this.#recordsOf(requestId).some(({ outcome }) => outcome === 'returned');
      assert.ok(succeeded || dropped.has(requestId), `event ${requestId} has vanished`);
    }
  }

  /** No attempt is on the bill twice, and none that never began. */
  #checkBills(): void {
    const seen = new Set<string>();
    for (const { records } of this.#houses)
      for (const { requestId, attempt, initMs, durationMs, billedMs, outcome } of records) {
        const id = `${requestId}/${attempt}`;
        assert.ok(!seen.has(id), `attempt ${id} is billed twice`);
        seen.add(id);
        assert.ok(billedMs >= Math.max(1, initMs + durationMs), 'billed for what it took');
        assert.ok(this.#began.has(requestId) || outcome === 'crashed' || initMs > 0, 'billed though nothing ran');
      }
  }

  #recordsOf(requestId: string) {
    return this.#houses.flatMap(({ records }) => records.filter((record) => record.requestId === requestId));
  }
}
