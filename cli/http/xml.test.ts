// The little XML that answers of AWS need.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { childrenNamed, childText, escapeXml, parseXml } from './xml.ts';

test('reads an answer of S3', () => {
  const root = parseXml(`<?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/>
      <Contents><Key>a &amp; b&#x20;&#233;</Key><Size>3</Size></Contents><Contents><Key>c</Key></Contents></ListBucketResult>`);
  assert.equal(root.name, 'ListBucketResult');
  assert.equal(childText(root, 'Prefix'), '');
  assert.deepEqual(
    childrenNamed(root, 'Contents').map((item) => childText(item, 'Key')),
    ['a & b é', 'c'],
  );
  assert.equal(childText(root, 'Nothing'), undefined);
});

test('refuses what is cut off or crossed', () => {
  assert.throws(() => parseXml('<a><b></b>'), SyntaxError);
  assert.throws(() => parseXml('<a><b></a></b>'), SyntaxError);
  assert.throws(() => parseXml('</a>'), SyntaxError);
  assert.throws(() => parseXml(''), SyntaxError);
});

test('what was escaped is read back', () => {
  const text = `<&>"' é`;
  assert.equal(parseXml(`<a>${escapeXml(text)}</a>`).text, text);
});
