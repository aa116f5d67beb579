// Where a command writes: results on stdout, everything else on stderr; colours and progress only for people.

import { styleText } from 'node:util';
import type { Failure } from '../failure.ts';

export interface Terminal {
  /** `--json`: stdout carries JSON and nothing else. */
  readonly json: boolean;
  /** Whether somebody watches: only then are there progress lines. */
  readonly interactive: boolean;
  readonly columns: number;
  /** A line of the result. */
  print(line: string): void;
  /** The result as JSON: one line, so that streams of results are NDJSON. */
  printJson(value: unknown): void;
  /** Bytes of the result, as they are. */
  write(bytes: Uint8Array | string): void;
  /** A line for people; kept off stdout, and silent with `--json`. */
  note(line: string): void;
  /** Shows how far something is; replaced by the next call and cleared by any other line. */
  progress(line: string): void;
  fail(failure: Failure): void;
  readonly paint: Readonly<Record<Colour, (text: string) => string>>;
}

export type Colour = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

export interface Streams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** @param streams `process`, or what stands for it in a test. */
export function openTerminal({ stdout, stderr, env }: Streams, json: boolean): Terminal {
  const colourful = !json && coloursWanted(stdout, env);
  const interactive = stderr.isTTY && !json;
  let progressShown = false;
  const clear = (): void => {
    if (progressShown) stderr.write('\r\x1b[K');
    progressShown = false;
  };
  const painter = (colour: Colour) => (text: string) => (colourful ? styleText(colour, text, { validateStream: false }) : text);
  const paint = {
    bold: painter('bold'),
    dim: painter('dim'),
    green: painter('green'),
    red: painter('red'),
    yellow: painter('yellow'),
    cyan: painter('cyan'),
  };
  return {
    json,
    interactive,
    columns: widthOf(stdout),
    paint,
    print(line) {
      clear();
      stdout.write(`${line}\n`);
    },
    printJson(value) {
      clear();
      stdout.write(`${JSON.stringify(value)}\n`);
    },
    write(bytes) {
      clear();
      stdout.write(bytes);
    },
    note(line) {
      clear();
      if (!json) stderr.write(`${line}\n`);
    },
    progress(line) {
      if (!interactive) return;
      stderr.write(`\r\x1b[K${line.slice(0, widthOf(stderr) - 1)}`);
      progressShown = true;
    },
    fail(failure) {
      clear();
      if (json)
        stderr.write(`${JSON.stringify({ error: failure.code ?? 'Failed', message: failure.message, mend: failure.mend })}\n`);
      else
        stderr.write(
          `${paint.red('✗')} ${failure.message}${failure.mend === undefined ? '' : `\n  ${failure.mend.replaceAll('\n', '\n  ')}`}\n`,
        );
    },
  };
}

/** No terminal has no width, and some pseudo-terminals say 0. */
function widthOf({ columns }: NodeJS.WriteStream): number {
  return Number.isInteger(columns) && columns >= 20 ? columns : 100;
}

/** https://no-color.org and the FORCE_COLOR that Node itself knows. */
function coloursWanted(stdout: NodeJS.WriteStream, environment: Streams['env']): boolean {
  if ((environment['NO_COLOR'] ?? '') !== '') return false;
  if ((environment['FORCE_COLOR'] ?? '0') !== '0') return true;
  return stdout.isTTY && environment['TERM'] !== 'dumb';
}
