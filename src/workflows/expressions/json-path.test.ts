// JSONPath and intrinsic functions, as Jayway's library and Step Functions have them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../test/support/seeded-random.ts';
import { Budget } from './budget.ts';
import { EvaluationError, InvalidExpression } from './failure.ts';
import { evaluateIntrinsic } from './intrinsics.ts';
import type { Json, JsonObject } from './json.ts';
import { compilePath, evaluatePath } from './json-path.ts';
import { placesOf, withValueAt } from './reference-path.ts';

const book: readonly JsonObject[] = [
  { title: 'a', price: 8 },
  { title: 'b', price: 12, isbn: 'x' },
];
const input = { store: { book, 'odd name': 1 }, list: [1, 2, 3, 4], lists: [[1], [1, 3], []], text: "it's" };
const documents = {
  get budget() {
    return new Budget();
  },
  input,
  context: () => ({ Execution: { Name: 'run' } }),
  variable: (name: string): Json | undefined => (name === 'limit' ? { max: 10 } : undefined),
};

test('a definite path answers its value, an indefinite one a list', () => {
  const answers: readonly (readonly [string, Json])[] = [
    ['$.store.book[0].title', 'a'],
    ["$['store']['odd name']", 1],
    ['$.store.book[-1].title', 'b'],
    ['$.store.book[*].title', ['a', 'b']],
    ['$..price', [8, 12]],
    ['$.list[1:3]', [2, 3]],
    ['$.list[-2:]', [3, 4]],
    ['$.list[0,2]', [1, 3]],
    ['$.list.length()', 4],
    ['$.list.sum()', 10],
    ['$.store.book[?(@.price < 10)].title', ['a']],
    ['$.store.book[?(@.isbn)].title', ['b']],
    ['$.store.book[?(!@.isbn || @.price >= 12)].title', ['a', 'b']],
    ["$.store.book[?(@.title in ['b','c'])].price", [12]],
    ['$.store.book[?(@.price > $limit.max)].title', ['b']],
    ['$.store.book[?(@.title =~ /[A-Z]/i)].price', [8, 12]],
    ['$.store.book[?(@.title =~ /[a]/)].price', [8]],
    ['$.store.book[?(@.title =~ /b|c/ && @.isbn)].price', [12]],
    ['$.lists[?(@ subsetof [1, 2])]', [[1], []]],
    ['$.lists[?(@ anyof [3])]', [[1, 3]]],
    ['$.lists[?(@ noneof [1])]', [[]]],
    ['$.lists[?(@ size 2)]', [[1, 3]]],
    ['$.lists[?(@ empty true)]', [[]]],
    ['$.nothing[*].at', []],
    ['$$.Execution.Name', 'run'],
    ['$limit.max', 10],
  ];
  for (const [path, answer] of answers) assert.deepEqual(evaluatePath(path, documents), answer, path);
});

test('a definite path to nothing fails with its place, as Jayway prints it', () => {
  for (const [path, message] of [
    ['$.store.pen', "No results for path: $['store']['pen']"],
    ['$.store.pen[0]', "Missing property in path $['store']['pen']"],
    ['$.pens.first.ink', "Missing property in path $['pens']"],
    ['$.list[9].ink', "No results for path: $['list'][9]['ink']"],
  ] as const)
    assert.throws(() => evaluatePath(path, documents), new EvaluationError({ kind: 'path-not-found', path }, message));
});

test('members of prototypes are nobody’s', () => {
  for (const path of ['$.constructor', '$.__proto__', '$.list.constructor', "$.text['length']"])
    assert.throws(() => evaluatePath(path, documents), EvaluationError, path);
});

test('what is no path is refused', () => {
  for (const path of [
    'store',
    '$.',
    '$.a[',
    '$.a[?(@.b ==)]',
    '$.a[?(alert(1))]',
    '$.a[?(@ =~ /(/)]',
    '$.a[?(@ =~ /(a)\\1/)]',
    `$${'[?('.repeat(50)}`,
  ])
    assert.throws(() => compilePath(path), InvalidExpression, path);
});

test('a reference path writes what it names, and shares the rest', () => {
  const places = placesOf('$.store.new.deep') ?? [];
  const written = withValueAt(input, places, 1) as typeof input & { store: { new: Json } };
  assert.deepEqual(written.store.new, { deep: 1 });
  assert.equal(written.store.book, input.store.book);
  assert.equal(withValueAt(input, ['list', 9], 1), undefined, 'an array is not made longer');
  assert.equal(placesOf('$.list[*]'), undefined);
  assert.equal(Object.getPrototypeOf(withValueAt({}, ['__proto__', 'polluted'], 1)), Object.prototype);
});

test('intrinsic functions have the quirks of AWS', () => {
  const answers: readonly (readonly [string, Json])[] = [
    ["States.Format('{} and \\{{}\\}', $.text, $.list)", "it's and {[1, 2, 3, 4]}"],
    ["States.Format('{}', $.store.book[0])", '{title=a, price=8}'],
    ["States.Format('it\\'s')", "it's"],
    ['States.MathAdd(1.49, 1.5)', 3],
    ['States.MathAdd(-1.5, 0)', -1],
    ["States.StringSplit('a.b,,c', '.,')", ['a', 'b', 'c']],
    ["States.StringToJson('')", null],
    ['States.ArrayUnique(States.Array(1, 1, 2))', [1, 2]],
    ['States.ArrayPartition($.list, 3)', [[1, 2, 3], [4]]],
    ["States.Base64Decode(States.Base64Encode('é'))", 'é'],
    ['States.JsonMerge(States.StringToJson(\'{"a":{"b":1}}\'), States.StringToJson(\'{"a":{"c":2}}\'), false)', { a: { c: 2 } }],
  ];
  for (const [call, answer] of answers) assert.deepEqual(evaluateIntrinsic(call, documents, seededRandom(1)), answer, call);
});

test('intrinsic functions refuse what AWS refuses', () => {
  const calls = [
    'States.UUID(1)',
    'States.MathAdd(1, 2, 3)',
    'States.ArrayRange(1, 2000, 1)',
    'States.ArrayRange(1, 5, 0)',
    'States.JsonMerge($.store, $.store, true)',
    "States.Format('{}')",
    "States.Base64Decode('***')",
    "States.Nothing('a')",
  ];
  for (const call of calls) assert.throws(() => evaluateIntrinsic(call, documents, seededRandom(1)), EvaluationError, call);
  const nested = `${'States.Array('.repeat(11)}1${')'.repeat(11)}`;
  assert.throws(() => evaluateIntrinsic(nested, documents, seededRandom(1)), InvalidExpression, 'eleven deep');
});

test('a path of thousands of negations, parentheses or filters within one another is refused', () => {
  for (const opening of ['!', '(', '!(', '@[?(']) {
    const path = `$[?(${opening.repeat(20_000)}@.a)]`;
    assert.throws(() => compilePath(path), InvalidExpression, opening);
  }
  assert.equal(compilePath('$[?(!!@.a)]').definite, false);
});
