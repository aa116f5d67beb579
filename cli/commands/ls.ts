// `mayfly ls`: the functions and buckets, or the objects of a bucket.

import { Command } from 'commander';
import { listBuckets, listObjects } from '../aws/buckets.ts';
import { listFunctions } from '../aws/functions.ts';
import { parseS3Url } from '../aws/s3-url.ts';
import type { Connection } from '../connection.ts';
import { usageFailure } from '../failure.ts';
import { openSession } from '../session.ts';
import { bytes, localTime } from '../terminal/amounts.ts';
import { table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';

export function lsCommand(): Command {
  return new Command('ls')
    .description('list functions and buckets, or the objects of a bucket')
    .argument('[what]', 'functions, buckets, or s3://bucket/prefix (default: functions and buckets)')
    .action(async (what: string | undefined, _options: unknown, command: Command) => {
      const { terminal, connection } = openSession<object>(command);
      if (what?.startsWith('s3://') === true) return showObjects(terminal, await connection(), what);
      if (what !== undefined && what !== 'functions' && what !== 'buckets') {
        throw usageFailure(`"${what}" cannot be listed.`, 'There are functions, buckets and s3://bucket/prefix.');
      }
      const target = await connection();
      const functions = what === 'buckets' ? undefined : await listFunctions(target);
      const buckets = what === 'functions' ? undefined : await listBuckets(target);
      if (terminal.json) return terminal.printJson({ functions, buckets });
      if (functions !== undefined) showFunctions(terminal, functions);
      if (functions !== undefined && buckets !== undefined) terminal.print('');
      if (buckets !== undefined) showBuckets(terminal, buckets);
    });
}

function showFunctions(terminal: Terminal, functions: Awaited<ReturnType<typeof listFunctions>>): void {
  if (functions.length === 0) terminal.print('No functions. `mayfly deploy FOLDER` makes some.');
  const rows = functions.map((one) => [
    one.FunctionName ?? '',
    one.Runtime ?? '',
    `${one.MemorySize} MiB`,
    `${one.Timeout} s`,
    bytes(one.CodeSize ?? 0),
    localTime(new Date(one.LastModified ?? 0)),
  ]);
  const columns = [
    { title: 'Function' },
    { title: 'Runtime' },
    { title: 'Memory', align: 'right' },
    { title: 'Timeout', align: 'right' },
  ] as const;
  if (rows.length > 0) printTable(terminal, table([...columns, { title: 'Code', align: 'right' }, { title: 'Changed' }], rows));
}

function showBuckets(terminal: Terminal, buckets: Awaited<ReturnType<typeof listBuckets>>): void {
  if (buckets.length === 0) return terminal.print('No buckets.');
  const rows = buckets.map((bucket) => [bucket.name, localTime(bucket.created)]);
  printTable(terminal, table([{ title: 'Bucket' }, { title: 'Created' }], rows));
}

async function showObjects(terminal: Terminal, connection: Connection, url: string): Promise<void> {
  const { bucket, key } = parseS3Url(url);
  let count = 0;
  for await (const object of listObjects(connection, bucket, key)) {
    count += 1;
    if (terminal.json) terminal.printJson(object);
    else terminal.print(`${localTime(object.modified)}  ${bytes(object.bytes).padStart(10)}  ${object.key}`);
  }
  if (count === 0) terminal.note('No objects.');
}

function printTable(terminal: Terminal, [titles, ...rows]: readonly string[]): void {
  terminal.print(terminal.paint.bold(titles ?? ''));
  for (const row of rows) terminal.print(row);
}
