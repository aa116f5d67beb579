// Wall times against instants, in zones with odd offsets and jumps.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { effort } from '../../test/support/effort.ts';
import { instantOf, isTimeZone, wallTimeOf } from './wall-clock.ts';

test('zones have names', () => {
  for (const name of ['UTC', 'Europe/Berlin', 'america/new_york', 'Etc/GMT+5', 'GMT']) assert.ok(isTimeZone(name), name);
  for (const name of ['', '+02:00', 'Mars/Olympus', 'Europe/', '5']) assert.ok(!isTimeZone(name), name);
});

test('offsets of less than an hour, and before clocks were agreed on', () => {
  assert.equal(wallTimeOf('Asia/Kathmandu', 0), 5.5 * 3_600_000);
  assert.equal(wallTimeOf('America/St_Johns', Date.UTC(2026, 0)) - Date.UTC(2026, 0), -3.5 * 3_600_000);
  assert.equal(wallTimeOf('Europe/Berlin', Date.UTC(1890, 0)) - Date.UTC(1890, 0), (53 * 60 + 28) * 1000);
});

test('a jump over a whole day', () => {
  // Samoa went without 30 December 2011.
  const noon = instantOf('Pacific/Apia', Date.UTC(2011, 11, 30, 12));
  assert.deepEqual(noon, { kind: 'skipped', atMs: Date.UTC(2011, 11, 30, 10) });
});

test('an instant is the first at which its wall time is shown', () => {
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Africa/Casablanca',
    'Pacific/Apia',
  );
  const instants = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2037, 0) });
  const property = fc.property(zones, instants, (zone, atMs) => {
    const wallMs = wallTimeOf(zone, atMs);
    const found = instantOf(zone, wallMs);
    assert.equal(found.kind, 'shown');
    assert.ok(found.atMs <= atMs);
    assert.equal(wallTimeOf(zone, found.atMs), wallMs);
  });
  fc.assert(property, { numRuns: effort(1000, 50_000) });
});

test('every minute of the days on which clocks are moved', () => {
  for (const [zone, day] of [
    ['Europe/Berlin', Date.UTC(2027, 2, 28)],
    ['Europe/Berlin', Date.UTC(2027, 9, 31)],
    ['America/New_York', Date.UTC(2027, 2, 14)],
    ['America/New_York', Date.UTC(2027, 10, 7)],
    ['Australia/Lord_Howe', Date.UTC(2027, 3, 4)],
  ] as const) {
    const first = new Map<number, number>();
    for (let atMs = day - 86_400_000; atMs < day + 2 * 86_400_000; atMs += 60_000) {
      const wallMs = wallTimeOf(zone, atMs);
      if (!first.has(wallMs)) first.set(wallMs, atMs);
    }
    for (let wallMs = day; wallMs < day + 86_400_000; wallMs += 60_000) {
      const found = instantOf(zone, wallMs);
      assert.equal(found.kind === 'shown' ? found.atMs : undefined, first.get(wallMs), `${zone} ${new Date(wallMs).toISOString()}`);
    }
  }
});
