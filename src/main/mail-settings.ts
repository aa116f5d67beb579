// Where mails go that SNS sends, and from whom: the operator's SMTP server. Its password is in the address, which is never logged or shown.

/** An address for nodemailer, with what it holds hidden from everybody else. */
export interface MailSettings {
  readonly smtpUrl: string;
  readonly from: string;
}

const SHAPE = 'smtp://user:password@host:port (or smtps://)';

/** Throws a sentence for the operator, without the address: it may hold a password. */
export function mailSettingsOf(smtp: string | undefined, environment: NodeJS.ProcessEnv, domain: string): MailSettings | undefined {
  const smtpUrl = smtp ?? environment['MAYFLY_SMTP_URL'];
  if (smtpUrl === undefined || smtpUrl === '') return undefined;
  const url = URL.parse(smtpUrl);
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Error(`The mail server (--smtp, MAYFLY_SMTP_URL) is an address like ${SHAPE}.`);
  const from = environment['MAYFLY_MAIL_FROM'] ?? `no-reply@${domain}`;
  if (!/^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(from))
    throw new Error(`MAYFLY_MAIL_FROM is an address like no-reply@example.com, not "${from}".`);
  return { smtpUrl, from };
}
