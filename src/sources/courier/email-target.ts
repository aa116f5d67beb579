// E-mail addresses: the payload is the text of the mail.

import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { MailPort } from './ports.ts';

/**
 * Where the operator has named no mail server. Addresses are subscribed only where there is one, so this is a setting that was forgotten: mails wait for it
 * over restarts, as long as for a server that is down, and go to their dead-letter queue then.
 */
export const NO_MAIL: MailPort = {
  send: () =>
    Promise.resolve({
      kind: 'failed',
      code: 'NO_RESOURCE',
      message: 'The platform sends no mails: its operator has named no mail server (--smtp, MAYFLY_SMTP_URL).',
    }),
};

export function emailCarrier(mail: MailPort): Carrier<'email'> {
  return (entry, { address, subject, senderName }, { signal }) =>
    mail.send({ id: entry.id, address, subject, body: textOf(entry), senderName, signal });
}
