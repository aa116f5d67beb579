// Constraints, in AWS's words; and every pattern of every model.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadService } from './model.ts';
import type { ServiceName } from './model.ts';
import { compilePattern, describeViolations, validate } from './validate.ts';

function complaint(service: ServiceName, operation: string, input: object): string {
  const found = loadService(service).operations.get(operation);
  assert.ok(found !== undefined);
  const violations = validate(found, input as Record<string, unknown>);
  return violations.length === 0 ? '' : describeViolations(violations);
}

const CREATE = { FunctionName: 'f', Role: 'arn:aws:iam::000000000000:role/r', Code: {} };

test('a good input has no violations', () => {
  assert.equal(
    complaint('lambda', 'CreateFunction', { ...CREATE, Timeout: 3, MemorySize: 128, Environment: { Variables: { A: '1' } } }),
    '',
  );
  assert.equal(complaint('dynamodb', 'PutItem', { TableName: 'table', Item: { a: { S: '' } } }), '');
});

test('lengths, ranges, patterns and enumerations are told as AWS tells them', () => {
  const failed = (value: string, path: string, demand: string) =>
    `1 validation error detected: Value '${value}' at '${path}' failed to satisfy constraint: ${demand}`;
  assert.equal(
    complaint('lambda', 'CreateFunction', { ...CREATE, Timeout: 0 }),
    failed('0', 'timeout', 'Member must have value greater than or equal to 1'),
  );
  assert.equal(
    complaint('lambda', 'CreateFunction', { ...CREATE, MemorySize: 127 }),
    failed('127', 'memorySize', 'Member must have value greater than or equal to 128'),
  );
  assert.equal(
    complaint('lambda', 'CreateFunction', { ...CREATE, Description: 'x'.repeat(257) }),
    failed('x'.repeat(257), 'description', 'Member must have length less than or equal to 256'),
  );
  assert.match(
    complaint('lambda', 'GetFunction', { FunctionName: 'bad name' }),
    /^1 validation error detected: Value 'bad name' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
  );
  assert.equal(
    complaint('lambda', 'CreateFunction', { ...CREATE, Architectures: ['mips'] }),
    failed('mips', 'architectures.1.member', 'Member must satisfy enum value set: [x86_64, arm64]'),
  );
});

test('a runtime outside the model is for the registry to judge', () => {
  assert.equal(complaint('lambda', 'CreateFunction', { ...CREATE, Runtime: 'nodejs99.x' }), '');
});

test('what is missing, deep or repeated is named by its path, and ten are enough', () => {
  assert.equal(
    complaint('lambda', 'CreateFunction', { FunctionName: 'f', Code: {} }),
    "1 validation error detected: Value null at 'role' failed to satisfy constraint: Member must not be null",
  );
  const tags = Array.from({ length: 12 }, () => ({ Value: 'v' }));
  const text = complaint('dynamodb', 'TagResource', { ResourceArn: 'arn', Tags: tags });
  assert.match(
    text,
    /^10 validation errors detected: Value null at 'tags\.1\.member\.key' failed to satisfy constraint: Member must not be null; /,
  );
});

test('a sensitive value is not repeated', () => {
  const text = complaint('ssm', 'PutParameter', { Name: 'n', Value: 'v', Description: 'x'.repeat(2000) });
  assert.match(text, /Value 'x+…' at 'description'/);
  const key = { ...CREATE, Environment: { Variables: { 'not a name': 'secret' } } };
  assert.doesNotMatch(complaint('lambda', 'CreateFunction', key), /secret|not a name/);
});

test('every pattern of every model compiles, and matches whole values', () => {
  const folder = new URL('constraints/', import.meta.url);
  let count = 0;
  for (const file of readdirSync(folder)) {
    const { types } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as { types: Record<string, { pattern?: string }> };
    for (const { pattern } of Object.values(types)) {
      if (pattern === undefined) continue;
      compilePattern(pattern);
      count++;
    }
  }
  assert.ok(count > 300);
  assert.ok(compilePattern('[a-z]+').test('abc'));
  assert.ok(!compilePattern('[a-z]+').test('abc!'));
  assert.ok(!compilePattern('[a-z]+').test('abc\n'));
  assert.ok(compilePattern('(?i)all|[0-9]{12}').test('ALL'));
  assert.ok(compilePattern('\\p{Print}+').test('a b'));
});
