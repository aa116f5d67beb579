// The whole story in one command, with nothing set up: a mail server that only shows what it gets, a platform on a folder of its own, the
// functions, a topic with one subscriber, a visitor who fills in the form. Ends with the mail, and leaves nothing behind.

import { execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { SMTPServer } from 'smtp-server';

const MAYFLY = fileURLToPath(new URL('../../bin/mayfly.mjs', import.meta.url));
const FUNCTIONS = fileURLToPath(new URL('functions', import.meta.url));
const keys = {
  MAYFLY_ROOT_ACCESS_KEY_ID: 'AKIAEXAMPLEOFCONTACT',
  MAYFLY_ROOT_SECRET_ACCESS_KEY: 'a-key-for-one-run-of-the-example-alone',
};
const environment = { ...process.env, ...keys };

const mails = [];
const post = new EventEmitter();
const sink = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  onData(stream, _session, done) {
    void text(stream).then((mail) => {
      mails.push(mail);
      post.emit('mail');
      done();
    });
  },
});

/** Mail bodies are quoted-printable: what does not fit into a line goes on after a `=`. */
const readable = (mail) =>
  mail
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('=', ''), 'hex').toString());

async function nextMail() {
  while (mails.length === 0) await once(post, 'mail');
  return readable(mails.shift());
}

const data = mkdtempSync(join(tmpdir(), 'mayfly-contact-form-'));
let platform;
try {
  sink.listen(0, '127.0.0.1');
  await once(sink.server, 'listening');
  const smtp = `smtp://127.0.0.1:${sink.server.address().port}`;
  platform = spawn(process.execPath, [MAYFLY, 'up', '--port', '0', '--data', data, '--json', '--smtp', smtp], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface(platform.stdout), 'line');
  const { endpoint } = JSON.parse(line);

  console.log('1. The functions form (a URL) and notify (a queue) are deployed.');
  const { stdout } = await promisify(execFile)(process.execPath, [MAYFLY, 'deploy', FUNCTIONS, '--data', data, '--json'], {
    env: environment,
  });
  const url = new URL(JSON.parse(stdout).urls.form);

  console.log('2. The topic "contact" gets a subscriber, who has to say yes.');
  const credentials = { accessKeyId: keys.MAYFLY_ROOT_ACCESS_KEY_ID, secretAccessKey: keys.MAYFLY_ROOT_SECRET_ACCESS_KEY };
  const sns = new SNSClient({ endpoint, region: 'us-east-1', credentials });
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'contact' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'owner@example.com' }));
  const link = /http:\/\/\S+Token=\S+/.exec(await nextMail())?.[0];
  const confirmed = await fetch(link);
  if (!confirmed.ok) throw new Error(`The subscription was not confirmed: ${confirmed.status} ${await confirmed.text()}`);

  console.log(`3. A visitor sends the form at ${url}`);
  const answer = await submit(endpoint, url, { from: 'visitor@example.com', message: 'Do you open on Sundays?' });
  if (answer.statusCode !== 202) throw new Error(`The form answered ${answer.statusCode}: ${await text(answer)}`);

  console.log('4. The mail:\n');
  console.log((await nextMail()).trim());
} finally {
  if (platform !== undefined && platform.exitCode === null) {
    const exited = once(platform, 'exit');
    platform.kill('SIGTERM');
    await exited;
  }
  sink.close();
  rmSync(data, { recursive: true, force: true });
}

/** Browsers resolve names below localhost; Node asks the system, so the name goes in a header. */
async function submit(endpoint, url, fields) {
  const headers = { host: url.host, 'content-type': 'application/x-www-form-urlencoded' };
  const [response] = await once(
    request(endpoint, { method: 'POST', headers }).end(new URLSearchParams(fields).toString()),
    'response',
  );
  return response;
}
