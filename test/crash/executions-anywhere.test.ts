// An execution whose process dies at every boundary there is, one after the other: before and after each call of its journal, before a task begins, while it
// runs, and when it has answered. The clock is turned by hand, so that a timer costs nothing. executions.test.ts does the same to the whole platform.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effort } from '../support/effort.ts';
import { MACHINE_NAMES, type MachineName } from './execution-house.ts';
import { play } from './execution-play.ts';

async function lengthOf(machine: MachineName): Promise<number> {
  const { boundaries, findings } = await play({ machine, deaths: [] });
  assert.deepEqual(findings, [], 'nothing is wrong when nobody dies');
  return boundaries.length;
}

for (const machine of MACHINE_NAMES)
  test(`${machine}: killed at any boundary, it ends, has recorded each step once and done it at least once`, async () => {
    const length = await lengthOf(machine);
    for (let death = 1; death <= length; death += 1) {
      const { boundaries, lives, findings } = await play({ machine, deaths: [death] });
      assert.equal(lives, 2);
      assert.deepEqual(findings, [], `killed at boundary ${death}: ${boundaries[death - 1]}`);
    }
  });

test('killed three times, anywhere, it ends as well', async () => {
  const length = await lengthOf('everything');
  for (let round = 0; round < effort(15, 1000); round += 1) {
    const deaths = [0, 1, 2].map((life) => 1 + Math.floor(Math.random() * length) + life * 5);
    const { boundaries, findings } = await play({ machine: 'everything', deaths });
    assert.deepEqual(findings, [], `killed at ${deaths.map((death) => `${death}: ${boundaries[death - 1]}`).join(', ')}`);
  }
});

test('the checker sees: of a build that carries out what is not yet saved, a step is done again after a later one', async () => {
  const length = await lengthOf('sequence');
  const findings: string[] = [];
  for (let death = 1; death <= length; death += 1) {
    const played = await play({ machine: 'sequence', deaths: [death], isEarly: true });
    findings.push(...played.findings);
  }
  assert.match(findings.join('\n'), /it did charge again after a later step/);
});
