// Access tokens that many ask for at once, and whose connection changes meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '../../test/support/fake-clock.ts';
import { AccessTokens, type Client, type TokenAnswer } from './access-tokens.ts';

const client = (version: string): Client => ({
  key: 'connection',
  version,
  endpoint: 'https://login.example/token',
  method: 'POST',
  clientId: 'me',
  secret: `secret-${version}`,
});

/** A server that answers when the test says so, in the order of the questions. */
function server() {
  const questions: PromiseWithResolvers<TokenAnswer>[] = [];
  const tokens = new AccessTokens(() => {
    const question = Promise.withResolvers<TokenAnswer>();
    questions.push(question);
    return question.promise;
  }, new FakeClock());
  const answer = (place: number, value: string) =>
    questions[place]?.resolve({
      kind: 'answered',
      status: 200,
      body: JSON.stringify({ access_token: value, expires_in: 3600 }),
    });
  const token = (value: string) => ({ kind: 'token', header: `Bearer ${value}` });
  return { tokens, questions, answer, token };
}

test('of many whose token is not taken any more, one asks for another', async () => {
  const { tokens, questions, answer, token } = server();
  const first = tokens.get(client('1'), { renew: false });
  answer(0, 'old');
  assert.deepEqual(await first, token('old'));
  const renewed = [true, true, false].map((renew) => tokens.get(client('1'), { renew }));
  answer(1, 'new');
  assert.deepEqual(await Promise.all(renewed), ['new', 'new', 'new'].map(token));
  assert.equal(questions.length, 2);
  const again = tokens.get(client('1'), { renew: true });
  answer(2, 'newer');
  assert.deepEqual(await again, token('newer'));
});

test('a token that earlier secrets brought is not used with later ones', async () => {
  const { tokens, answer, token } = server();
  const before = tokens.get(client('1'), { renew: false });
  tokens.forget('connection');
  const after = tokens.get(client('2'), { renew: false });
  answer(1, 'of-the-new');
  answer(0, 'of-the-old');
  assert.deepEqual(await Promise.all([before, after]), [token('of-the-old'), token('of-the-new')]);
  assert.deepEqual(await tokens.get(client('2'), { renew: false }), token('of-the-new'));
  // Somebody who has read the connection before it was changed comes late.
  const late = tokens.get(client('1'), { renew: false });
  answer(2, 'of-the-old');
  assert.deepEqual(await late, token('of-the-old'));
  const next = tokens.get(client('2'), { renew: false });
  answer(3, 'of-the-new');
  assert.deepEqual(await next, token('of-the-new'));
});

test('a question that failed is asked again', async () => {
  const { tokens, questions, answer, token } = server();
  const failed = tokens.get(client('1'), { renew: false });
  questions[0]?.reject(new Error('out of sockets'));
  await assert.rejects(failed, /out of sockets/);
  const next = tokens.get(client('1'), { renew: false });
  answer(1, 'good');
  assert.deepEqual(await next, token('good'));
});
