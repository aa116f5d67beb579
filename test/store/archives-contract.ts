// What every EventArchives does: events come in one step with what they cause, are read in the order of their times, and are counted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { ArchivePosition, NewArchivedEvent, Store } from '#store';
import { effort } from '../support/effort.ts';
import { withStore, type OpenStore } from './contract.ts';
import { freshScope } from './scopes.ts';

export function archivesContract(implementation: string, open: OpenStore): void {
  withStore(`archives on ${implementation}`, open, (store) => {
    test('events come back in the order of their times, page by page, and those of other archives do not', async () => {
      const archive = freshArchive();
      await store().archives.accept([...eventsOf(archive, [30, 10, 20, 10]), ...eventsOf(freshArchive(), [15])], []);
      assert.deepEqual(await read(store(), archive, { limit: 3 }), ['1@10', '3@10', '2@20', '0@30']);
      assert.deepEqual(await read(store(), archive, { limit: 1, fromMs: 10, untilMs: 30 }), ['1@10', '3@10', '2@20']);
      assert.deepEqual(await read(store(), archive, { limit: 10, fromMs: 11, untilMs: 20 }), []);
      assert.deepEqual(await read(store(), freshArchive(), { limit: 10 }), []);
    });

    test('deliveries are accepted in the same step', async () => {
      const lane = freshArchive();
      const delivery = {
        id: `${lane}-1`,
        scope: freshScope(),
        lane,
        target: 't',
        payload: Buffer.from('x'),
        attributes: {},
        acceptedAtMs: 0,
        dueAtMs: 0,
      };
      await store().archives.accept(eventsOf(freshArchive(), [1]), [delivery]);
      assert.deepEqual(await store().deliveries.backlog(lane), new Map([['t', 1]]));
    });

    test('a page of large events is cut, and the next goes on behind it', async () => {
      const archive = freshArchive();
      const event = Buffer.alloc(3 * 1024 * 1024, 'x');
      await store().archives.accept(
        [1, 2, 3].map((timeMs) => ({ archive, timeMs, event })),
        [],
      );
      const page = await store().archives.page({ archive, fromMs: 0, untilMs: 10, limit: 100 });
      assert.deepEqual(
        page.map(({ timeMs }) => timeMs),
        [1, 2],
      );
      const rest = await store().archives.page({ archive, fromMs: 0, untilMs: 10, after: page.at(-1), limit: 100 });
      assert.deepEqual(
        rest.map(({ timeMs }) => timeMs),
        [3],
      );
    });

    test('what is counted is what is there, while events come and the old ones go', async () => {
      const step = fc.oneof(
        fc.record({ add: fc.array(fc.nat(50), { maxLength: 5 }) }),
        fc.record({ before: fc.nat(60), limit: fc.integer({ min: 1, max: 4 }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          const archive = freshArchive();
          let model: number[] = [];
          for (const each of steps) {
            if ('add' in each) {
              await store().archives.accept(eventsOf(archive, each.add), []);
              model = [...model, ...each.add].sort((one, other) => one - other);
            } else {
              const gone = model.filter((timeMs) => timeMs < each.before).slice(0, each.limit).length;
              assert.equal(await store().archives.removeSome(archive, each.before, each.limit), gone);
              model = model.slice(gone);
            }
          }
          const { events, bytes } = await store().archives.totals(archive);
          const found = await read(store(), archive, { limit: 3 });
          assert.equal(events, model.length);
          assert.deepEqual(
            found.map((text) => Number(text.split('@')[1])),
            model,
          );
          assert.equal(bytes, found.join('').length);
        }),
        { numRuns: effort(20, 200) },
      );
    });
  });
}

let archives = 0;
function freshArchive(): string {
  return `archive-${(archives += 1)}`;
}

function eventsOf(archive: string, times: readonly number[]): readonly NewArchivedEvent[] {
  return times.map((timeMs, index) => ({ archive, timeMs, event: Buffer.from(`${index}@${timeMs}`) }));
}

interface Reading {
  readonly limit: number;
  readonly fromMs?: number;
  readonly untilMs?: number;
}

async function read(store: Store, archive: string, { limit, fromMs = 0, untilMs = 1000 }: Reading): Promise<readonly string[]> {
  const texts: string[] = [];
  let after: ArchivePosition | undefined;
  for (;;) {
    const page = await store.archives.page({ archive, fromMs, untilMs, limit, after });
    texts.push(...page.map(({ event }) => Buffer.from(event).toString()));
    after = page.at(-1);
    if (after === undefined) return texts;
  }
}
