// Schedule expressions: what is taken, when it is due, and how clocks that are moved twice a year are met.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { effort } from '../../test/support/effort.ts';
import { nextDueMs, parseExpression, type Expression, type Span } from './expression.ts';
import { latestDueMs } from './missed.ts';

const TAKEN = [
  'at(2026-11-20T13:00:00)',
  'rate(1 minute)',
  'rate(1 minutes)',
  'rate(5 hours)',
  'rate(365 days)',
  'cron(0 10 * * ? *)',
  'cron(15 12 ? * MON-FRI *)',
  'cron(0/5 8-17 ? * mon,WED,6 2026-2030)',
  'cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)',
  'cron(0 22-2 ? * FRI-MON *)',
  'cron(*/10 * L * ? *)',
  'cron(0 0 LW * ? *)',
  'cron(0 0 15W JAN,JUL ? 2027/2)',
  'cron(0 0 ? * L *)',
  'cron(0 0 ? * 6L *)',
  'cron(0 0 ? * FRI#2 *)',
];

const REFUSED = [
  '',
  'at(2026-11-20)',
  'at(2026-02-30T13:00:00)',
  'at(2026-11-20T24:00:00)',
  'at(2026-11-20T13:00:00Z)',
  'at(2026-11-20 13:00:00)',
  'rate(0 minutes)',
  'rate(-1 minutes)',
  'rate(1.5 hours)',
  'rate(5 seconds)',
  'rate(1 week)',
  'rate(5)',
  'rate(99999999999999999999 days)',
  'Rate(5 minutes)',
  'rate(5 minutes) ',
  'every 5 minutes',
  'cron(* * * * *)',
  'cron(0 10 * * * *)',
  'cron(0 10 ? * ? *)',
  'cron(0 10 1 * 2 *)',
  'cron(60 10 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 0 0 * ? *)',
  'cron(0 0 32 * ? *)',
  'cron(0 0 * 13 ? *)',
  'cron(0 0 ? * 0 *)',
  'cron(0 0 ? * 8 *)',
  'cron(0 0 ? * 3#1,6#3 *)',
  'cron(0 0 ? * 3#6 *)',
  'cron(0 0 L,15 * ? *)',
  'cron(0 0 L-3 * ? *)',
  'cron(0 0 0W * ? *)',
  'cron(*/60 * * * ? *)',
  'cron(0/0 * * * ? *)',
  'cron(0 0 * * ? 1969)',
  'cron(0 0 * * ? 2200)',
  'cron(0, 10, *, *, ?, *)',
  'cron(@daily)',
];

test('what AWS takes is read, and the rest is not', () => {
  for (const text of TAKEN) assert.ok(parseExpression(text), text);
  for (const text of REFUSED) assert.equal(parseExpression(text), undefined, text);
});

test('cron names days and years as AWS does', () => {
  const after = '2026-11-20T12:00:00Z';
  assert.deepEqual(times('cron(0 10 ? * MON-FRI *)', { after }), days('2026-11-23', '2026-11-24', '2026-11-25', 'T10:00'));
  assert.deepEqual(times('cron(0 10 L * ? *)', { after }), days('2026-11-30', '2026-12-31', '2027-01-31', 'T10:00'));
  assert.deepEqual(times('cron(0 10 LW * ? *)', { after }), days('2026-11-30', '2026-12-31', '2027-01-29', 'T10:00'));
  assert.deepEqual(times('cron(0 10 1W * ? *)', { after }), days('2026-12-01', '2027-01-01', '2027-02-01', 'T10:00'));
  // 15 August 2027 is a Sunday, 15 May a Saturday.
  assert.deepEqual(times('cron(0 10 15W 5,8,11 ? 2027)', { after }), days('2027-05-14', '2027-08-16', '2027-11-15', 'T10:00'));
  assert.deepEqual(times('cron(0 10 ? * 6L *)', { after }), days('2026-11-27', '2026-12-25', '2027-01-29', 'T10:00'));
  assert.deepEqual(times('cron(0 10 ? * L *)', { after }), days('2026-11-21', '2026-11-28', '2026-12-05', 'T10:00'));
  assert.deepEqual(times('cron(0 10 ? * 3#1 *)', { after }), days('2026-12-01', '2027-01-05', '2027-02-02', 'T10:00'));
  assert.deepEqual(times('cron(0 10 ? * SAT-SUN *)', { after }), days('2026-11-21', '2026-11-22', '2026-11-28', 'T10:00'));
  assert.deepEqual(times('cron(0 10 1 1 ? 2027/2)', { after }), days('2027-01-01', '2029-01-01', '2031-01-01', 'T10:00'));
  assert.deepEqual(times('cron(0 23/2 * * ? *)', { after }), days('2026-11-20', '2026-11-21', '2026-11-22', 'T23:00'));
});

test('29 February comes in leap years, and 30 February never', () => {
  const after = '2026-11-20T12:00:00Z';
  assert.deepEqual(times('cron(0 0 29 2 ? *)', { after }), days('2028-02-29', '2032-02-29', '2036-02-29', 'T00:00'));
  assert.deepEqual(times('cron(0 0 30 2 ? *)', { after }), []);
  assert.deepEqual(times('cron(0 0 1 1 ? 2025)', { after }), []);
  assert.deepEqual(times('cron(0 0 31 12 ? *)', { after: '2198-12-31T12:00:00Z' }), ['2199-12-31T00:00']);
});

test('in spring a time that clocks jump over is skipped, and the next comes normally', () => {
  const text = 'cron(30 2 * * ? *)';
  assert.deepEqual(times(text, { zone: 'Europe/Berlin', after: '2027-03-27T00:00:00Z' }), [
    '2027-03-27T01:30',
    '2027-03-29T00:30',
    '2027-03-30T00:30',
  ]);
  assert.deepEqual(times(text, { zone: 'America/New_York', after: '2027-03-13T00:00:00Z' }), [
    '2027-03-13T07:30',
    '2027-03-15T06:30',
    '2027-03-16T06:30',
  ]);
});

test('in autumn a time that clocks show twice is due at the first showing alone', () => {
  const text = 'cron(30 1,2 * * ? *)';
  assert.deepEqual(times(text, { zone: 'Europe/Berlin', after: '2027-10-30T22:00:00Z' }), [
    '2027-10-30T23:30',
    '2027-10-31T00:30',
    '2027-11-01T00:30',
  ]);
  assert.deepEqual(times(text, { zone: 'America/New_York', after: '2027-11-07T00:00:00Z' }), [
    '2027-11-07T05:30',
    '2027-11-07T07:30',
    '2027-11-08T06:30',
  ]);
  assert.deepEqual(times(text, { zone: 'Europe/Berlin', after: '2027-10-31T01:00:00Z' }).slice(0, 1), ['2027-11-01T00:30']);
});

test('a rate counts hours that passed, from its start, whatever the wall shows', () => {
  const startMs = Date.parse('2027-03-27T12:00:00Z');
  const spring = { zone: 'Europe/Berlin', after: '2027-03-27T11:00:00Z', span: { startMs } };
  assert.deepEqual(times('rate(1 day)', spring), days('2027-03-27', '2027-03-28', '2027-03-29', 'T12:00'));
  assert.deepEqual(times('rate(7 hours)', { ...spring, after: '2027-03-27T12:00:00Z' }).slice(0, 2), [
    '2027-03-27T19:00',
    '2027-03-28T02:00',
  ]);
});

test('at means the time of its zone, in spring the jump over it, in autumn the first of two', () => {
  const at = (text: string, zone: string) => times(`at(${text})`, { zone, after: '1970-01-01T00:00:00Z' });
  assert.deepEqual(at('2026-11-20T13:00:00', 'Asia/Kolkata'), ['2026-11-20T07:30']);
  assert.deepEqual(at('2027-03-28T02:30:00', 'Europe/Berlin'), ['2027-03-28T01:00']);
  assert.deepEqual(at('2027-10-31T02:30:00', 'Europe/Berlin'), ['2027-10-31T00:30']);
  assert.deepEqual(times('at(2026-11-20T13:00:00)', { after: '2026-11-20T13:00:00Z' }), []);
});

test('a span begins with its start and ends before its end', () => {
  const span = { startMs: Date.parse('2027-01-01T10:00:00Z'), endMs: Date.parse('2027-01-03T10:00:00Z') };
  const expected = days('2027-01-01', '2027-01-02', 'T10:00');
  assert.deepEqual(times('cron(0 10 * * ? *)', { after: '2026-11-20T12:00:00Z', span }), expected);
  assert.deepEqual(times('rate(24 hours)', { after: '2026-11-20T12:00:00Z', span }), expected);
});

const expressions = fc.constantFrom(
  'cron(0/7 * * * ? *)',
  'cron(30 2 * * ? *)',
  'cron(0 0-5 ? * SUN *)',
  'cron(15 3 L * ? *)',
  'rate(45 minutes)',
);
const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
);
const instants = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) });

test('the next due time is after, and nothing is due between', () => {
  const property = fc.property(expressions, zones, instants, fc.nat(), (text, zone, afterMs, inside) => {
    const expression = parsed(text);
    const span = { startMs: Date.UTC(2020, 0) };
    const next = nextDueMs(expression, zone, afterMs, span);
    assert.ok(next !== undefined && next > afterMs);
    assert.equal(nextDueMs(expression, zone, afterMs + (inside % (next - afterMs)), span), next);
  });
  fc.assert(property, { numRuns: effort(300, 5000) });
});

test('of missed times the latest is the one that is found by going through all of them', () => {
  const property = fc.property(expressions, zones, instants, fc.nat({ max: 5 * 86_400_000 }), (text, zone, afterMs, forMs) => {
    const expression = parsed(text);
    const span = { startMs: Date.UTC(2020, 0) };
    const sinceMs = nextDueMs(expression, zone, afterMs, span) ?? 0;
    const untilMs = sinceMs + forMs;
    let latest = sinceMs;
    for (let next = nextDueMs(expression, zone, latest, span); next !== undefined && next <= untilMs;) {
      latest = next;
      next = nextDueMs(expression, zone, latest, span);
    }
    assert.equal(latestDueMs(expression, zone, { sinceMs, untilMs }), latest);
  });
  fc.assert(property, { numRuns: effort(60, 1000) });
});

interface Wanted {
  readonly after: string;
  readonly zone?: string;
  readonly span?: Span;
}

/** Up to three, to the minute. */
function times(text: string, { after, zone = 'UTC', span }: Wanted): readonly string[] {
  const expression = parsed(text);
  const found: string[] = [];
  let dueMs: number | undefined = Date.parse(after);
  for (let count = 0; count < 3; count += 1) {
    dueMs = nextDueMs(expression, zone, dueMs, span);
    if (dueMs === undefined) break;
    found.push(new Date(dueMs).toISOString().slice(0, 16));
  }
  return found;
}

function days(...dates: readonly string[]): readonly string[] {
  return dates.slice(0, -1).map((date) => `${date}${dates.at(-1)}`);
}

function parsed(text: string): Expression {
  const expression = parseExpression(text);
  assert.ok(expression, text);
  return expression;
}
