// `npm start`: a platform, the thumbnails example on it, and one photo sent through: event → function → thumbnails → log → bill.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endWithParent } from '../bin/parents.mjs';
import { getBill } from '../cli/aws/account.ts';
import { deleteObject, listObjects, objectLink, putObject } from '../cli/aws/buckets.ts';
import type { BucketObject } from '../cli/aws/buckets.ts';
import { LogReader } from '../cli/aws/log-reader.ts';
import { billLines } from '../cli/commands/bill.ts';
import { formatEvent } from '../cli/commands/logs.ts';
import { connect, DEFAULT_DATA_FOLDER } from '../cli/connection.ts';
import type { Connection } from '../cli/connection.ts';
import { deployFolder } from '../cli/deploy/deploy-folder.ts';
import { Failure } from '../cli/failure.ts';
import { showBanner } from '../cli/serve/banner.ts';
import { freePort } from '../cli/serve/free-port.ts';
import { parsePort, servePlatform, stopPlatform, untilStopped } from '../cli/serve/platform.ts';
import type { Platform } from '../cli/serve/platform.ts';
import { bytes } from '../cli/terminal/amounts.ts';
import { openTerminal } from '../cli/terminal/terminal.ts';
import type { Terminal } from '../cli/terminal/terminal.ts';

const EXAMPLE = fileURLToPath(new URL('../examples/thumbnails', import.meta.url));
const FUNCTION = 'thumbnails';
const PHOTO = { bucket: 'photos', key: 'lake.jpg' } as const;
const THUMBNAILS = { bucket: 'thumbnails', keys: ['lake-200.webp', 'lake-800.webp'] } as const;

const PORT = 4566;
const PATIENCE_MS = 60_000;
/** How often to look whether something has come; each look is one small request to this machine. */
const LOOK_MS = 50;

async function main(terminal: Terminal): Promise<void> {
  const { values } = parseArgs({
    options: { once: { type: 'boolean' }, port: { type: 'string' }, data: { type: 'string', default: DEFAULT_DATA_FOLDER } },
  });
  const stop = untilStopped();
  const dataFolder = resolve(values.data);
  const port = values.port === undefined ? await freePort(PORT) : parsePort(values.port);

  const started = performance.now();
  const platform = await startPlatform(terminal, port, dataFolder);
  if (values.port === undefined && port !== PORT) terminal.print(`Port ${PORT} is taken, so this one listens on ${port}.`);
  showBanner(terminal, { platform, dataFolder, readyMs: performance.now() - started });
  try {
    const shown = showExample(terminal, await connectionTo(platform, dataFolder), values.once === true);
    const end = await Promise.race([shown.then(() => 'shown' as const), stop]);
    if (end === 'shown' && values.once !== true) {
      showWhatNext(terminal, dataFolder);
      await stop;
      terminal.print('Stopping …');
    }
  } finally {
    await stopPlatform(platform, dataFolder);
  }
}

/** Its own example is no stranger's code: where nothing better is to be had it may run at the level `process`, with a warning. */
async function startPlatform(terminal: Terminal, port: number, dataFolder: string): Promise<Platform> {
  const options = {
    port,
    host: '127.0.0.1',
    dataFolder,
    baseDomain: undefined,
    dev: false,
    user: 'auto',
    environment: process.env,
  };
  try {
    return await servePlatform({ ...options, isolation: 'auto' });
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'IsolationUnavailable') throw error;
    terminal.print(`${terminal.paint.yellow('!')} ${error.message}`);
    terminal.print(
      '  This run shows the example of the project at the level "process". Do not give it code that you do not trust.',
    );
    return servePlatform({ ...options, isolation: 'process' });
  }
}

/** Whatever AWS variables the shell carries are for another place. */
function connectionTo(platform: Platform, dataFolder: string): Promise<Connection> {
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('MAYFLY_')));
  return connect({ endpoint: platform.endpoint, data: dataFolder }, environment);
}

async function showExample(terminal: Terminal, connection: Connection, once: boolean): Promise<void> {
  const { paint } = terminal;
  terminal.print(`\n${paint.bold('1. Deploy')} examples/thumbnails`);
  await deployFolder({ folder: EXAMPLE, connection, terminal, app: undefined, prune: false, dryRun: false, sourceMaps: false });

  // A data folder from an earlier run has them already, and these are to be seen coming.
  for (const key of THUMBNAILS.keys) await deleteObject(connection, THUMBNAILS.bucket, key);
  const billedBefore = await billedRequests(connection);
  const photo = await readFile(resolve(EXAMPLE, 'photo.jpg'));
  const log = new FunctionLog(connection, terminal);
  terminal.print(`\n${paint.bold('2. Upload')} photo.jpg, ${bytes(photo.length)} → s3://${PHOTO.bucket}/${PHOTO.key}`);
  const uploaded = performance.now();
  await putObject(connection, PHOTO.bucket, PHOTO.key, photo, 'image/jpeg');

  const thumbnails = await thumbnailsCome(terminal, connection, log);
  terminal.print(`\n${paint.bold('3. Thumbnails')} after ${((performance.now() - uploaded) / 1000).toFixed(2)} s`);
  for (const { key, bytes: size } of thumbnails) {
    terminal.print(`   s3://${THUMBNAILS.bucket}/${key}  ${bytes(size)}`);
    // A link leads nowhere once this has ended.
    if (!once) terminal.print(`   ${paint.cyan(objectLink(connection, THUMBNAILS.bucket, key))}`);
  }

  terminal.print(`\n${paint.bold('4. Log')} of the function`);
  await until(
    async () => (await log.read()).includes('REPORT '),
    () => 'The log has no REPORT line.',
  );
  for (const line of log.lines) terminal.print(`   ${line}`);

  terminal.print(`\n${paint.bold('5. Bill')}`);
  const isBilled = async (): Promise<boolean> => (await billedRequests(connection)) > billedBefore;
  await until(isBilled, () => 'The invocation was not billed.');
  for (const line of billLines(await getBill(connection, undefined))) terminal.print(`   ${line}`);
}

async function billedRequests(connection: Connection): Promise<number> {
  const { functions } = await getBill(connection, undefined);
  return Number(functions.find((line) => line.functionName === FUNCTION)?.quantities.requests ?? 0);
}

async function thumbnailsCome(terminal: Terminal, connection: Connection, log: FunctionLog): Promise<readonly BucketObject[]> {
  let found: readonly BucketObject[] = [];
  const haveCome = async (): Promise<boolean> => {
    terminal.progress('Waiting for the thumbnails …');
    const text = await log.read();
    found = await collect(listObjects(connection, THUMBNAILS.bucket, 'lake-'));
    // A REPORT line has a status only where the run did not end well.
    if (found.length < THUMBNAILS.keys.length && text.includes('Status: '))
      throw new Failure(`The function failed:\n${text}`, { code: 'FunctionFailed' });
    return found.length === THUMBNAILS.keys.length;
  };
  await until(haveCome, () => `No thumbnails have come. The log of the function says: ${log.lines.join('\n') || 'nothing'}`);
  return found;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

/** What the function has written since the upload. */
class FunctionLog {
  readonly lines: string[] = [];
  readonly #reader: LogReader;
  readonly #terminal: Terminal;

  constructor(connection: Connection, terminal: Terminal) {
    this.#reader = new LogReader(connection, { name: FUNCTION, from: Date.now() });
    this.#terminal = terminal;
  }

  async read(): Promise<string> {
    try {
      for (const event of await this.#reader.next()) this.lines.push(formatEvent(event, this.#terminal, false));
    } catch (error) {
      // Before its first run a function has no log.
      if (!(error instanceof Failure) || error.code !== 'ResourceNotFoundException') throw error;
    }
    return this.lines.join('\n');
  }
}

async function until(isSo: () => Promise<boolean>, otherwise: () => string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Failure(`After ${PATIENCE_MS / 1000} s: ${otherwise()}`, { code: 'Timeout' });
    await delay(LOOK_MS);
  }
}

function showWhatNext(terminal: Terminal, dataFolder: string): void {
  const data = dataFolder === resolve(DEFAULT_DATA_FOLDER) ? '' : ` --data '${dataFolder}'`;
  terminal.print(`\n${terminal.paint.bold('It goes on serving.')} Ctrl-C stops it. In another terminal:`);
  terminal.print(`   eval "$(npx mayfly env${data})"        then aws, boto3, terraform … talk to it`);
  terminal.print(`   npx mayfly ls${data}                   what there is`);
  terminal.print(`   npx mayfly logs -f${data}              the log as it comes`);
}

endWithParent();
const terminal = openTerminal(process, false);
try {
  await main(terminal);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  terminal.fail(error);
  process.exitCode = error.exitCode;
}
