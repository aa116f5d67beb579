// Shows the form, and takes what it sends: into the queue, from where nothing is lost, and the visitor waits for no mail server.

import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

export const config = { on: [{ http: '/', auth: 'none' }] };

const sqs = new SQSClient({});
const queueUrl = sqs.send(new GetQueueUrlCommand({ QueueName: 'contact' }));

const page = (statusCode, text) => ({
  statusCode,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: `<!doctype html><meta name="viewport" content="width=device-width"><title>Contact</title><h1>Contact</h1>${text}`,
});

const FORM = `<form method="post"><p><label>Your e-mail <input name="from" type="email" required></label>
<p><label>Message <textarea name="message" required maxlength="5000"></textarea></label><p><button>Send</button></form>`;

export const handler = async (event) => {
  if (event.requestContext.http.method !== 'POST') return page(200, FORM);
  const body = event.isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : (event.body ?? '');
  const fields = new URLSearchParams(body);
  const from = fields.get('from') ?? '';
  const message = fields.get('message') ?? '';
  if (!/^[^\s@]+@[^\s@]+$/.test(from) || message === '' || message.length > 5000)
    return page(400, `<p>Please fill in both.${FORM}`);
  const { QueueUrl } = await queueUrl;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify({ from, message }) }));
  return page(202, '<p>Thank you. Your message is on its way.');
};
