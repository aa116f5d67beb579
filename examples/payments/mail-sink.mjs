// A mail server that only keeps what it gets. The same mail may come twice, when a platform dies between sending it and noting that it did:
// then it has the same Message-ID, by which mail servers tell; so it is one here as well.

import { EventEmitter, once } from 'node:events';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

/** @param onMail Called when a mail is there and nobody has been told. */
export async function startMailSink({ onMail }) {
  const mails = new Map();
  const post = new EventEmitter();
  let repeats = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, _session, done) {
      void take(stream).then(done, done);
    },
  });
  async function take(stream) {
    const mail = readable(await text(stream));
    const id = /^Message-ID: *(\S+)/im.exec(mail)?.[1];
    if (mails.has(id)) repeats += 1;
    mails.set(id, mail);
    post.emit('mail');
    await onMail(mail);
  }
  // A client that was killed takes its connection with it.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `smtp://127.0.0.1:${server.server.address().port}`,
    repeats: () => repeats,
    mails: () => [...mails.values()],
    async first(pattern) {
      for (;;) {
        for (const mail of mails.values()) {
          const found = pattern.exec(mail);
          if (found !== null) return found[0];
        }
        await once(post, 'mail');
      }
    },
    close: () => server.close(),
  };
}

/** Bodies are quoted-printable: what does not fit into a line goes on after a `=`. */
const readable = (mail) =>
  mail
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());
