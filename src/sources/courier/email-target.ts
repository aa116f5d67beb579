// E-mail addresses: the payload is the text of the mail.

import type { Carrier } from './carrier.ts';
import { textOf } from './carrier.ts';
import type { MailPort } from './ports.ts';

export function emailCarrier(mail: MailPort): Carrier<'email'> {
  return (entry, { address, subject }, { signal }) => mail.send({ id: entry.id, address, subject, body: textOf(entry), signal });
}
