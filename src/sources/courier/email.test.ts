// Mails against a real SMTP server on loopback.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { courierHouse, entry, QUEUE_ARN } from '../../../test/support/courier-house.ts';
import { NO_MAIL } from './email-target.ts';
import { createMailSender } from './email.ts';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | undefined;
  readonly text: string;
}

async function mailServer(t: TestContext, options: SMTPServerOptions = {}): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    logger: false,
    closeTimeout: 10,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        received.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user,
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, received };
}

const MAIL = {
  id: '00000000-0000-4000-8000-000000000001',
  address: 'reader@example.com',
  subject: 'News',
  body: 'Hello\n',
  senderName: 'Orders, Inc.',
  signal: new AbortController().signal,
};

function sender(t: TestContext, smtpUrl: string) {
  const mail = createMailSender({ smtpUrl, from: 'no-reply@example.com' });
  t.after(() => mail.close());
  return mail;
}

describe('a mail', () => {
  test('arrives with its sender, its subject and its text, under an id that is the same for every attempt', async (t) => {
    const { port, received } = await mailServer(t);
    assert.deepEqual(await sender(t, `smtp://127.0.0.1:${port}`).send(MAIL), { kind: 'delivered' });
    const [mail] = received;
    assert.deepEqual([mail?.from, mail?.to], ['no-reply@example.com', ['reader@example.com']]);
    assert.match(mail?.text ?? '', /^From: "?Orders, Inc\."? <no-reply@example\.com>\r$/m);
    assert.match(mail?.text ?? '', /^Subject: News\r$/m);
    assert.match(mail?.text ?? '', /^Message-ID: <00000000-0000-4000-8000-000000000001@example\.com>\r$/m);
    assert.match(mail?.text ?? '', /\r\n\r\nHello\r\n$/);
  });

  test('is sent as the user of the address', async (t) => {
    const { port, received } = await mailServer(t, {
      authOptional: false,
      authMethods: ['PLAIN'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) =>
        password === 'p@ss' ? done(null, { user: username ?? '' }) : done(new Error('Invalid username or password')),
    });
    assert.equal((await sender(t, `smtp://me:p%40ss@127.0.0.1:${port}`).send(MAIL)).kind, 'delivered');
    assert.equal(received[0]?.user, 'me');
    const refused = await sender(t, `smtp://me:wrong@127.0.0.1:${port}`).send(MAIL);
    assert.equal(refused.kind, 'failed', 'an operator may mend the password');
    assert.doesNotMatch(JSON.stringify(refused), /wrong/);
  });
});

describe('an outcome', () => {
  const answering = (responseCode: number): SMTPServerOptions => ({
    onRcptTo: (_address, _session, done) => done(Object.assign(new Error('not today'), { responseCode })),
  });

  test('is final where the server refuses for good, and not where it asks to come back', async (t) => {
    const { port } = await mailServer(t, answering(550));
    assert.equal((await sender(t, `smtp://127.0.0.1:${port}`).send(MAIL)).kind, 'refused');
    const busy = await mailServer(t, answering(451));
    assert.equal((await sender(t, `smtp://127.0.0.1:${busy.port}`).send(MAIL)).kind, 'failed');
  });

  test('is a failure where the server refuses the platform and not the mail: its operator may mend that', async (t) => {
    const closed = await mailServer(t, { authOptional: false, authMethods: ['PLAIN'], allowInsecureAuth: true });
    assert.equal((await sender(t, `smtp://127.0.0.1:${closed.port}`).send(MAIL)).kind, 'failed', '530, nobody logged in');
    const strict = await mailServer(t, {
      onMailFrom: (_address, _session, done) => done(Object.assign(new Error('not from you'), { responseCode: 550 })),
    });
    assert.equal((await sender(t, `smtp://127.0.0.1:${strict.port}`).send(MAIL)).kind, 'failed', '550, the sender');
    const full = await mailServer(t, {
      onConnect: (_session, done) => done(Object.assign(new Error('not here'), { responseCode: 554 })),
    });
    assert.equal((await sender(t, `smtp://127.0.0.1:${full.port}`).send(MAIL)).kind, 'failed', '554, the connection');
  });

  test('is a failure where nobody answers', async (t) => {
    const { port } = await mailServer(t);
    const mail = sender(t, `smtp://user:secret@127.0.0.1:${port === 1 ? 2 : 1}`);
    const outcome = await mail.send(MAIL);
    assert.equal(outcome.kind, 'failed');
    assert.doesNotMatch(JSON.stringify(outcome), /secret/);
  });
});

describe('without a mail server', () => {
  const target = { kind: 'email', address: 'reader@example.com', subject: 'News' } as const;

  test('a mail waits, and goes out when the platform is started with one again', async () => {
    const without = courierHouse({ mail: NO_MAIL });
    await without.accept(entry({ target }));
    assert.equal(without.deliveries.rows.size, 1);
    assert.match(without.courier.health().failing[0]?.lastFailure.message ?? '', /MAYFLY_SMTP_URL/);
    without.perish();
    const { clock, deliveries } = without;
    const mended = courierHouse({ clock, deliveries });
    await clock.advance(60_000);
    assert.equal(mended.put.mails.length, 1);
    assert.equal(deliveries.rows.size, 0);
  });

  test('a mail that has waited as long as for a server that is down goes to the dead-letter queue', async () => {
    const house = courierHouse({ mail: NO_MAIL });
    const retry = { maximumRetries: 1, maximumAgeSeconds: 600, backOff: { kind: 'stages', delaysMs: [1000] } } as const;
    await house.accept(entry({ target, retry, deadLetter: { arn: QUEUE_ARN, style: 'sns' } }));
    assert.equal(house.sent.length, 0);
    await house.clock.advance(1000);
    assert.deepEqual(
      house.sent.map(({ arn, body }) => [arn, body]),
      [[QUEUE_ARN, '{"order":1}']],
    );
  });
});
