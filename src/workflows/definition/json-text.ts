// Reads a definition's text as JSON, and says in Jackson's words, as AWS does, where it is none.

import { LIMITS } from '#kernel';
import type { Json } from '../expressions/json.ts';
import type { Diagnostic } from './diagnostics.ts';

export type JsonText =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'invalid'; readonly diagnostic: Diagnostic };

const SOURCE_SHOWN = 500;

export function readJsonText(text: string): JsonText {
  try {
    const value: Json = JSON.parse(text);
    if (isDeeperThan(LIMITS.definitionDepth * 8, value))
      return invalid('INVALID_JSON_DESCRIPTION', 'Document nesting depth exceeds the maximum allowed');
    return { kind: 'value', value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (text.trim() === '') return invalid('SCHEMA_VALIDATION_FAILED', 'Definition must be a valid JSON object');
    return { kind: 'invalid', diagnostic: describe(text, error) };
  }
}

function invalid(code: Diagnostic['code'], message: string): JsonText {
  return { kind: 'invalid', diagnostic: { severity: 'ERROR', code, message } };
}

function describe(text: string, error: SyntaxError): Diagnostic {
  const at = Number(/position (\d+)/.exec(error.message)?.[1] ?? positionOf(text));
  const word = /^[A-Za-z_$][\w$]*/.exec(text.slice(at))?.[0];
  const shown =
    text.length > SOURCE_SHOWN ? `${text.slice(0, SOURCE_SHOWN)}"[truncated ${text.length - SOURCE_SHOWN} chars]` : `${text}"`;
  const end = at + (word?.length ?? 0) + (word === undefined && at < text.length ? 1 : 0);
  const before = text.slice(0, end).split('\n');
  const location = `[Source: (String)"${shown}; line: ${before.length}, column: ${(before.at(-1)?.length ?? 0) + (word === undefined ? 0 : 1)}]`;
  const why =
    word !== undefined
      ? `Unrecognized token '${word}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`
      : at >= text.length
        ? 'Unexpected end-of-input'
        : `Unexpected character ('${text[at]}' (code ${text.codePointAt(at)}))`;
  return { severity: 'ERROR', code: 'INVALID_JSON_DESCRIPTION', message: `${why}\n at ${location}`, location };
}

/** V8 names no position for some errors: of a text that ends too early, and of a word at the start. */
function positionOf(text: string): number {
  const start = text.search(/\S/);
  return /^[{["\d-]/.test(text.slice(start)) ? text.length : start;
}

/** It looks no deeper than it has to: a megabyte of brackets is half a million levels. */
function isDeeperThan(most: number, value: Json): boolean {
  let level: Json[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === most) return true;
    level = level
      .flatMap((item) => (typeof item === 'object' && item !== null ? Object.values<Json>(item) : []))
      .filter((item) => typeof item === 'object' && item !== null);
  }
  return false;
}
