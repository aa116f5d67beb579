// What an instance's log says of an invocation that was sent before its handler was loaded.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogLine } from '#logs';
import type { OutputLine, Sandbox } from '#sandbox';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { invocable } from '../../test/support/invocable.ts';
import { seededRandom } from '../../test/support/seeded-random.ts';
import { Tenancy } from './tenancy.ts';

const ID = '6985bc6c-12d2-48ae-afa3-6169386b8d4e';
const START = `START RequestId: ${ID} Version: $LATEST`;

function tenancy() {
  const clock = new FakeClock();
  const written: LogLine[] = [];
  let print: (lines: readonly OutputLine[]) => void = () => undefined;
  const sandbox = {
    onOutput: (listener: typeof print) => void (print = listener),
    onConnection: () => undefined,
  } as unknown as Sandbox;
  const parts = {
    clock,
    random: seededRandom(1),
    sessions: { openSession: () => ({ accessKeyId: 'ASIA', secretAccessKey: '', sessionToken: '', close: () => undefined }) },
    logs: {
      openStream: () => ({
        write: (lines: readonly LogLine[]) => void written.push(...lines),
        flush: () => undefined,
        close: () => undefined,
      }),
    },
    acceptConnection: () => undefined,
    endpointUrl: 'http://127.0.0.1:1',
  };
  const instance = new Tenancy(parts, { invocable: invocable('hello'), sandbox, purpose: 'ahead' });
  const prints = (...texts: readonly string[]): void =>
    print(texts.map((text) => ({ timestampMs: clock.now(), stream: 'stdout', text })));
  return { clock, instance, prints, texts: () => written.map(({ text }) => text), written };
}

test('it starts when its sandbox says so, behind what loading printed', () => {
  const { instance, prints, texts } = tenancy();
  instance.beginEarly(ID, '$LATEST');
  prints('loading');
  instance.startEarly();
  prints(`\t${ID}\tINFO\thandling`);
  assert.deepEqual(texts(), ['loading', START, `\t${ID}\tINFO\thandling`]);
});

test('its own line says that it has started, not later than that line', async () => {
  const { clock, instance, prints, texts, written } = tenancy();
  instance.beginEarly(ID, '$LATEST');
  const printedAtMs = clock.now();
  prints('loading', `\t${ID}\tINFO\thandling`);
  await clock.advance(3);
  instance.startEarly();
  assert.deepEqual(texts(), ['loading', START, `\t${ID}\tINFO\thandling`]);
  assert.equal(written[1]?.timestampMs, printedAtMs);
});

test('one that never began never started', () => {
  const { instance, prints, texts } = tenancy();
  const run = instance.beginEarly(ID, '$LATEST');
  instance.withdraw(run);
  instance.startEarly();
  prints('and on');
  assert.deepEqual(texts(), ['and on']);
});
