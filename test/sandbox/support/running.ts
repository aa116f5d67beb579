// Functions in real sandboxes, for tests to start, ask and end.

import assert from 'node:assert/strict';

import type { LaunchRequest, OutputLine, Sandbox, Specialisation } from '#sandbox';
import { collectLines, GENERIC, invocation, specialisation, valueOf } from './real-house.ts';
import type { House } from './real-house.ts';

export interface Running extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly lines: OutputLine[];
  readonly ready: Awaited<ReturnType<Sandbox['specialise']>>;
}

export type Files = Readonly<Record<string, string>>;

/** A function of these files, loaded if it can be; ended with the test. */
export async function startFunction(
  house: House,
  files: Files,
  changes: Partial<Specialisation> = {},
  request: LaunchRequest = GENERIC,
): Promise<Running> {
  const sandbox = await house.launcher.launch(request);
  const lines = collectLines(sandbox);
  const ready = await sandbox.specialise(specialisation(await house.codeTree(files), changes));
  return { sandbox, lines, ready, [Symbol.asyncDispose]: () => sandbox.destroy() };
}

/** What a function of this one CommonJS file answers. */
export async function runFunction(
  house: House,
  source: string,
  event: unknown = {},
  request: LaunchRequest = GENERIC,
): Promise<unknown> {
  await using running = await startFunction(house, { 'index.js': source }, {}, request);
  assert.deepEqual(running.ready, { kind: 'ready' });
  return valueOf(await running.sandbox.invoke(invocation(event)));
}

export function textOf(lines: readonly OutputLine[]): string {
  return lines.map(({ text }) => text).join('\n');
}
