// Mails, through the operator's SMTP server. Connections are opened when there is something to send, kept for a while, and no more than two.
// Owns: the connections to the server.
// Never: shows the server's URL to anybody: it may hold a password.

import { createTransport } from 'nodemailer';
import { DELIVERED } from './outcome.ts';
import type { Outcome } from './outcome.ts';
import type { MailPort } from './ports.ts';

export interface MailSenderOptions {
  /** `smtp://user:password@host:port` */
  readonly smtpUrl: string;
  /** The address that mails come from. */
  readonly from: string;
}

export interface MailSender extends MailPort {
  close(): void;
}

const CONNECTIONS = 2;
const CONNECT_MS = 10_000;
const SILENCE_MS = 30_000;

export function createMailSender({ smtpUrl, from }: MailSenderOptions): MailSender {
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: CONNECTIONS,
    // A mail whose connection broke is the courier's to send again, which remembers how often.
    maxRequeues: 0,
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // A text that looks like a path or an address stays a text.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.lastIndexOf('@') + 1);
  return {
    async send({ id, address, subject, body, senderName, signal }) {
      try {
        await transport.sendMail({
          from: senderName === undefined || senderName === '' ? from : { name: senderName, address: from },
          to: address,
          subject,
          text: body,
          // The same for every attempt: mail programs show a mail that came twice once.
          messageId: `<${id}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal,
        });
        return DELIVERED;
      } catch (error) {
        return outcomeOfMail(error);
      }
    },
    close: () => transport.close(),
  };
}

interface SmtpError {
  readonly responseCode?: number;
  readonly code?: string;
  /** What it was an answer to. */
  readonly command?: string;
}

/** What servers answer to an address and to a mail; what they answer before is about the platform. */
const ABOUT_THE_MAIL: ReadonlySet<string> = new Set(['RCPT TO', 'DATA']);

/** Servers say with 5yz that the same mail would be refused again; whatever else went wrong may pass. */
function outcomeOfMail(error: unknown): Outcome {
  if (!(error instanceof Error)) throw error;
  const { responseCode, code, command = '' } = error as SmtpError;
  const message = `The mail server answered: ${error.message}`;
  // An operator mends a wrong password, a login that is missing, a sender that may not send; the mails wait for it.
  const isPermanent = responseCode !== undefined && responseCode >= 500 && responseCode !== 503 && ABOUT_THE_MAIL.has(command);
  if (isPermanent) return { kind: 'refused', code: 'SDK_CLIENT_ERROR', message };
  return { kind: 'failed', code: code === 'ETIMEDOUT' ? 'TIMEOUT' : 'CONNECTION_FAILURE', message };
}
