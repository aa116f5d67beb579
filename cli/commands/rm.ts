// `mayfly rm`: removes functions, objects and buckets.

import { Command } from 'commander';
import { deleteBucket, deleteObject, listObjects } from '../aws/buckets.ts';
import { deleteFunction } from '../aws/functions.ts';
import { parseS3Url } from '../aws/s3-url.ts';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';
import { ServiceFailure } from '../http/client.ts';
import { openSession } from '../session.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface RmOptions {
  readonly force?: boolean;
}

export function rmCommand(): Command {
  return new Command('rm')
    .description('remove functions, objects or buckets')
    .argument('<what...>', 'names of functions, s3://bucket/key, or s3://bucket')
    .option('--force', 'with a bucket, remove what is in it first')
    .action(async (what: readonly string[], _options: unknown, command: Command) => {
      const { options, terminal, connection } = openSession<RmOptions>(command);
      const target = await connection();
      for (const one of what) {
        await (one.startsWith('s3://') ? removeS3(terminal, target, one, options.force === true) : removeFunction(target, one));
        if (terminal.json) terminal.printJson({ removed: one });
        else terminal.print(`${terminal.paint.red('−')} ${one}`);
      }
    });
}

async function removeFunction(connection: Connection, name: string): Promise<void> {
  if (await deleteFunction(connection, name)) return;
  throw new Failure(`There is no function ${name}.`, {
    code: 'ResourceNotFoundException',
    mend: '`mayfly ls` shows what there is.',
  });
}

async function removeS3(terminal: Terminal, connection: Connection, url: string, force: boolean): Promise<void> {
  const { bucket, key } = parseS3Url(url);
  if (key !== '') return deleteObject(connection, bucket, key);
  if (force) await empty(terminal, connection, bucket);
  try {
    if (await deleteBucket(connection, bucket)) return;
  } catch (cause) {
    if (!(cause instanceof ServiceFailure) || cause.code !== 'BucketNotEmpty') throw cause;
    throw new Failure(`The bucket ${bucket} is not empty.`, { code: cause.code, mend: 'With --force its objects go too.', cause });
  }
  throw new Failure(`There is no bucket ${bucket}.`, { code: 'NoSuchBucket', mend: '`mayfly ls buckets` shows what there is.' });
}

async function empty(terminal: Terminal, connection: Connection, bucket: string): Promise<void> {
  let count = 0;
  for await (const object of listObjects(connection, bucket)) {
    await deleteObject(connection, bucket, object.key);
    count += 1;
    terminal.progress(`Emptying ${bucket}: ${count} objects …`);
  }
}
