// Finds `export const config` in a function's source and reads it as data; no code of the function runs for that.

import { extname } from 'node:path';
import type { Loader } from 'esbuild';
import { build } from 'esbuild';
import { Failure } from '../failure.ts';
import { readLiteral } from './literal.ts';
import type { Data } from './literal.ts';

export interface SourceFacts {
  /** undefined where the file has no config. */
  readonly config: Data;
  /** Names that the file exports, as far as they stand in the file itself. */
  readonly exports: readonly string[];
}

/** @param place The file as the user knows it, for messages. */
export async function readSource(source: string, place: string): Promise<SourceFacts> {
  const { code, exports } = await normalise(source, place);
  return { config: configIn(code, exports, place), exports };
}

function configIn(code: string, exports: readonly string[], place: string): Data {
  if (!exports.includes('config')) return undefined;
  const declaration = DECLARATION.exec(code);
  if (declaration === null)
    throw notReadable(place, '`config` comes from another place; write `export const config = { … }` in this file');
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
async function normalise(source: string, place: string): Promise<{ readonly code: string; readonly exports: readonly string[] }> {
  try {
    const { outputFiles, metafile } = await build({
      stdin: { contents: source, sourcefile: place, loader: LOADERS[extname(place)] ?? 'js' },
      write: false,
      metafile: true,
      legalComments: 'none',
      supported: { 'template-literal': false },
      logLevel: 'silent',
    });
    const code = outputFiles[0]?.text ?? '';
    const exports = Object.values(metafile.outputs).flatMap((output) => output.exports);
    return { code, exports: [...exports, ...commonJsExports(code)] };
  } catch (cause) {
    throw buildFailure(cause, place);
  }
}

function commonJsExports(code: string): readonly string[] {
  const single = [...code.matchAll(/^(?:module\.)?exports\.([\w$]+) = /gm)].map((match) => match[1] ?? '');
  const object = /^module\.exports = \{([^}]*)/m.exec(code)?.[1] ?? '';
  return [...single, ...[...object.matchAll(/(?<![\w$.])[\w$]+(?=\s*(?:,|:|\(|$))/gm)].map((match) => match[0])];
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
