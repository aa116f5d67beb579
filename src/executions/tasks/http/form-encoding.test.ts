// Forms, as AWS's page on HTTP tasks shows them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '#workflows';
import { formEncoded as encoded } from './form-encoding.ts';
import type { ArrayFormat } from './form-encoding.ts';

const formEncoded = (document: JsonObject, format: ArrayFormat) => encoded(document, format, 1000);

test('lists are encoded in each of four ways', () => {
  const document = { array: ['a', 'b'] };
  assert.equal(formEncoded(document, 'INDICES'), 'array%5B0%5D=a&array%5B1%5D=b');
  assert.equal(formEncoded(document, 'REPEAT'), 'array=a&array=b');
  assert.equal(formEncoded(document, 'COMMAS'), 'array=a,b');
  assert.equal(formEncoded(document, 'BRACKETS'), 'array%5B%5D=a&array%5B%5D=b');
});

test('objects are encoded by their paths, and values as texts', () => {
  assert.equal(
    formEncoded(
      { description: 'Monthly subscription', metadata: { order_details: 'monthly report data' }, customer: '1' },
      'INDICES',
    ),
    'description=Monthly%20subscription&metadata%5Border_details%5D=monthly%20report%20data&customer=1',
  );
  assert.equal(formEncoded({ a: null, b: true, c: 1.5, d: "it's (1)*!" }, 'INDICES'), 'a=&b=true&c=1.5&d=it%27s%20%281%29%2A%21');
  assert.equal(formEncoded({ deep: [{ a: [1] }] }, 'INDICES'), 'deep%5B0%5D%5Ba%5D%5B0%5D=1');
  assert.equal(formEncoded({ deep: [{ a: 1 }, 'x,y'] }, 'COMMAS'), 'deep=%7B%22a%22%3A1%7D,x%2Cy');
});

test('a form that repeats long paths is given up before it is made', () => {
  let deep: JsonObject = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`k${index}`, 1]));
  for (let level = 0; level < 500; level += 1) deep = { a: deep };
  assert.equal(encoded(deep, 'INDICES', 10_000), undefined);
});
