// What templates and paths make of an event. The cases with quotes are as they were recorded on AWS.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BusEvent } from './bus-event.ts';
import { fillTemplate, parseTemplate } from './input-template.ts';
import { parseJsonPath, valueAt } from './json-path.ts';

const detail = {
  user: { id: '7-8', name: 'O"Neil\n' },
  one: ['HIGH'],
  two: ['ACTIVE', 'INACTIVE'],
  yes: true,
  none: null,
  count: 5,
  'odd name': { 'a.b': 1 },
};
const event = new BusEvent(
  {
    id: 'id-1',
    source: 'shop',
    detailType: 'order',
    account: '000000000000',
    region: 'us-east-1',
    timeMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    resources: ['arn:x'],
    detailText: JSON.stringify(detail),
    ingestedAtMs: Date.UTC(2026, 0, 2, 3, 4, 6),
    hops: 0,
  },
  detail,
);
const rule = { name: 'r', arn: 'arn:aws:events:us-east-1:000000000000:rule/r' };
const paths = {
  user: '$.detail.user',
  id: '$.detail.user.id',
  name: '$.detail.user.name',
  one: '$.detail.one',
  two: '$.detail.two',
  yes: '$.detail.yes',
  none: '$.detail.none',
  count: '$.detail.count',
  missing: '$.detail.missing.more',
  'detail-type': '$.detail-type',
};

function filled(template: string): string {
  const parsed = parseTemplate({ paths, template });
  assert(!('kind' in parsed), 'every placeholder is known');
  return fillTemplate(parsed, event, rule) ?? 'too large';
}

describe('outside of quotes, a value is JSON', () => {
  test('of its own type', () => {
    assert.equal(
      filled('{"u": <user>, "i": <id>, "l": <two>, "y": <yes>, "n": <none>, "c": <count>}'),
      '{"u": {"id":"7-8","name":"O\\"Neil\\n"}, "i": "7-8", "l": ["ACTIVE","INACTIVE"], "y": true, "n": null, "c": 5}',
    );
    assert.equal(filled('[<id>, "fixed"]'), '["7-8", "fixed"]');
    assert.equal(filled('<user>'), JSON.stringify(detail.user));
  });
  test('and what is missing is an empty text', () => assert.equal(filled('{"m": <missing>}'), '{"m": ""}'));
});

describe('within quotes, a value is text', () => {
  test('strings as they are, escaped for where they stand', () => {
    assert.equal(filled('"<detail-type> <id>/<id> <name>"'), '"order 7-8/7-8 O\\"Neil\\n"');
    assert.equal(filled('{"path": "users/<id>"}'), '{"path": "users/7-8"}');
  });
  test('objects and lists without their quotes', () => {
    assert.equal(filled('"<one> <two> <yes> <none> <count> <missing>."'), '"[HIGH] [ACTIVE,INACTIVE] true null 5 ."');
    assert.match(filled('"<user>"'), /^"\{id:7-8,name:O/);
  });
  test('a quote that is escaped ends nothing', () =>
    assert.equal(filled(String.raw`"say \"<id>\" <id>" <id>`), String.raw`"say \"7-8\" 7-8" "7-8"`));
  test('line by line', () => assert.equal(filled('"<id> a"\n"<id> b"'), '"7-8 a"\n"7-8 b"'));
});

test('AWS’s own placeholders need no path', () => {
  assert.equal(
    filled('"<aws.events.rule-arn> <aws.events.rule-name> <aws.events.event.ingestion-time>"'),
    `"${rule.arn} r 2026-01-02T03:04:06Z"`,
  );
  assert.deepEqual(JSON.parse(filled('<aws.events.event.json>')), JSON.parse(event.text));
  assert.equal(
    filled('<aws.events.event>'),
    '{"id":"id-1","account":"000000000000","detailType":"order","time":"2026-01-02T03:04:05Z","source":"shop","region":"us-east-1","resources":["arn:x"],"version":"0"}',
  );
});

test('a placeholder that nothing is known of is told', () => {
  for (const template of ['<what>', '"<what>"', '<constructor>', '<aws.events.secret>'])
    assert.equal('kind' in parseTemplate({ paths, template }), true, template);
  assert.equal(filled('{"a": "1 < 2", "b": "<>"}'), '{"a": "1 < 2", "b": "<>"}');
});

describe('paths', () => {
  const at = (path: string) => {
    const steps = parseJsonPath(path);
    assert(steps, path);
    return valueAt({ detail }, steps);
  };
  test('lead to members and elements', () => {
    assert.deepEqual(at('$'), { detail });
    assert.equal(at('$.detail.two[1]'), 'INACTIVE');
    assert.equal(at(`$.detail['odd name']["a.b"]`), 1);
    assert.deepEqual(at('$.detail.two[*]'), ['ACTIVE', 'INACTIVE']);
    assert.deepEqual(at('$.detail.user.*'), ['7-8', 'O"Neil\n']);
    for (const path of ['$.detail.two[9]', '$.detail.two.length', '$.detail.count.x', '$.constructor', '$.detail.user[0]'])
      assert.equal(at(path), undefined, path);
  });
  test('and what is none is told', () => {
    for (const path of ['', 'detail', '$detail', '$.', '$..a', '$.a[', '$.a[x]', '$.a[-1]', '$.a b[0]c', '$.a[0]x'])
      assert.equal(parseJsonPath(path), undefined, path);
  });
});

test('a template that makes more of an event than an event may be makes nothing', () => {
  assert.equal(filled('<user>'.repeat(60_000)), 'too large');
  assert.equal(filled('"<user>"'.repeat(1000)).length, 1000 * filled('"<user>"').length);
});

test('long integers keep the digits that they were sent with', () => {
  const detailText =
    '{"id":12345678901234567890,"ids":[-9007199254740993,1],"text":"12345678901234567890","f":0.1234567890123456789}';
  const long = new BusEvent({ ...event.members, detailText }, JSON.parse(detailText));
  const fill = (template: string) => {
    const parsed = parseTemplate({ paths: { id: '$.detail.id', ids: '$.detail.ids', text: '$.detail.text' }, template });
    assert(!('kind' in parsed));
    return fillTemplate(parsed, long, rule);
  };
  assert.equal(fill('{"id": <id>, "in": "no. <id>"}'), '{"id": 12345678901234567890, "in": "no. 12345678901234567890"}');
  assert.equal(fill('[<ids>, <text>]'), '[[-9007199254740993,1], "12345678901234567890"]');
  assert.match(fill('<aws.events.event.json>') ?? '', /"detail":\{"id":12345678901234567890,"ids":\[-9007199254740993,1\],/);
  assert.equal(typeof valueAt(long.document, parseJsonPath('$.detail.id') ?? []), 'number', 'patterns compare numbers');
});
