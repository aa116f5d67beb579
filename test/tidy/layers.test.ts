// The house's order: rooms import downwards, and through doors only.

import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import { files, FLOORS, importsOf, roomOf } from './tree.ts';

const floorOf = (room: string) => FLOORS.findIndex((rooms) => rooms.includes(room));
const sources = files(['src'], /\.ts$/);

test('there are sources to look at', () => {
  assert.ok(sources.length > 50, `only ${sources.length} files found`);
});

test('every room has its place in the order', () => {
  const homeless = [...new Set(sources.map((file) => roomOf(file.path) ?? ''))].filter((room) => floorOf(room) < 0);
  assert.deepEqual(homeless, []);
});

test('a room imports only rooms below it', () => {
  const climbing = sources.flatMap((file) => {
    const here = floorOf(roomOf(file.path) ?? '');
    return importsOf(file)
      .filter((target) => target.startsWith('#') && floorOf(target.slice(1)) <= here && target.slice(1) !== roomOf(file.path))
      .map((target) => `${file.path} imports ${target}`);
  });
  assert.deepEqual(climbing, []);
});

test('a room is entered through its door', () => {
  const climbers = sources.flatMap((file) => {
    const room = roomOf(file.path) ?? '';
    return importsOf(file)
      .filter((target) => target.startsWith('.'))
      .map((target) => posix.normalize(posix.join(posix.dirname(file.path), target)))
      .filter((target) => roomOf(target) !== room && !(room === 'main' && target.startsWith('src/main/')))
      .filter((target) => !(file.path.endsWith('.test.ts') && target.startsWith('test/support/')))
      .map((target) => `${file.path} reaches into ${target}`);
  });
  assert.deepEqual(climbers, []);
});

test('the command line is a guest: it enters no room', () => {
  const allowed = 'cli/up.ts and cli/dev.ts may start the platform';
  const guests = files(['cli', 'console'], /\.tsx?$/).flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('#') || target.includes('/src/'))
      .filter((target) => !target.endsWith('/src/main.ts'))
      .map((target) => `${file.path} imports ${target}`),
  );
  assert.deepEqual(guests, [], allowed);
});
