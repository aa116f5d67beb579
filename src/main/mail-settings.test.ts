// The operator's mail server: where its address comes from, and that no sentence repeats it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mailSettingsOf } from './mail-settings.ts';

const SMTP = 'smtp://me:secret@mail.example.com:587';

test('the argument goes before the variable, and without either there are no mails', () => {
  assert.equal(mailSettingsOf(undefined, {}, 'example.com'), undefined);
  assert.equal(mailSettingsOf(undefined, { MAYFLY_SMTP_URL: '' }, 'example.com'), undefined);
  assert.deepEqual(mailSettingsOf(undefined, { MAYFLY_SMTP_URL: SMTP }, 'example.com'), {
    smtpUrl: SMTP,
    from: 'no-reply@example.com',
  });
  const both = mailSettingsOf('smtps://other.example', { MAYFLY_SMTP_URL: SMTP, MAYFLY_MAIL_FROM: 'topics@example.org' }, 'x');
  assert.deepEqual(both, { smtpUrl: 'smtps://other.example', from: 'topics@example.org' });
});

test('a wrong address is refused without being repeated: it may hold a password', () => {
  for (const wrong of ['http://me:secret@mail.example.com', 'me:secret@mail.example.com', 'smtp://'])
    assert.throws(
      () => mailSettingsOf(wrong, {}, 'x'),
      (error) =>
        error instanceof Error && /smtp:\/\/user:password@host:port/.test(error.message) && !error.message.includes('secret'),
    );
  assert.throws(() => mailSettingsOf(SMTP, { MAYFLY_MAIL_FROM: 'Orders <a@b>' }, 'x'), /MAYFLY_MAIL_FROM is an address/);
});
