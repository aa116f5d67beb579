// kill -9 at every boundary of a journal, while a task is under way, and at random, then start: every execution that was acknowledged ends, records each
// step once, and has done it at least once. Two broken platforms show that the checker sees.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDataFolder } from '../../src/main/data-folder.ts';
import { effort } from '../support/effort.ts';
import { JOURNAL_POINTS, nameOf, type Doom } from './doom.ts';
import { EffectSink, type Trap } from './effect-sink.ts';
import { examine } from './execution-examination.ts';
import { furnish } from './execution-house.ts';
import { live, Testimony } from './execution-witness.ts';
import { leftovers, NOTHING } from './leftovers.ts';
import { EndedEarly, freePort, startPlatform } from './platform-process.ts';

/** `MAYFLY_CRASH_ROUNDS=1000 npm run test:long test/crash/executions.test.ts` */
const ROUNDS = Number(process.env['MAYFLY_CRASH_ROUNDS'] ?? effort(2, 200));
const ROUND_MS = 180_000;

type Death =
  | { readonly kind: 'doom'; readonly doom: Doom }
  | { readonly kind: 'trap'; readonly moment: Trap['moment'] }
  | { readonly kind: 'random' };

const DEATHS: readonly Death[] = [
  ...JOURNAL_POINTS.map((point): Death => ({ kind: 'doom', doom: { kind: 'point', point, passes: 1 } })),
  { kind: 'trap', moment: 'begun' },
  { kind: 'trap', moment: 'answered' },
];
/** Every third life ends at random; between them deaths in their order, from anywhere on. */
const FIRST_DEATH = Math.floor(Math.random() * DEATHS.length);

function deathOf(round: number): Death {
  if (round % 3 === 2) return { kind: 'random' };
  const death = DEATHS[(FIRST_DEATH + round - Math.floor(round / 3)) % DEATHS.length] ?? { kind: 'random' };
  if (death.kind !== 'doom' || death.doom.kind !== 'point') return death;
  return { kind: 'doom', doom: { ...death.doom, passes: 1 + Math.floor(Math.random() * 4) } };
}

function nameOfDeath(death: Death): string {
  if (death.kind === 'doom') return death.doom.kind === 'point' ? nameOf(death.doom.point) : death.doom.kind;
  return death.kind === 'trap' ? `a task, ${death.moment}` : 'random';
}

test(
  `killed ${ROUNDS} times, every execution that it acknowledged ends, with each step recorded once`,
  { timeout: ROUNDS * ROUND_MS },
  async (t) => {
    const house = await newHouse(t);
    const testimony = new Testimony();
    const reached = new Set<string>();
    for (let round = 0; round < ROUNDS; round += 1) {
      const death = deathOf(round);
      if (await house.killedLife(round, testimony, death)) reached.add(nameOfDeath(death));
      assert.deepEqual(await house.examined(testimony), [], `round ${round}, killed at ${nameOfDeath(death)}`);
    }
    const all = [...testimony.executions.values()];
    t.diagnostic(
      `${all.length} executions, ${testimony.answered.size} answers, ${house.effects} effects, killed at: ${[...reached].join('; ')}`,
    );
    assert.ok(all.some(({ status }) => status === 'SUCCEEDED'));
    if (ROUNDS >= 4 * DEATHS.length) {
      const named = [...reached].filter((name) => name !== 'random');
      assert.deepEqual(named.toSorted(), DEATHS.map(nameOfDeath).toSorted());
    }
  },
);

for (const kind of ['beginsEarly', 'stepsEarly'] as const)
  test(`the checker sees: a platform that ${kind === 'beginsEarly' ? 'acknowledges a start' : 'acknowledges a step and carries out what it asks for'} before it is saved is caught`, async (t) => {
    const house = await newHouse(t);
    for (let round = 0; round < 5; round += 1) {
      const testimony = new Testimony();
      await house.killedLife(round, testimony, { kind: 'doom', doom: { kind } });
      const findings = await house.examined(testimony, 8000);
      if (findings.some((finding) => SEEN[kind].test(finding))) return;
    }
    assert.fail('five lives of a broken platform went unnoticed');
  });

const SEEN = {
  beginsEarly: / is lost$/,
  stepsEarly: /again after a later step|was shown the event|was shown as|an answer was acknowledged and/,
} as const;

interface House {
  readonly effects: number;
  /** The platform lives, and dies. Whether it died as it was meant to. */
  killedLife(round: number, testimony: Testimony, death: Death): Promise<boolean>;
  /** The next platform is asked what has become of everything, and stops in peace. */
  examined(testimony: Testimony, endMs?: number): Promise<readonly string[]>;
}

/** A point that nobody passes does not hold up the suite. */
const LIFE_MS_MAX = 6000;

function lifeOf(death: Death): number {
  if (death.kind === 'random') return 500 + Math.floor(Math.random() * 2500);
  if (death.kind === 'trap' || death.doom.kind === 'point') return LIFE_MS_MAX;
  // No longer than it takes to save late what has begun; long enough for one task after another.
  return death.doom.kind === 'beginsEarly' ? 1000 : 2500;
}

async function newHouse(t: TestContext): Promise<House> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'mayfly-executions-'));
  t.after(() => {
    rmSync(openDataFolder(dataFolder).work, { recursive: true, force: true });
    rmSync(dataFolder, { recursive: true, force: true });
  });
  const sink = new EffectSink();
  const sinkUrl = await sink.listen();
  t.after(() => sink.close());
  const port = await freePort();
  const place = { dataFolder, port, isolation: 'process' } as const;
  const first = await startPlatform(t, place);
  await furnish(first.endpoint, sinkUrl);
  assert.equal(await first.stop(), 0);
  return {
    get effects() {
      return sink.effects.length;
    },
    async killedLife(round, testimony, death) {
      const doomed = await startPlatform(t, { ...place, ...(death.kind === 'doom' && { doom: death.doom }) }).catch(
        (error: unknown) => {
          // What an earlier life left may bring the next to its point before it is ready.
          if (error instanceof EndedEarly && error.printed.includes('killed at')) return undefined;
          throw error;
        },
      );
      if (doomed === undefined) return true;
      let isSprung = false;
      if (death.kind === 'trap') {
        const spring = (): void => {
          isSprung = true;
          void doomed.kill();
        };
        sink.set({ moment: death.moment, effects: 1 + Math.floor(Math.random() * 10), spring });
      }
      const living = live(doomed.endpoint, sink, testimony, round);
      living.catch(() => undefined); // Awaited below, after the kill.
      const lifeMs = lifeOf(death);
      await Promise.race([doomed.ended, delay(lifeMs)]);
      await doomed.kill();
      await living;
      sink.set(undefined);
      return death.kind === 'random' || isSprung || (await doomed.ended).includes('killed at');
    },
    async examined(testimony, endMs) {
      const next = await startPlatform(t, place);
      const findings = await examine(next.endpoint, sink, testimony, endMs);
      assert.equal(await next.stop(), 0);
      assert.deepEqual(leftovers(dataFolder), NOTHING, 'something is left on the machine');
      return findings;
    },
  };
}
