// Forms of the query protocol: lists and maps by numbered names, and forms that nobody should send.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MalformedRequest } from './malformed.ts';
import { loadService } from './model.ts';
import type { ServiceName } from './model.ts';
import { formTree, parseForm, queryStructureReader } from './query.ts';

function read(service: ServiceName, operation: string, form: string): unknown {
  const found = loadService(service).operations.get(operation);
  assert.ok(found !== undefined);
  return queryStructureReader(found.input)(formTree(parseForm(form)));
}

const refused = (pattern: RegExp) => (error: unknown) => error instanceof MalformedRequest && pattern.test(error.message);

test('lists are numbered, in any order and with gaps, and an empty one is said by its name alone', () => {
  const form =
    'Action=TagResource&ResourceArn=a%20b+c&Tags.member.10.Key=z&Tags.member.10.Value=&Tags.member.2.Key=a&Tags.member.2.Value=1';
  assert.deepEqual(read('sns', 'TagResource', form), {
    ResourceArn: 'a b c',
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'z', Value: '' },
    ],
  });
  assert.deepEqual(read('sns', 'UntagResource', 'ResourceArn=x&TagKeys='), { ResourceArn: 'x', TagKeys: [] });
});

test('maps have entries with key and value', () => {
  assert.deepEqual(read('sns', 'CreateTopic', 'Name=n&Attributes.entry.1.key=__proto__&Attributes.entry.1.value=v'), {
    Name: 'n',
    Attributes: JSON.parse('{"__proto__":"v"}') as unknown,
  });
  assert.throws(() => read('sns', 'CreateTopic', 'Attributes.entry.1.key=a'), refused(/lacks its key or value/));
});

test("SQS's lists and maps are flattened, under names in the singular", () => {
  assert.deepEqual(read('sqs', 'GetQueueAttributes', 'QueueUrl=u&AttributeName.1=All&AttributeName.2=QueueArn'), {
    QueueUrl: 'u',
    AttributeNames: ['All', 'QueueArn'],
  });
  assert.deepEqual(read('sqs', 'CreateQueue', 'QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5'), {
    QueueName: 'q',
    Attributes: { DelaySeconds: '5' },
  });
});

test('values are read by their types', () => {
  assert.deepEqual(read('cloudformation', 'CreateStack', 'StackName=s&DisableRollback=true&TimeoutInMinutes=5'), {
    StackName: 's',
    DisableRollback: true,
    TimeoutInMinutes: 5,
  });
  assert.throws(
    () => read('cloudformation', 'CreateStack', 'TimeoutInMinutes=five'),
    refused(/'five' is not an integer, at TimeoutInMinutes/),
  );
  assert.throws(() => read('cloudformation', 'CreateStack', 'DisableRollback=yes'), refused(/true or false/));
});

test('hostile forms are refused', () => {
  assert.throws(() => parseForm('a=%ff'), refused(/not percent-encoded UTF-8/));
  assert.throws(() => parseForm(Array.from({ length: 20_001 }, (_, index) => `a${index}=`).join('&')), refused(/more than 20000/));
  assert.throws(() => formTree(new Map([['a.'.repeat(200), '']])), refused(/deeper/));
  assert.throws(() => read('sns', 'TagResource', 'Tags.member.x.Key=a'), refused(/not the number of a list's member/));
});

test('no form makes a reader fail otherwise than by refusing it', () => {
  const word = fc.constantFrom(
    'Tags',
    'member',
    'entry',
    '1',
    '2',
    'Key',
    'key',
    'value',
    'Attributes',
    'Parameters',
    '',
    '__proto__',
    'x',
  );
  const name = fc.array(word, { maxLength: 5 }).map((words) => words.join('.'));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string()), { maxLength: 8 }), (pairs) => {
      const form = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
      try {
        read('sns', 'CreateTopic', form);
        read('cloudformation', 'CreateStack', form);
      } catch (error) {
        assert.ok(error instanceof MalformedRequest, String(error));
      }
    }),
  );
});
