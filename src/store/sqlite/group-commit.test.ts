// Group commit: what shares a transaction, and what does not share its fate.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Connection } from './connection.ts';
import { runGroup, type SyncRooms } from './group-commit.ts';
import type { Answer, Call } from './messages.ts';
import { MIGRATIONS, type Migration } from './migrations/index.ts';
import { Progress } from './progress.ts';

const notes: Migration = {
  number: MIGRATIONS.length + 1,
  name: '9999-notes',
  sql: 'CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT',
};

test('an error undoes its own step and no other', (t) => {
  const { connection, run, texts } = groupOf(t, {
    ok: (text: string) => note(connection, text),
    broken: (text: string) => {
      note(connection, text);
      throw new Error('half-way');
    },
  });
  const answers = run(['ok', 'one'], ['broken', 'two'], ['ok', 'three'], ['ok', 'one']);
  assert.deepEqual(
    answers.map(({ kind }) => kind),
    ['result', 'bug', 'result', 'bug'],
  );
  assert.deepEqual(texts(), ['one', 'three']);
});

test('nothing is answered before the commit', (t) => {
  const { connection, run } = groupOf(t, { ok: (text: string) => note(connection, text) }, () => {
    assert.equal(connection.isInTransaction, false);
  });
  assert.equal(run(['ok', 'one'], ['ok', 'two']).length, 2);
});

test('when the transaction is lost, so are all of its steps, and the next group goes on', (t) => {
  const { connection, run, texts } = groupOf(t, {
    ok: (text: string) => note(connection, text),
    // What SQLite does by itself when the disk is full.
    lose: () => {
      connection.rollback();
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 });
    },
  });
  const answers = run(['ok', 'one'], ['lose', ''], ['ok', 'two']);
  assert.deepEqual(
    answers.map((answer) => answer.kind === 'failure' && answer.failure.detail.kind),
    ['full', 'full', 'full'],
  );
  assert.deepEqual(texts(), []);
  run(['ok', 'three']);
  assert.deepEqual(texts(), ['three']);
});

test('a failed sync ends the store: a second one could succeed although the first one’s pages are gone', (t) => {
  const { connection, final } = groupOf(t, {
    lose: () => {
      throw Object.assign(new Error('disk I/O error'), { errcode: 1034 });
    },
  });
  assert.equal(connection.isInTransaction, false);
  assert.equal(final(['lose', ''])?.kind, 'io');
});

test('a sync that failed is not tried again, and nothing is saved beside it', (t) => {
  // In the first run, of all steps at once, and in the second, of each on its own.
  for (const failsFrom of [1, 2]) {
    let runs = 0;
    const { connection, final, texts } = groupOf(t, {
      ok: (text: string) => note(connection, text),
      broken: () => {
        throw new Error('a bug of its own');
      },
      lose: () => {
        runs += 1;
        if (runs === failsFrom) throw Object.assign(new Error('disk I/O error'), { errcode: 1034 });
      },
    });
    assert.equal(final(['ok', 'one'], ['lose', ''], ['broken', ''], ['ok', 'two'])?.kind, 'io');
    assert.equal(runs, failsFrom);
    assert.equal(connection.isInTransaction, false);
    assert.deepEqual(texts(), []);
  }
});

test('long answers go out before the rest is read', (t) => {
  const { connection } = groupOf(t, {});
  const bundles: number[][] = [];
  const rooms = {
    journals: { head: (length: number) => connection.countRead(length) },
  } as unknown as SyncRooms;
  const MiB = 1024 * 1024;
  const calls = [1, 5 * MiB, 4 * MiB, 2, 9 * MiB, 3].map((length, number): Call => ({
    number,
    room: 'journals',
    verb: 'head',
    values: [length],
  }));
  const answer = (answers: readonly Answer[]): void => void bundles.push(answers.map(({ number }) => number));
  runGroup({ connection, rooms, progress: new Progress(), answer }, calls);
  assert.deepEqual(bundles, [[0, 1, 2], [3, 4], [5]]);
});

type Step = readonly [verb: string, text: string];

interface Group {
  readonly connection: Connection;
  readonly run: (...steps: readonly Step[]) => readonly Answer[];
  readonly final: (...steps: readonly Step[]) => ReturnType<typeof runGroup>;
  readonly texts: () => readonly string[];
}

/** The verbs stand in for `accept`, which is a write like any other to the group. */
function groupOf(
  t: TestContext,
  verbs: Readonly<Record<string, (text: string) => unknown>>,
  onAnswer: () => void = () => undefined,
): Group {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-group-'));
  const connection = new Connection(folder, [...MIGRATIONS, notes]);
  t.after(() => {
    connection.close();
    rmSync(folder, { recursive: true });
  });
  const rooms = {
    deliveries: { accept: (verb: string, text: string) => verbs[verb]?.(text) },
  } as unknown as SyncRooms;
  const progress = new Progress();
  const answered: Answer[] = [];
  const answer = (answers: readonly Answer[]): void => {
    onAnswer();
    answered.push(...answers);
  };
  const final = (...steps: readonly Step[]): ReturnType<typeof runGroup> => {
    const calls = steps.map((values, number): Call => ({ number, room: 'deliveries', verb: 'accept', values }));
    return runGroup({ connection, rooms, progress, answer }, calls);
  };
  const run = (...steps: readonly Step[]): readonly Answer[] => {
    answered.length = 0;
    final(...steps);
    return [...answered];
  };
  const texts = (): readonly string[] =>
    connection.all<{ readonly text: string }>('SELECT text FROM notes ORDER BY rowid').map(({ text }) => text);
  return { connection, run, final, texts };
}

function note(connection: Connection, text: string): void {
  connection.run('INSERT INTO notes VALUES (?)', text);
}
