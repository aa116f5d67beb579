// `mayfly bill`: requests, GB-seconds and money of each function for a month.

import { Command } from 'commander';
import { getBill } from '../aws/account.ts';
import type { Bill, Quantities } from '../aws/account.ts';
import { usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { dollars } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';

interface BillOptions {
  readonly month?: string;
  readonly csv?: boolean;
}

export function billCommand(): Command {
  return new Command('bill')
    .description('show what the functions cost in a month')
    .option('--month <month>', 'for example 2026-11 (default: this month)')
    .option('--csv', 'print CSV')
    .action(async (_options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<BillOptions>(command);
      if (options.month !== undefined && !/^\d{4}-(?:0[1-9]|1[0-2])$/.test(options.month)) {
        throw usageFailure(`"${options.month}" is no month.`, 'It looks like 2026-11.');
      }
      const bill = await getBill(await connection(), options.month);
      if (terminal.json) terminal.printJson(bill);
      else for (const line of options.csv === true ? csvLines(bill) : billLines(bill)) terminal.print(line);
    });
}

export function billLines(bill: Bill): readonly string[] {
  if (bill.functions.length === 0) return [`No function ran in ${bill.month}. Total ${money(bill.totalNanos)}`];
  const row = (name: string, { requests, run, init, billed }: Quantities, nanos: string): readonly string[] => [
    name,
    requests,
    seconds(billed),
    gbSeconds(run, init),
    money(nanos),
  ];
  const credits = bill.credits.map(({ what, nanos }) => [what, '', '', '', `-${money(nanos)}`]);
  return table(
    [
      { title: `Function, ${bill.month}` },
      { title: 'Requests', align: 'right' },
      { title: 'Seconds', align: 'right' },
      { title: 'GB-seconds', align: 'right' },
      { title: 'Cost', align: 'right' },
    ],
    [
      ...bill.functions.map(({ functionName, quantities, charge }) => row(functionName, quantities, charge.totalNanos)),
      ...credits,
      row('Total', bill.quantities, bill.totalNanos),
    ],
  );
}

function csvLines(bill: Bill): readonly string[] {
  const quote = (value: string): string => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = bill.functions.map(({ functionName, quantities: { requests, run, init, billed }, charge }) => {
    return [bill.month, functionName, requests, billed, gbSeconds(run, init), charge.totalNanos, bill.currency];
  });
  return [['month', 'function', 'requests', 'billedMs', 'gbSeconds', 'nanos', 'currency'], ...rows].map((row) =>
    row.map(quote).join(','),
  );
}

function money(nanos: string): string {
  return dollars(BigInt(nanos));
}

/** Exact, to the thousandth of a second. */
function seconds(ms: string): string {
  return decimal(BigInt(ms), 1000n);
}

function gbSeconds(runMiBms: string, initMiBms: string): string {
  return decimal(((BigInt(runMiBms) + BigInt(initMiBms)) * 1000n) / MIB_MS_PER_GB_SECOND, 1000n);
}

const MIB_MS_PER_GB_SECOND = 1024n * 1000n;

function decimal(thousandths: bigint, unit: bigint): string {
  return `${thousandths / unit}.${String(thousandths % unit).padStart(3, '0')}`;
}
