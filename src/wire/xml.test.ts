// XML both ways: the parser's bounds, S3's flattened lists and attributes, and texts that are hard to carry.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MalformedRequest } from './malformed.ts';
import { loadService } from './model.ts';
import type { ServiceName, StructureShape } from './model.ts';
import { parseXml } from './xml-parser.ts';
import { escapeXml, xmlMembersWriter, xmlStructureReader } from './xml.ts';

const shape = (service: ServiceName, name: string) => loadService(service).shapes.get(name) as StructureShape;
const read = (name: string, source: string) => xmlStructureReader(shape('s3', name), () => true)(parseXml(source));
const write = (service: ServiceName, name: string, value: unknown) => xmlMembersWriter(shape(service, name), () => true)(value);
const refused = (pattern: RegExp) => (error: unknown) => error instanceof MalformedRequest && pattern.test(error.message);

test('elements, attributes, text, comments, declarations and CDATA are read', () => {
  const root = parseXml(
    '\ufeff<?xml version="1.0"?>\n<!-- a > b --><s:Root xmlns:s="urn:x" a=\'1\' b="&lt;2>"><Item> x &amp; <![CDATA[<y>&amp;]]></Item><Empty/></s:Root>\n',
  );
  assert.equal(root.name, 'Root');
  assert.deepEqual(Object.fromEntries(root.attributes), { 'xmlns:s': 'urn:x', a: '1', b: '<2>' });
  assert.deepEqual(
    root.children.map(({ name, text }) => [name, text]),
    [
      ['Item', ' x & <y>&amp;'],
      ['Empty', ''],
    ],
  );
  assert.equal(parseXml('<a>&#65;&#x1F600;&apos;&quot;&gt;</a>').text, 'A😀\'">');
});

test('what is no XML, or more than we take, is refused with its reason', () => {
  const cases: [string, RegExp][] = [
    ['', /no element/],
    ['text', /outside the root/],
    ['<a>', /<a> is not closed/],
    ['<a></b>', /<\/b> closes nothing/],
    ['<a/><b/>', /more than one root/],
    ['<a', /does not end/],
    ['<a b></a>', /attribute cannot be read/],
    ['<a b="<"/>', /attribute cannot be read/],
    ['<a b="1" b="2"/>', /attribute b stands twice/],
    ['<a>&undefined;</a>', /entity is unknown/],
    ['<a>&</a>', /entity is unknown/],
    ['<a>&#0;</a>', /entity is unknown/],
    ['<a>&#x110000;</a>', /entity is unknown/],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /document type declarations are not accepted/],
    ['<a><![CDATA[x</a>', /\]\]> is missing/],
    ['<a>'.repeat(20_000), /nests deeper/],
    [`<a>${'<b/>'.repeat(200_001)}</a>`, /more than 200000 elements/],
  ];
  for (const [source, pattern] of cases) assert.throws(() => parseXml(source), refused(pattern), source.slice(0, 40));
});

test('a time that grows with the square of the input would show here', () => {
  // 4 MiB, the largest body: angle brackets, ampersands and quotes without their ends.
  for (const source of [
    '<'.repeat(4 << 20),
    `<a>${'&'.repeat(4 << 20)}`,
    `<a b='${'"'.repeat(4 << 20)}`,
    `<a ${'b="c" '.repeat(700_000)}>`,
  ])
    assert.throws(() => parseXml(source), MalformedRequest);
});

test('flattened lists gather, wrapped lists unwrap, and a member that stands twice is refused', () => {
  assert.deepEqual(
    read(
      'CompletedMultipartUpload',
      '<X><Part><PartNumber>1</PartNumber></Part><Other/><Part><PartNumber> 2\n</PartNumber></Part></X>',
    ),
    {
      Parts: [{ PartNumber: 1 }, { PartNumber: 2 }],
    },
  );
  assert.deepEqual(read('Tagging', '<T><TagSet><Tag><Key>a</Key><Value/></Tag></TagSet></T>'), {
    TagSet: [{ Key: 'a', Value: '' }],
  });
  assert.deepEqual(read('Tagging', '<T><TagSet/></T>'), { TagSet: [] });
  assert.throws(() => read('Tag', '<Tag><Key>a</Key><Key>b</Key></Tag>'), refused(/stands twice/));
  assert.throws(
    () => read('CompletedPart', '<Part><PartNumber>one</PartNumber></Part>'),
    refused(/'one' is not an integer, at PartNumber/),
  );
});

test("a grantee's type is an attribute with a namespace", () => {
  const grant = { Grantee: { Type: 'CanonicalUser', ID: 'x"<' }, Permission: 'READ' };
  const text = write('s3', 'Grant', grant);
  assert.equal(
    text,
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>x&quot;&lt;</ID></Grantee><Permission>READ</Permission>',
  );
  assert.deepEqual(read('Grant', `<Grant>${text}</Grant>`), grant);
});

test('maps of the query services have entries', () => {
  assert.equal(
    write('sns', 'GetTopicAttributesResponse', { Attributes: { Owner: '1', 'a<b': '&' } }),
    '<Attributes><entry><key>Owner</key><value>1</value></entry><entry><key>a&lt;b</key><value>&amp;</value></entry></Attributes>',
  );
});

test('any text that XML can hold comes back as it was', () => {
  // oxlint-disable-next-line no-control-regex -- XML 1.0 holds no others
  const holds = (text: string) => !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text);
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }).filter(holds), (text) => {
      assert.equal(parseXml(`<a>${escapeXml(text)}</a>`).text, text);
      assert.equal(parseXml(`<a b="${escapeXml(text).replaceAll('\n', '&#xA;')}"/>`).attributes.get('b'), text);
    }),
  );
});

test('no text makes the parser fail otherwise than by refusing it', () => {
  const pieces = fc.constantFrom(
    '<',
    '>',
    '/',
    'a',
    '=',
    '"',
    "'",
    '&',
    ';',
    '#',
    'x',
    '!',
    '-',
    '[',
    ']',
    '?',
    ' ',
    '<a>',
    '</a>',
    '<![CDATA[',
    '<!--',
    '-->',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        xmlStructureReader(shape('s3', 'Tagging'), () => true)(parseXml(`<a>${parts.join('')}</a>`));
      } catch (error) {
        assert.ok(error instanceof MalformedRequest, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
