// Which runtime a function runs on, for every name that the SDK knows.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Runtime as NAMES } from '@aws-sdk/client-lambda';
import { ApiError } from '#kernel';
import { runtimeOf, SERVED_RUNTIMES } from './runtimes.ts';

const outcomeOf = (name: string) => {
  try {
    return runtimeOf(name).served;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    assert.match(error.message, /^The runtime \S+ is not served here\. \S/, name);
    return 'refused';
  }
};

test('every runtime that Lambda ever had is served, replaced by the nearest, or refused with what to do instead', () => {
  const outcomes = Object.fromEntries(Object.values(NAMES).map((name) => [name, outcomeOf(name)]));
  const of = (outcome: string) => Object.keys(outcomes).filter((name) => outcomes[name] === outcome);
  for (const name of SERVED_RUNTIMES) assert.equal(outcomes[name], name);
  assert.deepEqual(of('nodejs20.x').toSorted(), [
    'nodejs',
    'nodejs10.x',
    'nodejs12.x',
    'nodejs14.x',
    'nodejs16.x',
    'nodejs18.x',
    'nodejs20.x',
    'nodejs4.3',
    'nodejs6.10',
    'nodejs8.10',
  ]);
  assert.deepEqual(of('nodejs24.x'), ['nodejs24.x', 'nodejs26.x']);
  assert.deepEqual(of('python3.11').toSorted(), ['python3.10', 'python3.11', 'python3.6', 'python3.7', 'python3.8', 'python3.9']);
  assert.deepEqual(of('python3.14'), ['python3.14', 'python3.15']);
  assert.deepEqual(of('provided.al2023'), ['provided', 'provided.al2023']);
  assert.ok(of('refused').every((name) => /^(?:java|dotnet|ruby|go1|python2\.7|nodejs4\.3-edge)/.test(name)));
});

test('what is replaced is said, what is served needs no words', () => {
  assert.equal(runtimeOf('nodejs24.x').warning, undefined);
  assert.match(
    runtimeOf('nodejs16.x').warning ?? '',
    /^nodejs16\.x is not served here: the function runs on nodejs20\.x, .* \(aws-sdk\)/,
  );
});

test('a name of nothing is answered with those that there are', () => {
  for (const name of ['cobol85', 'nodejs24', '', 'constructor'])
    assert.throws(() => runtimeOf(name), { message: /satisfy enum value set: \[nodejs20\.x, .*provided\.al2023\]/ });
});
