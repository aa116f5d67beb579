// JSONata as Step Functions has it: AWS's functions, and the attacks of which none may hang, grow, or get out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '#kernel';
import { readExpression } from './expression.ts';
import { EvaluationError, InvalidExpression } from './failure.ts';
import type { Json } from './json.ts';
import { evaluateJsonata } from './jsonata.ts';

const nowMs = Date.UTC(2026, 10, 20, 12);

async function evaluate(source: string, input: Json = {}): Promise<Json | undefined> {
  return evaluateJsonata(readExpression(source), {
    states: { input },
    variables: new Map<string, Json>([['own', [1, 2, 3]]]),
    nowMs,
    seed: 'seed',
  });
}

test('functions that AWS added answer as documented', async () => {
  assert.deepEqual(await evaluate('$partition([1,2,3,4,5], 2)'), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(await evaluate('$range(0, 3, 1)'), [0, 1, 2, 3]);
  assert.equal(await evaluate("$hash('input data', 'SHA-1')"), 'aaff4a450a104cd177d28d18d74485e8cae074b7');
  assert.equal(await evaluate('$random(42)'), 0.7275636800328681, 'a seed means what it means to java.util.Random');
  assert.deepEqual(await evaluate(`$parse('{"a":[1]}')`), { a: [1] });
  assert.match(JSON.stringify(await evaluate('$uuid()')), /^"[0-9a-f-]{36}"$/);
});

test('functions that AWS added refuse other arguments, and answer nothing for nothing', async () => {
  for (const [call, name, index] of [
    ['$random("a")', 'random', 1],
    ['$random(1, 2)', 'random', 2],
    ['$uuid(1)', 'uuid', 1],
    ['$millis(1)', 'millis', 1],
    ['$partition([1], "1")', 'partition', 2],
    ['$range(1, 2)', 'range', 3],
    ['$hash("x", 1)', 'hash', 2],
    ['$parse(1)', 'parse', 1],
  ] as const)
    await assert.rejects(evaluate(call), {
      message: `T0410: Argument ${index} of function "${name}" does not match function signature`,
    });
  for (const call of [
    '$partition($nothing, 1)',
    '$partition([1, 2], $nothing)',
    '$range(1, $nothing, 1)',
    '$hash($nothing)',
    '$parse($nothing)',
  ])
    assert.equal(await evaluate(call), undefined, call);
});

test('time is the step’s, not the machine’s', async () => {
  assert.equal(await evaluate('$millis()'), nowMs);
  assert.equal(await evaluate('$now()'), '2026-11-20T12:00:00.000Z');
  assert.equal(await evaluate("$now('[Y0001]-[M01]')"), '2026-11');
});

test('variables are there, and `$states` and AWS’s functions cannot be replaced by one', async () => {
  assert.equal(await evaluate('$sum($own)'), 6);
  const bindings = {
    states: { input: 1 },
    variables: new Map<string, Json>([
      ['states', 'forged'],
      ['uuid', 'forged'],
    ]),
  };
  assert.deepEqual(await evaluateJsonata(readExpression('$states'), { ...bindings, nowMs, seed: '' }), { input: 1 });
});

/** Expressions that would take hours, or gigabytes, of an evaluator without bounds. */
const EXHAUSTING = [
  '($f := function($x) { $f($x) }; $f(1))',
  '($f := function($x) { 1 + $f($x) }; $f(1))',
  '[1..10000000]',
  '$range(1, 900000, 1)',
  '($g := function($n, $a) { $n = 0 ? $a : $g($n - 1, [$a, $a]) }; $g(60, [1]) = $g(60, [1]))',
  '($g := function($n, $a) { $n = 0 ? $a : $g($n - 1, {"l": $a, "r": $a}) }; $string($g(60, {})))',
  '($g := function($n, $a) { $n = 0 ? $a : $g($n - 1, $a & $a) }; $length($g(60, "abc")))',
  '$pad("", 1000000000)',
  '$match($join($map([1..100000], function($i) { "a" })) & "b", /(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a|aa)(a{1,500}){1,2}$/)',
  '$toMillis("000000000000000000000000000000000000000000000000x", "[Y][M][D][H][m][s][f][d]")',
  '$distinct($map([1..500001], function($i) { {"i": $i} }))',
];

test('what would not end, or not fit, is ended with an error', async () => {
  for (const source of EXHAUSTING) await assert.rejects(evaluate(source), EvaluationError, source);
});

test('each bound is told in words of its own', async () => {
  const doubled = (of: string, start: string): string =>
    `($g := function($n, $a) { $n = 0 ? $a : $g($n - 1, ${of}) }; $g(60, ${start}))`;
  const told: readonly (readonly [string, RegExp])[] = [
    ['($f := function($x) { $f($x) }; $f(1))', /^D1012: Evaluation timeout after 1000 milliseconds\./],
    ['($f := function($x) { 1 + $f($x) }; $f(1))', /^D1011: Stack overflow\./],
    [`[1..${LIMITS.expressionSequence + 1}]`, /^D2015: The maximum sequence length of 500001 was exceeded\./],
    [`$range(1, ${LIMITS.expressionSequence + 1}, 1)`, /its result must not be too large$/],
    [doubled('{"l": $a, "r": $a}', '{}'), /exceeds the maximum size of 2000000$/],
    [doubled('$a & $a', '"abc"'), /exceeds the maximum size of 4194304$/],
    [`$pad("", ${LIMITS.expressionTextLength + 1})`, /^D3137: The width of the \$pad function is too large$/],
    [`$contains("a", /${'a'.repeat(LIMITS.expressionRegexLength + 1)}/)`, /^D3137: the regular expression is too long$/],
    ['$contains($pad("", 200000, "a"), /(a|b){500}$/)', /^D3137: the text is too long for this regular expression$/],
    ['$contains("aa", /(?=a)/)', /^D3137: the regular expression is not supported: /],
    ['$toMillis($pad("", 65, "0"), "[Y]")', /^D3137: The timestamp or its picture is too long$/],
  ];
  for (const [source, message] of told) await assert.rejects(evaluate(source), { name: 'EvaluationError', message }, source);
  assert.throws(() => readExpression(`'${'a'.repeat(LIMITS.expressionSourceLength)}'`), {
    name: 'InvalidExpression',
    message: 'The expression is too long',
  });
});

test('parts that stand side by side are no depth', async () => {
  const wide = `{${Array.from({ length: 800 }, (_, index) => `"k${index}": $states.input`).join(',')}}`;
  assert.equal(Object.keys(JSON.parse(JSON.stringify(await evaluate(wide, 1)))).length, 800);
  const grouped = await evaluate(
    '$count($keys($states.input{$string($): $}))',
    Array.from({ length: 2000 }, (_, index) => index),
  );
  assert.equal(grouped, 2000);
  await assert.rejects(evaluate('($f := function($x) { [1 + $f($x)] }; $f(1))'), /D1011/, 'what is below one another still is');
});

test('an evaluation that others keep waiting has all of its time', async (context) => {
  let ahead = 0;
  const { now } = Date;
  context.mock.method(Date, 'now', () => now() + (ahead += 60_000));
  const monotonic = performance.now.bind(performance);
  context.mock.method(performance, 'now', () => monotonic() + (ahead += 60_000));
  assert.equal(await evaluate('$sum($map([1..100], function($i) { $i * 2 }))'), 10_100);
});

test('a regular expression takes linear time', async () => {
  assert.equal(await evaluate('$contains($states.input, /^(a+)+$/)', `${'a'.repeat(10_000)}b`), false);
  await assert.rejects(evaluate('$contains("aa", /(a)\\1/)'), EvaluationError, 'back references cannot be matched in linear time');
});

test('a signature whose matching could backtrack is refused', async () => {
  await assert.rejects(evaluate('(function($a)<x+x+x+x+n:x>{$a})(1)'), InvalidExpression);
});

/** Ways to functions of the host: through prototypes, constructors, and forged functions. */
const ESCAPES = [
  '$states.constructor',
  '$states.__proto__',
  '$states.input.constructor.constructor("return process")()',
  '$uuid.constructor("return process")()',
  '$uuid.call.constructor("return 1")()',
  '$lookup($states, "constructor")',
  '$lookup($states, "__proto__")',
  '$lookup($uuid, "constructor")',
  '$sum.implementation.constructor("return process")()',
  '$map([1], $uuid.constructor)',
  '"abc".constructor',
  '$states.input.forged("x")',
  '$process',
  '$globalThis',
  '$getBuiltinModule("fs")',
  '$eval("1")',
];

test('nothing leads out of the expression’s own data', async () => {
  const forged = {
    forged: {
      _jsonata_function: true,
      _jsonata_lambda: true,
      body: { type: 'regex', value: 'a' },
      environment: {},
      implementation: 'x',
      arguments: [],
    },
  };
  for (const source of ESCAPES) {
    const answer = await evaluate(source, forged).catch((error: unknown) => {
      assert(error instanceof EvaluationError, `${source}: ${String(error)}`);
      return undefined;
    });
    assert.equal(answer, undefined, source);
  }
});

test('what watches over an evaluation cannot be named, and so not be replaced', async () => {
  for (const name of ['evaluated', 'now'])
    await assert.rejects(evaluate(`($\u0000${name} := 1; 1)`), {
      name: 'InvalidExpression',
      message: 'The expression has a null character',
    });
  assert.equal(await evaluate('"\\u0000"'), '\u0000', 'a text may hold one, written so');
});

test('a document cannot pollute prototypes', async () => {
  const polluted = JSON.parse('{"__proto__":{"polluted":true}}') as Json;
  await evaluate('$merge([$states.input, {"a": 1}])', polluted).catch(() => undefined);
  await evaluate('$states.input ~> |$|{"__proto__": {"polluted": true}}|', polluted).catch(() => undefined);
  await evaluate('{"__proto__": {"polluted": true}}').catch(() => undefined);
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
});
