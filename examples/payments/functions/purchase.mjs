// The same purchase as plain code: a durable function, with AWS's own SDK. Each step is recorded when it is done, so that a function that is
// begun again after a crash goes on behind the last one; between two attempts of a step no instance waits.

import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { reserve } from '../inventory.mjs';

export const config = { timeout: 60, durable: { timeout: 86_400 }, buckets: ['inventory'] };

// The endpoint is the platform's, whose name takes no prefix.
const sfn = new SFNClient({ disableHostPrefix: true });
const sqs = new SQSClient({});

class CardDeclined extends Error {
  name = 'CardDeclined';
}

/** Errors that another attempt would not change. */
const FINAL = new Set(['CardDeclined', 'OutOfStock']);

const patiently = {
  retryStrategy: (error, attempts) => ({
    shouldRetry: !FINAL.has(error.name) && attempts < 20,
    delay: { seconds: Math.min(2 ** Math.min(attempts, 4), 10) },
  }),
};

/** Functions reach the platform alone; a state machine of one state carries the request out. */
async function cardService(what, order, body, [, , , region, account]) {
  const stateMachineArn = `arn:aws:states:${region}:${account}:stateMachine:call-card-service`;
  const input = JSON.stringify({ what, order, body });
  const { status, output, error, cause } = await sfn.send(new StartSyncExecutionCommand({ stateMachineArn, input }));
  if (status === 'SUCCEEDED') return JSON.parse(output);
  if (error === 'States.Http.StatusCode.402') throw new CardDeclined('The card was not charged.');
  throw new Error(`The card service could not be asked: ${error}: ${cause}`);
}

async function sendReceipt({ order, customer, item, cents }) {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'receipts.fifo' }));
  const text = `Receipt ${order}: ${customer} bought a ${item} for ${cents} cents.`;
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: JSON.stringify({ text }),
      MessageGroupId: order,
      MessageDeduplicationId: order,
    }),
  );
}

export const handler = withDurableExecution(async (purchase, context) => {
  const { order, customer, card, item, cents } = purchase;
  const place = context.lambdaContext.invokedFunctionArn.split(':');
  await context.step('verify payment', () => cardService('charges', order, { customer, card, cents }, place), patiently);
  try {
    await context.step('update inventory', () => reserve(order, item), patiently);
  } catch (error) {
    await context.step('refund', () => cardService('refunds', order, { customer, cents }, place), patiently);
    throw error;
  }
  await context.step('send receipt', () => sendReceipt(purchase), patiently);
  return { order, paid: cents };
});
