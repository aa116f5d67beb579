// The words that the launcher process understands: everything that the platform says arrives as it was meant, and nothing else is understood.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assert as assertProperty,
  boolean,
  constantFrom,
  dictionary,
  integer,
  nat,
  oneof,
  option,
  property,
  record,
  string,
  stringMatching,
  tuple,
} from 'fast-check';
import type { Arbitrary } from 'fast-check';

import { LIMITS, NETWORK_MODES } from '#kernel';
import { planOptions } from '../bwrap/sandbox-plan.ts';
import type { SandboxPlan } from '../bwrap/sandbox-plan.ts';
import { RUNTIME_NAMES } from '../runtimes/runtime-names.ts';
import { formatVerb, LINE_BYTES_MAX, parseVerb } from './verbs.ts';
import type { Verb } from './verbs.ts';

const hex = stringMatching(/^[0-9a-f]{16}$/);
const startVariables = constantFrom('NODE_OPTIONS', 'LD_PRELOAD', 'MALLOC_ARENA_MAX', 'PYTHONUTF8');
const plans: Arbitrary<SandboxPlan> = record({
  id: hex,
  lot: nat({ max: 9999 }),
  runtime: constantFrom(...RUNTIME_NAMES),
  fetchedNode: option(constantFrom('node-20.20.2', 'node-26.0.0'), { nil: undefined }),
  pythonVersion: option(constantFrom('3.11', '3.14'), { nil: undefined }),
  supervised: boolean(),
  network: constantFrom(...NETWORK_MODES),
  ephemeralMiB: integer({ min: 1, max: LIMITS.ephemeralMiBMax }),
  startEnvironment: dictionary(
    startVariables,
    string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !text.includes('\0')),
  ),
});
const verbs: Arbitrary<Verb> = oneof(
  constantFrom<Verb>({ kind: 'prepare' }, { kind: 'end' }),
  nat({ max: 9999 }).map((lot): Verb => ({ kind: 'lot', lot })),
  tuple(constantFrom('begin', 'kill'), hex).map(([kind, id]): Verb => ({ kind, id })),
  plans.map((plan): Verb => ({ kind: 'launch', plan })),
);

const LAUNCH = 'launch 0123456789abcdef 0 nodejs24.x - - 0 platform 512';

describe('the verbs of the launcher process', () => {
  it('arrive as they were sent', () => {
    assertProperty(property(verbs, (verb) => assert.deepEqual(plain(parseVerb(formatVerb(verb))), plain(verb))));
  });

  it('are understood in one spelling only', () => {
    assertProperty(
      property(oneof(string(), changed(verbs.map(formatVerb))), (line) => {
        const verb = parseVerb(line);
        // Whatever is understood is what would have been sent for it: no second meaning hides in the text.
        if (verb !== undefined) assert.deepEqual(plain(parseVerb(formatVerb(verb))), plain(verb));
        if (verb !== undefined && verb.kind !== 'launch') assert.equal(formatVerb(verb), line);
      }),
    );
  });

  it('name no path, no program, no uid and nothing beyond their bounds', () => {
    assert(parseVerb(LAUNCH) !== undefined, 'the control');
    const refused = [
      '',
      'launch',
      'LAUNCH 0123456789abcdef 0 nodejs24.x - - 0 platform 512',
      `${LAUNCH} `,
      ` ${LAUNCH}`,
      `${LAUNCH}\r`,
      LAUNCH.replace('0123456789abcdef', '../../../etc/xxx'),
      LAUNCH.replace('0123456789abcdef', '0123456789ABCDEF'),
      LAUNCH.replace('0123456789abcdef', '0123456789abcde/'),
      LAUNCH.replace(' 0 nodejs', ' -1 nodejs'),
      LAUNCH.replace(' 0 nodejs', ' 1e3 nodejs'),
      LAUNCH.replace(' 0 nodejs', ' 00 nodejs'),
      LAUNCH.replace(' 0 nodejs', ' 4294967296 nodejs'),
      LAUNCH.replace('nodejs24.x', 'nodejs99.x'),
      LAUNCH.replace('nodejs24.x', '__proto__'),
      LAUNCH.replace('nodejs24.x -', 'nodejs24.x ../../bin'),
      LAUNCH.replace('nodejs24.x -', 'nodejs24.x node-1.2.3/..'),
      LAUNCH.replace('- - 0', '- /bin/sh 0'),
      LAUNCH.replace('- - 0', '- 3.11/../../sh 0'),
      LAUNCH.replace('platform', 'host'),
      LAUNCH.replace('512', '0'),
      LAUNCH.replace('512', '10241'),
      `${LAUNCH} PATH=Lw`,
      `${LAUNCH} NODE_OPTIONS=LQ NODE_OPTIONS=LQ`,
      `${LAUNCH} NODE_OPTIONS=a+b`,
      `${LAUNCH} NODE_OPTIONS=${Buffer.from('a\0--bind').toString('base64url')}`,
      `${LAUNCH} LD_X=${'A'.repeat(LINE_BYTES_MAX)}`,
      'kill 1',
      'kill -1',
      'begin 0123456789abcdef 0',
      'lot ../0',
      'lot 1.5',
      'prepare /',
      'end now',
    ];
    for (const line of refused) assert.equal(parseVerb(line), undefined, line);
  });

  it('lead to options that bind nothing but the platform’s own folders and the system’s', () => {
    const image = {
      runtimeFolder: '/w/image/1/runtime',
      etcFolder: '/w/image/1/etc',
      langFolders: { 'nodejs24.x': '/w/image/1/nodejs24.x' },
    };
    assertProperty(
      property(plans, (plan) => {
        const installed = { ...plan, runtime: 'nodejs24.x', fetchedNode: plan.fetchedNode } as const;
        const options = planOptions(installed, `/w/slots/${plan.lot}/${plan.id}`, { image, runtimes: '/w/own/runtimes' }).split(
          '\0',
        );
        for (const [index, option] of options.entries()) {
          if (!/^--(?:ro-|dev-)?bind$/.test(option) || options[index - 2] === '--setenv') continue;
          assert.match(
            options[index + 1] ?? '',
            /^\/(?:w\/(?:slots\/\d+\/[0-9a-f]{16}|image\/1\/[\w.-]+(?:\/[\w.-]+)?|own\/runtimes\/node-[\d.]+)|usr\/|s?bin|lib|dev\/)/,
          );
        }
      }),
    );
  });
});

/** Dictionaries of fast-check have no prototype. */
function plain(verb: Verb | undefined): unknown {
  return verb === undefined ? undefined : JSON.parse(JSON.stringify(verb));
}

/** A line with one piece of it put in the place of something else. */
function changed(lines: Arbitrary<string>): Arbitrary<string> {
  const pieces = oneof(string({ maxLength: 8 }), constantFrom(' ', '  ', '/', '..', '\0', '\n', '=', '-', '0'));
  return tuple(lines, nat(), nat({ max: 8 }), pieces).map(([line, at, length, piece]) => {
    const start = at % (line.length + 1);
    return line.slice(0, start) + piece + line.slice(start + length);
  });
}
