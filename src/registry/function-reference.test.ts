// Names of functions in all the forms that Lambda takes, and the ones that it does not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as assertProperty, constantFrom, option, property, record, string, stringMatching } from 'fast-check';
import { SCOPE } from '../../test/support/invocable.ts';
import { functionArn, parseFunctionReference, targetOf, unqualifiedTargetOf, versionKey } from './function-reference.ts';

const name = stringMatching(/^[a-zA-Z0-9_-]{1,64}$/).filter((text) => text !== 'function');
const qualifier = constantFrom('$LATEST', '1', '42', 'live', 'blue-green_2');

describe('parseFunctionReference', () => {
  it('every accepted form gives back its parts', () => {
    const parts = record({ name, qualifier: option(qualifier, { nil: undefined }) });
    assertProperty(
      property(parts, ({ name, qualifier }) => {
        const suffix = qualifier === undefined ? '' : `:${qualifier}`;
        const prefixes = [
          ['function:', undefined, undefined],
          ['123456789012:function:', undefined, '123456789012'],
          ['us-gov-west-1:123456789012:function:', 'us-gov-west-1', '123456789012'],
          ['arn:aws:lambda:eu-west-1:123456789012:function:', 'eu-west-1', '123456789012'],
          ['arn:aws-us-gov:lambda:us-gov-east-1:123456789012:function:', 'us-gov-east-1', '123456789012'],
        ] as const;
        for (const [prefix, region, account] of prefixes)
          assert.deepEqual({ ...parseFunctionReference(`${prefix}${name}${suffix}`) }, { region, account, name, qualifier });
      }),
    );
  });

  it('a name alone may look like an account', () => {
    assert.equal(parseFunctionReference('123456789012').name, '123456789012');
    assert.deepEqual(
      { ...parseFunctionReference('123456789012:f') },
      { region: undefined, account: '123456789012', name: 'f', qualifier: undefined },
    );
  });

  for (const text of [
    '',
    'no spaces',
    'a/b',
    'f:$LATES',
    'f:1:2',
    'function:f:$LATEST:extra',
    'arn:aws:lambda:us-east-1:123456789012:function',
    'arn:aws:lambda::123456789012:function:f',
    'arn:aws:lambda:us-east-1::function:f',
    'arn:aws:lambda:us-east-1:f',
    'arn:aws:lambda:us-east-1:123400000000@function:f',
    'arn:aws:iam::123456789012:role/r',
    'arn:aws:lambda:us-east-1:123456789012:layer:l:1',
    'x'.repeat(200),
  ])
    it(`${JSON.stringify(text.slice(0, 60))} is refused`, () => {
      assert.throws(() => parseFunctionReference(text), {
        code: 'ValidationException',
        message: /'functionName' failed to satisfy constraint/,
      });
    });

  it('no text makes it throw anything but its own errors', () => {
    assertProperty(
      property(string({ maxLength: 300, unit: 'binary' }), (text) => {
        try {
          parseFunctionReference(text);
        } catch (error) {
          assert.match((error as { code?: string }).code ?? '', /^(ValidationException|InvalidParameterValueException)$/);
        }
      }),
    );
  });

  it('a name of more than 64 characters is refused in its own words', () => {
    assert.throws(() => parseFunctionReference('x'.repeat(65)), {
      code: 'InvalidParameterValueException',
      message: /less than or equal to 64/,
    });
  });
});

describe('targetOf', () => {
  it('takes a qualifier from either place, and refuses two that differ', () => {
    assert.equal(targetOf(SCOPE, 'f:1').qualifier, '1');
    assert.equal(targetOf(SCOPE, 'f', '1').qualifier, '1');
    assert.equal(targetOf(SCOPE, 'f:1', '1').qualifier, '1');
    assert.throws(() => targetOf(SCOPE, 'f:1', '2'), /derived qualifier from the function name does not match/);
    assert.throws(() => targetOf(SCOPE, 'f', 'a b'), { code: 'ValidationException' });
  });

  it('its own ARNs lead back', () => {
    assertProperty(
      property(name, option(qualifier, { nil: undefined }), (name, qualifier) => {
        assert.deepEqual(targetOf(SCOPE, functionArn(SCOPE, name as never, qualifier)), { name, qualifier });
      }),
    );
  });

  it('operations on whole functions take no qualifier', () => {
    assert.equal(unqualifiedTargetOf(SCOPE, 'f'), 'f');
    assert.throws(() => unqualifiedTargetOf(SCOPE, 'f:1'), /permitted on Lambda functions only/);
  });
});

it('versions sort as numbers', () => {
  const versions = ['10', '9', '1', '100', '2'].map((version) => versionKey('f', version));
  assert.deepEqual(
    versions.toSorted(),
    ['1', '2', '9', '10', '100'].map((version) => versionKey('f', version)),
  );
});
