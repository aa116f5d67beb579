// kill -9 at random and at named points while events of every kind are under way, then start: everything that was acknowledged arrives,
// FIFO groups keep their order, and nothing is a second message within its window. Two broken platforms show that the checker sees.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { effort } from '../support/effort.ts';
import { nameOf, POINTS, type Doom, type Point } from './doom.ts';
import { furnish } from './event-house.ts';
import { examine, live, Testimony } from './event-witness.ts';
import { leftovers, NOTHING } from './leftovers.ts';
import { EndedEarly, freePort, startPlatform } from './platform-process.ts';

/** `MAYFLY_CRASH_ROUNDS=1000 npm run test:long test/crash/events.test.ts` */
const ROUNDS = Number(process.env['MAYFLY_CRASH_ROUNDS'] ?? effort(2, 200));
const ROUND_MS = 180_000;

test(`killed ${ROUNDS} times, every event that it acknowledged arrives`, { timeout: ROUNDS * ROUND_MS }, async (t) => {
  const house = await newHouse(t);
  const testimony = new Testimony();
  const reached = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const point = pointOf(round);
    const where = await house.killedLife(
      round,
      testimony,
      point && { kind: 'point', point, passes: 1 + Math.floor(Math.random() * 6) },
    );
    if (point !== undefined && where.includes(`killed at ${nameOf(point)}`)) reached.add(nameOf(point));
    const findings = await house.examined(testimony);
    assert.deepEqual(findings, [], `round ${round}, killed at ${point === undefined ? 'random' : nameOf(point)}`);
  }
  const kinds = Map.groupBy(testimony.acknowledged, ([, flow]) => flow);
  t.diagnostic(`acknowledged: ${[...kinds].map(([flow, all]) => `${all.length} ${flow}`).join(', ')}`);
  t.diagnostic(`killed at: ${[...reached].join('; ')}`);
  // A life may end with its first event; all of ten do not.
  assert.ok(ROUNDS < 10 ? kinds.size > 0 : kinds.size === 7, 'events of every kind were acknowledged');
  if (ROUNDS >= 4 * POINTS.length) assert.deepEqual([...reached].toSorted(), POINTS.map(nameOf).toSorted());
});

for (const kind of ['acknowledgesEarly', 'deletesEarly'] as const)
  test(`the checker sees: a platform that ${kind === 'acknowledgesEarly' ? 'acknowledges before it has saved' : 'deletes before it has delivered'} is caught`, async (t) => {
    const house = await newHouse(t);
    for (let round = 0; round < 5; round += 1) {
      const testimony = new Testimony();
      await house.killedLife(round, testimony, { kind });
      const findings = await house.examined(testimony, 20_000);
      if (findings.some((finding) => /^(?:standard|ordered)-\S+ was acknowledged and is lost/.test(finding))) return;
    }
    assert.fail('five lives of a broken platform went unnoticed');
  });

/** Every other round at random; between them the points in their order, from where the last run of the suite may have stopped. */
const FIRST_POINT = Math.floor(Math.random() * POINTS.length);

function pointOf(round: number): Point | undefined {
  return round % 2 === 0 ? POINTS[(FIRST_POINT + round / 2) % POINTS.length] : undefined;
}

interface House {
  /** The platform lives, and dies of its doom or at random. Returns what it printed last. */
  killedLife(round: number, testimony: Testimony, doom: Doom | undefined): Promise<string>;
  /** The next platform is asked what arrived, and stops in peace. */
  examined(testimony: Testimony, arrivalMs?: number): Promise<readonly string[]>;
}

/** A point that nobody passes does not hold up the suite. */
const LIFE_MS_MAX = 6000;

async function newHouse(t: TestContext): Promise<House> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'mayfly-events-'));
  t.after(() => {
    rmSync(openDataFolder(dataFolder).work, { recursive: true, force: true });
    rmSync(dataFolder, { recursive: true, force: true });
  });
  const port = await freePort();
  const first = await startPlatform(t, { dataFolder, port });
  await furnish(first.endpoint);
  assert.equal(await first.stop(), 0);
  return {
    async killedLife(round, testimony, doom) {
      const doomed = await startPlatform(t, { dataFolder, port, ...(doom && { doom }) }).catch((error: unknown) => {
        // What an earlier life left may bring the next to its point before it is ready.
        if (error instanceof EndedEarly && error.printed.includes('killed at')) return error.printed;
        throw error;
      });
      if (typeof doomed === 'string') return doomed;
      const living = live(doomed.endpoint, round, testimony);
      living.catch(() => undefined); // Awaited below, after the kill.
      const lifeMs = doom?.kind === 'point' ? LIFE_MS_MAX : 500 + Math.floor(Math.random() * 2500);
      await Promise.race([doomed.ended, delay(lifeMs)]);
      await doomed.kill();
      await living;
      return doomed.ended;
    },
    async examined(testimony, arrivalMs) {
      const next = await startPlatform(t, { dataFolder, port });
      const findings = await examine(next.endpoint, testimony, arrivalMs);
      assert.equal(await next.stop(), 0);
      assert.deepEqual(leftovers(dataFolder), NOTHING, 'something is left on the machine');
      return findings;
    },
  };
}
