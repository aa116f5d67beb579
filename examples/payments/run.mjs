// The whole story in one command: a shop, customers, a card service that fails at times, and a platform that is killed twice in the worst
// moments that there are. At the end the card service's own ledger, the inventory and the mails say whether everything happened once.

import { setTimeout as delay } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { startCardService } from './card-service.mjs';
import { startMailSink } from './mail-sink.mjs';
import { credentials, platformFor } from './platform.mjs';
import { setUp } from './set-up.mjs';

const apiKey = 'the-key-of-the-shop';
const stock = { lamp: 20, vase: 0 };
const customers = ['ada', 'grace', 'edsger', 'barbara', 'declan', 'olga'];

/** Declan's card is declined, and what Olga wants is out of stock. */
const purchases = ['machine', 'code'].flatMap((kind) =>
  customers.map((customer, index) => ({
    kind,
    order: `${kind}-${index + 1}`,
    customer,
    card: customer === 'declan' ? '4000-0000' : '4242-4242',
    item: customer === 'olga' ? 'vase' : 'lamp',
    cents: 1000 + index * 100,
  })),
);
const expected = ({ customer }) => ({
  charges: customer === 'declan' ? 0 : 1,
  refunds: customer === 'olga' ? 1 : 0,
  reserved: customer === 'declan' || customer === 'olga' ? 0 : 1,
  mails: customer === 'declan' || customer === 'olga' ? 0 : 1,
  status: customer === 'declan' || customer === 'olga' ? 'FAILED' : 'SUCCEEDED',
});

const started = Date.now();
const say = (text) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(5)} s  ${text}`);

let accepted = false;
let kills = 0;

/** Kills the platform before whoever calls this has answered it, and starts it again. */
async function killNow(when) {
  kills += 1;
  say(`kill -9, ${when}`);
  await platform.kill();
  void restart();
}

let restarted = Promise.resolve();
function restart() {
  restarted = platform.start().then(() => say('the platform is back, on the same folder'));
  return restarted;
}

const cards = await startCardService({
  apiKey,
  async onCharge(count) {
    if (accepted && kills === 0 && count >= 4)
      await killNow(`just after charge ${count} stood in the ledger and before anybody was told`);
  },
});
const inbox = await startMailSink({
  async onMail(mail) {
    if (kills === 1 && mail.includes('Receipt ')) await killNow('just after a mail was delivered and before that was noted');
  },
});
const platform = platformFor({ smtp: inbox.url });

try {
  await platform.start();
  const settings = () => ({ endpoint: platform.endpoint(), region: 'us-east-1', credentials });
  const machines = await setUp({ platform, settings: settings(), cardService: cards.url, apiKey, inbox, stock });
  say('The shop is set up: a state machine, the same as a durable function, the inventory, receipts by mail.');

  const sfn = new SFNClient(settings());
  const lambda = new LambdaClient(settings());
  await Promise.all(
    purchases.map(({ kind, ...purchase }) =>
      kind === 'machine'
        ? sfn.send(
            new StartExecutionCommand({
              stateMachineArn: machines.purchases,
              name: purchase.order,
              input: JSON.stringify(purchase),
            }),
          )
        : lambda.send(
            new InvokeCommand({
              // Durable functions are called by a version, an alias, or $LATEST, so that an execution stays with its code.
              FunctionName: 'purchase:$LATEST',
              InvocationType: 'Event',
              DurableExecutionName: purchase.order,
              Payload: JSON.stringify(purchase),
            }),
          ),
    ),
  );
  accepted = true;
  say(`${purchases.length} purchases are accepted, half of them by the state machine and half by the durable function.`);

  const ends = await untilAllAreOver();
  say(`All ${purchases.length} purchases are over.`);
  const isRight = await report(ends, settings());
  for (const name of ['purchase/machine-6', 'purchase/code-6'])
    console.log(`\n$ mayfly flows show ${name}\n\n${(await platform.mayfly('flows', 'show', name)).trimEnd()}`);
  process.exitCode = isRight ? 0 : 1;
} finally {
  await restarted;
  await platform.stop();
  platform.remove();
  cards.close();
  inbox.close();
}

/** How each ended, when all have and the mails that follow are there. */
async function untilAllAreOver() {
  const receipts = purchases.filter((purchase) => expected(purchase).mails > 0).length;
  for (;;) {
    await delay(300);
    const executions = await look();
    const over = executions.filter(({ status }) => status !== 'RUNNING');
    const mailed = new Set(inbox.mails().flatMap((mail) => /Receipt (\S+):/.exec(mail)?.[1] ?? []));
    if (over.length >= purchases.length && mailed.size >= receipts && kills === 2) {
      await restarted;
      return new Map(over.map(({ name, status }) => [name.split('/')[1], status]));
    }
  }
}

/** A platform that is being killed answers nobody: the next look does. */
async function look() {
  try {
    return JSON.parse(await platform.mayfly('flows', '--json', '-n', '1000')).executions;
  } catch {
    await restarted;
    return [];
  }
}

async function report(ends, settings) {
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'inventory', Key: 'lamp.json' }));
  const lamps = JSON.parse(await Body.transformToString());
  const mails = inbox.mails();
  const rows = purchases.map((purchase) => {
    const of = (entries) => entries.filter(({ key }) => key === purchase.order).length;
    const found = {
      charges: of(cards.ledger.charges),
      refunds: of(cards.ledger.refunds),
      reserved: lamps.orders.filter((order) => order === purchase.order).length,
      mails: mails.filter((mail) => mail.includes(`Receipt ${purchase.order}:`)).length,
      status: ends.get(purchase.order),
    };
    const isRight = Object.entries(expected(purchase)).every(([name, value]) => found[name] === value);
    return { ...purchase, ...found, isRight };
  });
  console.log('\norder      customer  end        charged  refunded  reserved  mails');
  for (const { order, customer, status, charges, refunds, reserved, mails: count, isRight } of rows)
    console.log(
      `${order.padEnd(10)} ${customer.padEnd(9)} ${String(status).padEnd(9)}  ${[charges, refunds, reserved].map((value) => String(value).padEnd(9)).join(' ')}${count}${isRight ? '' : '  ← wrong'}`,
    );
  const sold = rows.reduce((sum, { reserved }) => sum + reserved, 0);
  const { requests, busy, unanswered, repeats } = cards.ledger;
  console.log(
    `\nThe card service was asked ${requests} times: ${busy} times it was busy, ${unanswered} times it charged and hung up,`,
  );
  console.log(`and ${repeats} requests came for what it had charged already, which it did not charge again.`);
  console.log(
    `Lamps: ${stock.lamp} − ${sold} sold = ${lamps.left} left. Mails that came twice under one Message-ID: ${inbox.repeats()}.`,
  );
  const isRight = rows.every((row) => row.isRight) && lamps.left === stock.lamp - sold;
  console.log(isRight ? '\nEvery customer was charged once.' : '\nSomething did not happen once.');
  return isRight;
}
