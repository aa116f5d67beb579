// What the shop needs on a platform: two functions, two state machines, the inventory, and the way of a receipt to the customer:
// queue → pipe → topic → e-mail.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CreateConnectionCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreatePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const roleArn = 'arn:aws:iam::000000000000:role/shop';

export async function setUp({ platform, settings, cardService, apiKey, inbox, stock }) {
  await platform.mayfly('deploy', here('functions'));

  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  for (const [item, left] of Object.entries(stock))
    await s3.send(new PutObjectCommand({ Bucket: 'inventory', Key: `${item}.json`, Body: JSON.stringify({ left, orders: [] }) }));

  const sqs = new SQSClient(settings);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'receipts.fifo', Attributes: { FifoQueue: 'true' } }));
  const sns = new SNSClient(settings);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'receipts' }));
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'email', Endpoint: 'customers@example.com' }));
  const confirmation = await fetch(await inbox.first(/http:\/\/\S+Token=\S+/));
  if (!confirmation.ok) throw new Error(`The subscription was not confirmed: ${await confirmation.text()}`);
  await new PipesClient(settings).send(
    new CreatePipeCommand({
      Name: 'receipts',
      RoleArn: roleArn,
      Source: 'arn:aws:sqs:us-east-1:000000000000:receipts.fifo',
      Target: TopicArn,
      TargetParameters: { InputTemplate: '<$.body.text>' },
    }),
  );

  const { ConnectionArn } = await new EventBridgeClient(settings).send(
    new CreateConnectionCommand({
      Name: 'card-service',
      AuthorizationType: 'API_KEY',
      AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'X-Api-Key', ApiKeyValue: apiKey } },
    }),
  );
  const values = { CardService: cardService, CardConnection: ConnectionArn, ReceiptQueue: QueueUrl };
  const sfn = new SFNClient(settings);
  const machine = async (name, file, type) => {
    const definition = readFileSync(here(file), 'utf8').replaceAll(/\$\{(\w+)\}/g, (text, name) => values[name] ?? text);
    const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name, definition, type, roleArn }));
    return stateMachineArn;
  };
  await machine('call-card-service', 'call-card-service.asl.json', 'EXPRESS');
  return { purchases: await machine('purchase', 'definition.asl.json', 'STANDARD') };
}
