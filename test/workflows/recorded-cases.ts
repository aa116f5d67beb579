// The cases that were recorded from AWS, where they lie beside the project, and how their placeholders are compared.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '#workflows';

export type RecordedFunction = {
  readonly name: string;
  readonly arn: string;
  readonly behaviour: string;
  readonly value?: Json;
  readonly errorType?: string;
  readonly errorMessage?: string;
  readonly seconds?: number;
  readonly char?: string;
  readonly bytes?: number;
};

export type RecordedCase = {
  readonly id: string;
  readonly kind: string;
  readonly definition?: string;
  readonly input?: string;
  readonly stateMachineType?: 'STANDARD' | 'EXPRESS';
  readonly lambdaFunctions?: readonly RecordedFunction[];
  readonly expectedStatus?: string;
  readonly expectedOutputValue?: Json;
  readonly expectedError?: Json;
  readonly expectedEventTypes?: readonly string[] | null;
  readonly orderSensitive?: boolean;
  readonly expectedResponse?: Json;
  readonly expectError?: boolean;
  readonly params?: { readonly [key: string]: Json };
  readonly normalize?: readonly { readonly to: string }[];
};

const FOLDER = process.env['MAYFLY_CASES'] ?? join(import.meta.dirname, '../../../shared/cases');
const FILE = join(FOLDER, 'asl-recorded.json');

/** Why the cases cannot be had, or false. */
export const casesAbsent = existsSync(FILE) ? false : `there are no recorded cases at ${FILE} (MAYFLY_CASES names their folder)`;

export function recordedCases(): readonly RecordedCase[] {
  if (casesAbsent !== false) return [];
  const { cases } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly cases: readonly RecordedCase[] };
  return cases;
}

/** Members whose values are of one run only, or were added by AWS after the recording. */
/** Placeholders of the recordings themselves. */
const WORDS = new Set(['date', 'start-date', 'start-time', 'entered-time', 'datetime']);

const NOT_COMPARED = new Set([
  'SdkHttpMetadata',
  'SdkResponseMetadata',
  'RedriveCount',
  'ResponseMetadata',
  'stackTrace',
  'requestId',
]);

export function sameAsRecorded(expected: Json | undefined, actual: Json | undefined, words: ReadonlySet<string>): boolean {
  if (typeof expected === 'string') return sameText(expected, actual, words);
  if (typeof actual === 'string' && typeof expected === 'object' && expected !== null) {
    const parsed = parsedOrNot(actual);
    return parsed !== undefined && typeof parsed === 'object' && sameAsRecorded(expected, parsed, words);
  }
  if (Array.isArray(expected))
    return (
      Array.isArray(actual) &&
      expected.length === actual.length &&
      expected.every((item, index) => sameAsRecorded(item, actual[index], words))
    );
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false;
  const left = new Map<string, Json>(Object.entries(expected));
  const right = new Map<string, Json>(Object.entries(actual));
  return [...new Set([...left.keys(), ...right.keys()])].every(
    (key) => NOT_COMPARED.has(key) || (left.has(key) && right.has(key) && sameAsRecorded(left.get(key), right.get(key), words)),
  );
}

function sameText(expected: string, actual: Json | undefined, words: ReadonlySet<string>): boolean {
  if (words.has(expected) || WORDS.has(expected) || expected === actual) return actual !== undefined;
  if (/^[{["]/.test(expected)) {
    const left = parsedOrNot(expected);
    const right = typeof actual === 'string' ? (parsedOrNot(actual) ?? actual) : actual;
    if (left !== undefined && typeof left === 'object' && sameAsRecorded(left, right, words)) return true;
    if (left !== undefined && left === actual) return true;
  }
  if (typeof actual !== 'string') return false;
  const parts = expected.split(placeholders(words));
  return parts.length > 1 && new RegExp(`^${parts.map((part) => escaped(part)).join('[^]*')}$`).test(actual);
}

function placeholders(words: ReadonlySet<string>): RegExp {
  return new RegExp(['<[^<>]*>', ...[...words].map((word) => escaped(word))].join('|'), 'g');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function parsedOrNot(text: string): Json | undefined {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
