// `mayfly bill`: requests, GB-seconds and money of each function for a month.

import { Command } from 'commander';
import { getBill } from '../aws/account.ts';
import type { Bill } from '../aws/account.ts';
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
  const rows = bill.functions.map(({ name, requests, gbSeconds, nanos }) => [
    name,
    String(requests),
    String(gbSeconds),
    money(nanos),
  ]);
  const lines = table(
    [
      { title: `Function (${bill.month})` },
      { title: 'Requests', align: 'right' },
      { title: 'GB-seconds', align: 'right' },
      { title: 'Cost', align: 'right' },
    ],
    [...rows, ['Total', '', '', money(bill.totalNanos)]],
  );
  return lines;
}

function csvLines(bill: Bill): readonly string[] {
  const quote = (value: string | number): string =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const rows = bill.functions.map((line) => [bill.month, line.name, line.requests, line.gbSeconds, line.nanos, bill.currency]);
  return [['month', 'function', 'requests', 'gbSeconds', 'nanos', 'currency'], ...rows].map((row) => row.map(quote).join(','));
}

function money(nanos: string | number): string {
  return dollars(BigInt(nanos));
}
