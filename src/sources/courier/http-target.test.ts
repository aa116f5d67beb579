// What the answer of a server means for an entry, and how fast a destination is sent to.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpTarget, OutboxEntry } from '#outbox';
import { entry } from '../../../test/support/courier-house.ts';
import { FakeClock } from '../../../test/support/fake-clock.ts';
import type { WebRequest, WebResult } from '../http/web-request.ts';
import { httpCarrier } from './http-target.ts';
import type { Outcome } from './outcome.ts';
import { Pacing } from './pacing.ts';

const RULE = { service: 'events.amazonaws.com', arn: 'arn:aws:events:us-east-1:000000000000:rule/nightly' };
const REQUEST: HttpTarget = { method: 'POST', url: 'https://hooks.example/orders?id=1', headers: { a: 'b' }, timeoutMs: 5000 };

/** Sends one entry to a server that gives these answers, one after the other. */
async function sent(results: readonly WebResult[], request: Partial<HttpTarget> = {}, more: Partial<OutboxEntry> = {}) {
  const clock = new FakeClock();
  const requests: WebRequest[] = [];
  const renewals: boolean[] = [];
  const carry = httpCarrier({
    clock,
    http: {
      send(sent) {
        requests.push(sent);
        return Promise.resolve(results[requests.length - 1] ?? answer(200));
      },
    },
    connections: {
      additionsOf(_scope, _arn, { renew }) {
        renewals.push(renew);
        return Promise.resolve({ headers: { authorization: 'Bearer x' }, query: { key: 'k' }, body: { tenant: 't' } });
      },
    },
  });
  const target = { kind: 'http', request: { ...REQUEST, ...request } } as const;
  const attempt = { nowMs: clock.now(), signal: new AbortController().signal };
  const outcome = await carry(entry({ target, sender: RULE, ...more }), target, attempt);
  return { outcome, requests, renewals };
}

function answer(status: number, headers: Readonly<Record<string, string>> = {}): WebResult {
  return { kind: 'answered', status, headers, body: '' };
}

const kinds = ({ kind, ...rest }: Outcome): string => ('code' in rest ? `${kind} ${rest.code}` : kind);

test('EventBridge: 2xx is delivered, 409, 429 and 5xx are tried again, everything else is refused', async () => {
  const outcomes: string[] = [];
  for (const status of [200, 204, 301, 400, 401, 403, 404, 409, 429, 500, 503])
    outcomes.push(`${status} ${kinds((await sent([answer(status)])).outcome)}`);
  assert.deepEqual(outcomes, [
    '200 delivered',
    '204 delivered',
    '301 refused SDK_CLIENT_ERROR',
    '400 refused SDK_CLIENT_ERROR',
    '401 refused NO_PERMISSIONS',
    '403 refused NO_PERMISSIONS',
    '404 refused SDK_CLIENT_ERROR',
    '409 failed ERROR_FROM_TARGET',
    '429 failed THROTTLING',
    '500 failed ERROR_FROM_TARGET',
    '503 failed ERROR_FROM_TARGET',
  ]);
});

test('SNS does not try a conflict again', async () => {
  const sender = { service: 'sns.amazonaws.com', arn: 'arn:aws:sns:us-east-1:000000000000:orders' };
  assert.equal(kinds((await sent([answer(409)], {}, { sender })).outcome), 'refused SDK_CLIENT_ERROR');
});

test('a server may ask for time, in seconds or until a date, and may ask not to be tried again', async () => {
  const asked = async (text: string) => (await sent([answer(503, { 'retry-after': text })])).outcome;
  const seconds = await asked('120');
  assert.equal(seconds.kind === 'failed' && seconds.retryAfterMs, 120_000);
  const date = await asked(new Date(Date.UTC(2026, 10, 20, 12, 5)).toUTCString());
  assert.equal(date.kind === 'failed' && date.retryAfterMs, 300_000);
  const nonsense = await asked('soon');
  assert.equal(nonsense.kind === 'failed' && nonsense.retryAfterMs, undefined);
  assert.equal((await asked('-1')).kind, 'refused');
});

test('a server that cannot be reached is tried again, and a destination that may not be is refused', async () => {
  assert.equal(kinds((await sent([{ kind: 'unreachable', isTimeout: true, reason: '' }])).outcome), 'failed TIMEOUT');
  assert.equal(kinds((await sent([{ kind: 'unreachable', isTimeout: false, reason: '' }])).outcome), 'failed CONNECTION_FAILURE');
  assert.equal(kinds((await sent([{ kind: 'refused', reason: 'private' }])).outcome), 'refused SDK_CLIENT_ERROR');
});

test('a connection adds its headers, query and members when the request is sent', async () => {
  const { requests } = await sent([answer(200)], { connectionArn: 'connection' });
  const [request] = requests;
  assert.deepEqual(
    [request?.url, request?.headers, Buffer.from(request?.body ?? []).toString()],
    ['https://hooks.example/orders?id=1&key=k', { a: 'b', authorization: 'Bearer x' }, '{"order":1,"tenant":"t"}'],
  );
  const text = await sent([answer(200)], { connectionArn: 'connection' }, { payload: Buffer.from('["a list"]') });
  assert.equal(Buffer.from(text.requests[0]?.body ?? []).toString(), '["a list"]');
});

test('a token that is not taken any more is renewed, once', async () => {
  const good = await sent([answer(401), answer(200)], { connectionArn: 'connection' });
  assert.deepEqual([kinds(good.outcome), good.renewals], ['delivered', [false, true]]);
  const bad = await sent([answer(401), answer(401)], { connectionArn: 'connection' });
  assert.deepEqual([kinds(bad.outcome), bad.renewals], ['refused NO_PERMISSIONS', [false, true]]);
});

test('a destination gets its requests a second, with a tenth of them at once', () => {
  const pacing = new Pacing();
  const request = { url: 'https://hooks.example/a', perSecondMax: 50 };
  let nowMs = 0;
  let passed = 0;
  let asked = 0;
  while (nowMs < 10_000) {
    asked += 1;
    const nextMs = pacing.take(request, nowMs);
    if (nextMs === undefined) passed += 1;
    else {
      assert(nextMs > nowMs);
      nowMs = nextMs;
    }
  }
  assert(Math.abs(passed - 500) <= 6, `${passed} in ten seconds`);
  assert(asked < 1100, `asked ${asked} times`);
});

test('destinations are paced apart, and those without a pace are not', () => {
  const pacing = new Pacing();
  const slow = { url: 'https://one.example/', perSecondMax: 1 };
  assert.equal(pacing.take(slow, 0), undefined);
  assert.equal(pacing.take(slow, 0), 1000);
  assert.equal(pacing.take({ ...slow, url: 'https://two.example/' }, 0), undefined);
  for (let count = 0; count < 100; count += 1) assert.equal(pacing.take({ url: slow.url }, 0), undefined);
});
