// Programs that the supervisor starts: the runtime and the extensions, each with its environment, its output passed on as it comes.
'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { StringDecoder } = require('node:string_decoder');

const LINE_CHARACTERS_MAX = 256 * 1024;
const STDOUT = 1;
const STDERR = 2;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Lambda keeps these from extensions. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html */
const NOT_FOR_EXTENSIONS = new Set([
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_XRAY_CONTEXT_MISSING',
  'AWS_XRAY_DAEMON_ADDRESS',
  'LAMBDA_RUNTIME_DIR',
  'LAMBDA_TASK_ROOT',
  '_AWS_XRAY_DAEMON_ADDRESS',
  '_AWS_XRAY_DAEMON_PORT',
  '_HANDLER',
]);

function extensionEnvironment(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !NOT_FOR_EXTENSIONS.has(name)));
}

/** The names of the programs in a folder, in order; other entries are no extensions. */
function programsIn(folder) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  }
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted();
}

/** The first that is there; undefined where none is. */
function firstPresent(paths) {
  return paths.find((candidate) => fs.statSync(candidate, { throwIfNoEntry: false })?.isFile() === true);
}

/**
 * Resolves with `{ child }` when it runs, or with `{ failure }`, in the words of Lambda's own start: `fork/exec /var/task/bootstrap: permission denied`.
 * `onLine(text)` gets what it prints, line by line, after it was passed on.
 */
function start({ command, environment, cwd, withChannel, onLine }) {
  const [file, ...args] = command;
  if (isForeign(file)) return Promise.resolve({ failure: execFailure(file, { code: 'ENOEXEC' }) });
  const stdio = ['ignore', 'pipe', 'pipe', ...(withChannel === true ? ['pipe'] : [])];
  const child = spawn(file, args, { cwd, env: environment, stdio, detached: true });
  if (child.pid === undefined)
    return new Promise((resolve) => child.once('error', (error) => resolve({ failure: execFailure(file, error) })));
  // Later errors are about signals to a process that is gone, which its exit tells.
  child.on('error', () => {});
  child.ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  passOn(child.stdout, STDOUT, onLine);
  passOn(child.stderr, STDERR, onLine);
  return Promise.resolve({ child });
}

const MACHINES = { x64: 62, arm64: 183 };

/** No script and no ELF program for this processor: the C library would hand it to a shell, which makes nonsense of it. */
function isForeign(file) {
  const header = Buffer.alloc(20);
  try {
    const fd = fs.openSync(file, 'r');
    try {
      fs.readSync(fd, header, 0, header.byteLength, 0);
    } finally {
      fs.closeSync(fd);
    }
  } catch {
    // Not there, or not to be read: the start itself says so, or succeeds.
    return false;
  }
  if (process.platform !== 'linux' || header.toString('latin1', 0, 2) === '#!') return false;
  return (
    header.toString('latin1', 0, 4) !== '\u007fELF' ||
    header.readUInt16LE(18) !== (MACHINES[process.arch] ?? header.readUInt16LE(18))
  );
}

function execFailure(file, error) {
  const reasons = { ENOENT: 'no such file or directory', EACCES: 'permission denied', ENOEXEC: 'exec format error' };
  return `fork/exec ${path.normalize(file)}: ${reasons[error.code] ?? error.message}`;
}

/** Written at once and with blocking: a platform that reads slowly slows the program down. */
function passOn(stream, fd, onLine) {
  const decoder = new StringDecoder('utf8');
  let line = '';
  stream.on('data', (chunk) => {
    writeFully(fd, chunk);
    if (onLine === undefined) return;
    const pieces = decoder.write(chunk).split('\n');
    pieces[0] = line + pieces[0];
    line = pieces.pop().slice(0, LINE_CHARACTERS_MAX);
    for (const piece of pieces) onLine(piece.replaceAll('\0', '\n'));
  });
  stream.once('end', () => {
    if (line !== '') onLine?.(line);
  });
  stream.on('error', () => stream.destroy());
}

function writeFully(fd, chunk) {
  for (let written = 0; written < chunk.byteLength;) {
    try {
      written += fs.writeSync(fd, chunk, written);
    } catch (error) {
      if (error.code === 'EPIPE') return; // The platform reads no more; this sandbox is about to end.
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, 1);
    }
  }
}

/** To the whole group of the program: what a shell script has started goes with it. */
function signal(child, name) {
  try {
    process.kill(-child.pid, name);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** What was in the pipes of programs when it is called has been passed on when it resolves: one whole turn of the loop reads them. */
function drained() {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

module.exports = { drained, extensionEnvironment, firstPresent, programsIn, signal, start };
