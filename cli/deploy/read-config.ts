// Finds `export const config` in a function's source and reads it as data; no code of the function runs for that.

import { extname } from 'node:path';
import type { Loader } from 'esbuild';
import { transform } from 'esbuild';
import { Failure } from '../failure.ts';
import { readLiteral } from './literal.ts';
import type { Data } from './literal.ts';

/**
 * @param place The file as the user knows it, for messages.
 * @returns undefined where the file has no config.
 */
export async function readConfig(source: string, place: string): Promise<Data> {
  const code = await normalise(source, place);
  const declaration = DECLARATION.exec(code);
  if (declaration === null) {
    if (!/^export \{[^}]*\bconfig\b[^}]*\}/m.test(code)) return undefined;
    throw notReadable(place, '`config` comes from another place; write `export const config = { … }` in this file');
  }
  try {
    return readLiteral(code, declaration.index + declaration[0].length);
  } catch (error) {
    if (error instanceof SyntaxError) throw notReadable(place, error.message, error);
    throw error;
  }
}

/** After `normalise`, only a statement of the top level can begin a line. */
const DECLARATION = /^(?:export )?(?:const|let|var) config = |^(?:module\.)?exports\.config = /m;

/**
 * Brings the source into one form: no types, no comments, one statement a line, anything nested indented. Template literals
 * become strings, so that no line of the output begins inside one.
 */
async function normalise(source: string, place: string): Promise<string> {
  try {
    const { code } = await transform(source, {
      loader: LOADERS[extname(place)] ?? 'js',
      sourcefile: place,
      legalComments: 'none',
      supported: { 'template-literal': false },
      logLevel: 'silent',
    });
    return code;
  } catch (cause) {
    throw buildFailure(cause, place);
  }
}

const LOADERS: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.mts': 'ts', '.cts': 'ts' };

function notReadable(place: string, reason: string, cause?: unknown): Failure {
  const mend =
    'The config is read without running the file: use literals only. Values that differ from place to place belong into env.';
  return new Failure(`${place}: ${reason}.`, { code: 'BadConfig', mend, cause });
}

interface BuildMessage {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number; readonly lineText: string } | null;
}

/** esbuild's own messages are good: file, line and column first, the line below. */
export function buildFailure(cause: unknown, place: string): Failure {
  const messages = (cause as { readonly errors?: readonly BuildMessage[] }).errors;
  if (messages === undefined || messages.length === 0) throw cause;
  const lines = messages.slice(0, 5).map(({ text, location }) => {
    if (location === null) return `${place}: ${text}`;
    return `${location.file}:${location.line}:${location.column + 1}: ${text}\n    ${location.lineText.trim()}`;
  });
  return new Failure(lines.join('\n'), { code: 'BuildFailed', cause });
}
