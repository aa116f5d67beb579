// Lines out of pipes: cut, counted, slowed down, complete when asked for.

import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';

import { LIMITS } from '#kernel';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { CUT_MARKER, Output } from './output.ts';
import type { OutputLine } from './sandbox.ts';

interface Setting {
  readonly output: Output;
  readonly stdout: PassThrough;
  readonly stderr: PassThrough;
  readonly lines: OutputLine[];
  readonly clock: FakeClock;
  readonly texts: () => readonly string[];
}

function setting(): Setting {
  const clock = new FakeClock();
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const output = new Output({ clock, stdout, stderr });
  const lines: OutputLine[] = [];
  output.onLines((more) => lines.push(...more));
  output.collect();
  return { output, stdout, stderr, lines, clock, texts: () => lines.map(({ text }) => text) };
}

describe('output', () => {
  it('is cut at newlines, also where a line or a character comes in pieces', async () => {
    const { output, stdout, texts } = setting();
    const bytes = Buffer.from('one\ntw');
    stdout.write(bytes);
    const character = Buffer.from('ö\n');
    stdout.write(Buffer.concat([Buffer.from('o '), character.subarray(0, 1)]));
    stdout.write(character.subarray(1));
    await output.drain();
    assert.deepEqual(texts(), ['one', 'two ö']);
  });

  it('has newlines inside an event where the agent sent NUL', async () => {
    const { output, stdout, texts } = setting();
    stdout.write('a\0b\n');
    await output.drain();
    assert.deepEqual(texts(), ['a\nb']);
  });

  it('counts an unfinished line as one when an invocation ends', async () => {
    const { output, stderr, lines } = setting();
    stderr.write('no newline');
    await output.drain();
    assert.deepEqual(
      lines.map(({ stream, text }) => [stream, text]),
      [['stderr', 'no newline']],
    );
    stderr.write(' more\n');
    await output.drain();
    assert.equal(lines[1]?.text, ' more');
  });

  it('of what came before the function is dropped, but for its tail', async () => {
    const { clock } = setting();
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const output = new Output({ clock, stdout, stderr });
    const lines: OutputLine[] = [];
    output.onLines((more) => lines.push(...more));
    stderr.write('bwrap: trouble\n');
    await output.drain();
    assert.match(output.tail, /bwrap: trouble/);
    output.collect();
    stdout.write('mine\n');
    await output.drain();
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['mine'],
    );
  });

  it('has lines cut at their limit with a marker, and goes on after them', async () => {
    const { output, stdout, texts } = setting();
    stdout.write('x'.repeat(LIMITS.outputLineCharacters));
    stdout.write('y'.repeat(1000));
    stdout.write('\nnext\n');
    await output.drain();
    assert.deepEqual(texts(), ['x'.repeat(LIMITS.outputLineCharacters) + CUT_MARKER, 'next']);
  });

  it('of one invocation ends with a marker at its budget, and the next has a budget of its own', async () => {
    const { output, stdout, texts } = setting();
    const block = `${'z'.repeat(1023)}\n`.repeat(1024);
    for (let mebibytes = 0; mebibytes < LIMITS.invocationOutputBytes / 1024 / 1024 + 3; mebibytes++) {
      stdout.write(block);
      await output.drain();
    }
    assert.match(texts().at(-1) ?? '', /^\[Mayfly: this invocation printed more than 16 MiB/);
    assert.equal(texts().length, LIMITS.invocationOutputBytes / 1024 + 1024 + 1);
    output.beginInvocation();
    stdout.write('again\n');
    await output.drain();
    assert.equal(texts().at(-1), 'again');
  });

  it('that comes too fast is not read for a while', async () => {
    const { stdout, clock } = setting();
    stdout.write(Buffer.alloc(2 * 1024 * 1024, 0x61));
    await new Promise((resolve) => setImmediate(resolve));
    assert(stdout.isPaused(), 'the function waits');
    await clock.advance(1000);
    assert(!stdout.isPaused());
  });
});
