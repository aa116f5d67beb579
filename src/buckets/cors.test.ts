// Cross-origin rules: which are valid, which one lets a request in, and what the browser is told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, property, stringMatching } from 'fast-check';
import { ApiError } from '#kernel';
import { checkCorsRules, matchCors, type CorsRule } from './cors.ts';

const rule = (changes: Partial<CorsRule> = {}): CorsRule => ({
  allowedOrigins: ['https://*.example.com'],
  allowedMethods: ['GET', 'PUT'],
  allowedHeaders: ['x-amz-*', 'Content-Type'],
  exposeHeaders: ['ETag'],
  maxAgeSeconds: 600,
  ...changes,
});
const request = { origin: 'https://app.example.com', method: 'PUT', headers: ['Content-Type', 'X-Amz-Date'] };

test('a preflight that a rule lets in is told everything that the rule says', () => {
  assert.deepEqual(matchCors([rule()], request), {
    'access-control-allow-origin': 'https://app.example.com',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, PUT',
    'access-control-allow-headers': 'content-type, x-amz-date',
    'access-control-expose-headers': 'ETag',
    'access-control-max-age': '600',
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  });
});

test('a rule for every origin sends no credentials', () => {
  const headers = matchCors([rule({ allowedOrigins: ['*'] })], request);
  assert.equal(headers?.['access-control-allow-origin'], '*');
  assert.equal(headers?.['access-control-allow-credentials'], undefined);
});

test('origin, method and every header must fit the same rule', () => {
  assert.equal(matchCors([rule()], { ...request, origin: 'https://example.com' }), undefined);
  assert.equal(matchCors([rule()], { ...request, origin: 'http://app.example.com' }), undefined);
  assert.equal(matchCors([rule()], { ...request, method: 'DELETE' }), undefined);
  assert.equal(matchCors([rule()], { ...request, headers: ['x-other'] }), undefined);
  const split = [rule({ allowedMethods: ['DELETE'] }), rule({ allowedOrigins: ['https://other.test'], allowedMethods: ['PUT'] })];
  assert.equal(matchCors(split, request), undefined);
});

test('the first rule that fits decides', () => {
  const headers = matchCors([rule({ maxAgeSeconds: 1 }), rule({ maxAgeSeconds: 2 })], request);
  assert.equal(headers?.['access-control-max-age'], '1');
});

test('an origin with a wildcard fits exactly what begins and ends so', () => {
  const label = stringMatching(/^[a-z]{1,8}$/);
  check(
    property(label, label, label, (head, middle, tail) => {
      const rules = [rule({ allowedOrigins: [`https://${head}*${tail}.test`], allowedHeaders: ['*'] })];
      const fits = (origin: string) => matchCors(rules, { ...request, origin }) !== undefined;
      assert.ok(fits(`https://${head}${middle}${tail}.test`));
      assert.ok(fits(`https://${head}${tail}.test`));
      assert.ok(!fits(`https://${head}${middle}${tail}.test.evil`));
      assert.ok(!fits(`http://${head}${middle}${tail}.test`));
    }),
  );
});

test('what is no valid configuration is refused in words that name it', () => {
  const refusals: readonly [readonly CorsRule[], string, RegExp][] = [
    [[], 'MalformedXML', /1 to 100 rules/],
    [Array.from({ length: 101 }, () => rule()), 'MalformedXML', /101/],
    [[rule({ allowedOrigins: [] })], 'MalformedXML', /AllowedOrigin/],
    [[rule({ allowedMethods: ['PATCH'] })], 'InvalidRequest', /Unsupported method is PATCH/],
    [[rule({ allowedOrigins: ['https://*.*'] })], 'InvalidRequest', /more than one wildcard/],
    [[rule({ allowedHeaders: ['x-*-*'] })], 'InvalidRequest', /more than one wildcard/],
    [[rule({ exposeHeaders: ['x-*'] })], 'InvalidRequest', /ExposeHeader/],
    [[rule({ allowedOrigins: ['https://a\r\nx: y'] })], 'InvalidRequest', /printable/],
    [[rule({ id: 'i'.repeat(256) })], 'InvalidArgument', /255/],
  ];
  for (const [rules, code, message] of refusals)
    assert.throws(
      () => checkCorsRules(rules),
      (error: unknown) => error instanceof ApiError && error.code === code && message.test(error.message),
    );
  checkCorsRules([rule()]);
});
