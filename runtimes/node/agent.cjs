// The agent: what runs in a generic sandbox until it is told which function it is, and then serves that function's invocations, one
// after another, over the channel on fd 3. Plain CommonJS without dependencies: it is loaded for every sandbox.
//
// Owns: the channel, the process-wide error listeners, the one function of this process.
// Never: keeps the event loop alive while user code runs, touches a global after user code could have replaced it.
// Invariants:
//   I1 At most one invocation runs; its nonce goes back with its answer, once.
//   I2 Everything that the function printed before it settled is in the pipes before the answer is written.
'use strict';

const p = require('./primordials.cjs');
const Module = require('node:module');
const path = require('node:path');
const v8 = require('node:v8');
const { closeSync, openSync } = require('node:fs');
const { NAMES } = require('./preload.cjs');
const { KIND, createFrameReader, encodeFrame, openChannel } = require('./frames.cjs');
const { RuntimeError, errorPayload } = require('./errors.cjs');
const { wireConsole } = require('./console.cjs');
const { loadHandler } = require('./load.cjs');
const { runInvocation } = require('./invocation.cjs');
const { provideAwsLambda } = require('./streaming.cjs');
const { openEndpoint } = require('./endpoint.cjs');

const CHANNEL_FD = 3;
const SMALL_MEMORY_MIB = 512;
const TRACE_VARIABLE = '_X_AMZN_TRACE_ID';
/** Node has no public name for reading NODE_PATH again and for forgetting a module; APM tools have used these for ten years. */
const INIT_PATHS = '_initPaths';
const MODULE_CACHE = '_cache';
const HANDLE = '_handle';
/** What Lambda's runtime exits with after an uncaught exception and an unhandled rejection. */
const EXIT_UNCAUGHT = 129;
const EXIT_UNHANDLED = 128;

/** The life of one function in this process. `channel` is the real one, or a dummy while warming up. */
function createFunction(channel, boot, logFd) {
  const logState = { requestId: undefined, fd: logFd };
  let phase = { kind: 'generic' };
  let logError = () => {};
  let loaded;
  let constants;
  let idle;

  async function specialise(head, payload) {
    phase = { kind: 'initialising', nonce: head.nonce };
    applyEnvironment(head.environment);
    fitMemory(head.memoryMiB);
    if (head.taskRoot !== undefined) process.chdir(head.taskRoot);
    logError = wireConsole(logState, head.environment);
    constants = head.constants;
    channel.unref();
    idle = () =>
      failInit(new RuntimeError('NodeJsExit', 'Loading the function never finished: a top-level await was never settled.'));
    try {
      loaded = await loadHandler({
        taskRoot: head.taskRoot ?? process.cwd(),
        handler: head.handler,
        codeCache: head.usesCodeCache ? payload : undefined,
      });
    } catch (error) {
      failInit(error);
      return;
    }
    if (phase.kind !== 'initialising') return;
    park();
    channel.send(KIND.initialised, nonceHead(head.nonce));
  }

  function failInit(error) {
    if (phase.kind !== 'initialising') return;
    const { nonce } = phase;
    logError('Init Error', error);
    park();
    channel.send(KIND.initFailed, nonceHead(nonce), errorPayload(error));
  }

  function invoke(head, payload) {
    phase = { kind: 'running', nonce: head.nonce };
    logState.requestId = head.requestId;
    if (head.traceHeader === undefined) delete process.env[TRACE_VARIABLE];
    else process.env[TRACE_VARIABLE] = head.traceHeader;
    channel.unref();
    runInvocation({
      handler: loaded.handler,
      head,
      payload,
      constants,
      whenIdle,
      settle: (outcome) => settle(head.nonce, outcome),
    });
  }

  function whenIdle(run) {
    idle = run;
  }

  function settle(nonce, outcome) {
    if (phase.kind !== 'running' || phase.nonce !== nonce) return;
    const answer = 'error' in outcome ? threw(outcome.error) : serialise(outcome);
    park();
    channel.send(answer.kind, answer.head(nonce), answer.payload);
  }

  function threw(error) {
    logError('Invoke Error', error);
    return { kind: KIND.threw, head: nonceHead, payload: errorPayload(error) };
  }

  function serialise(outcome) {
    let bytes = outcome.bytes;
    if (bytes === undefined) {
      try {
        bytes = p.bufferFrom(p.stringifyJson(outcome.value) ?? 'null');
      } catch (error) {
        return threw(new RuntimeError('MarshalError', `Unable to stringify response body: ${error?.message}`, error));
      }
    }
    if (bytes.byteLength <= boot.maxResponseBytes) return { kind: KIND.returned, head: nonceHead, payload: bytes };
    const size = bytes.byteLength;
    return { kind: KIND.tooLarge, head: (nonce) => `{"nonce":"${nonce}","bytes":${size}}`, payload: undefined };
  }

  /** Between invocations the channel alone keeps the process alive. */
  function park() {
    phase = { kind: 'waiting' };
    idle = undefined;
    channel.ref();
  }

  /** An exception that nobody caught ends the process, as on Lambda; whoever waits for an answer hears why first. */
  function die(title, error, exitCode) {
    const { kind: phaseKind, nonce } = phase;
    phase = { kind: 'dying' };
    logError(title, error);
    if (nonce === undefined) {
      p.reallyExit(exitCode);
      return;
    }
    channel.ref();
    const head = `{"nonce":"${nonce}","fatal":true}`;
    const payload = errorPayload(error);
    channel.send(phaseKind === 'running' ? KIND.threw : KIND.initFailed, head, payload, () => p.reallyExit(exitCode));
  }

  function makeCodeCache(head) {
    const script = loaded?.script;
    channel.send(KIND.codeCache, nonceHead(head.nonce), script === undefined ? undefined : script.createCachedData());
  }

  return {
    die,
    isTaken: () => phase.kind !== 'generic',
    onIdle: () => idle?.(),
    onFrame(kind, head, payload) {
      if (kind === KIND.invoke) invoke(head, payload);
      else if (kind === KIND.specialise) void specialise(head, payload);
      else if (kind === KIND.makeCodeCache) makeCodeCache(head);
    },
  };
}

/** Nonces are hexadecimal: no JSON.stringify, which a planted `toJSON` could reach. */
function nonceHead(nonce) {
  return `{"nonce":"${nonce}"}`;
}

/**
 * V8 was started before the size of the function was known, so it believes in gigabytes and lets garbage lie. For a small function, collections
 * are made at once instead of step by step, and freed buffers returned by whoever frees them (measured at 128 MiB: a loop over 4 MiB buffers was
 * killed before, and stays below 85 with both).
 */
function fitMemory(memoryMiB) {
  if (memoryMiB > SMALL_MEMORY_MIB) return;
  v8.setFlagsFromString('--no-incremental-marking');
  v8.setFlagsFromString('--no-concurrent-array-buffer-sweeping');
}

/** The function's environment replaces the sandbox's; what Node derived from it at its start is derived again. */
function applyEnvironment(environment) {
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  for (const name of Object.keys(environment)) process.env[name] = environment[name];
  Module[INIT_PATHS]();
}

/** What is done while nobody waits: one step a turn, so that a function that comes early does not wait for the rest. */
function beginChores(boot) {
  const chores = NAMES.map((name) => () => require(name));
  // A function that does nothing goes through the same code: files, compiler, loader of ES modules, channel, console.
  for (const handler of ['index.handler', 'index.handler', 'index.handler', 'module.handler', 'index.handler', 'index.handler']) {
    chores.push(() => rehearse(boot, handler));
  }
  const next = () => {
    if (serving.isTaken() || chores.length === 0) return;
    chore = Promise.resolve(chores.shift()()).then(() => {
      chore = undefined;
      setImmediate(next);
    });
  };
  setImmediate(next);
}

/** The chore that is under way; a frame that comes meanwhile waits for its end. */
let chore;

/** Specialises and invokes a dummy, with a channel that leads nowhere. */
async function rehearse(boot, handler) {
  const sink = openSync('/dev/null', 'w');
  await new Promise((settled) => {
    const nowhere = {
      ref() {},
      unref() {},
      send: (kind) => (kind === KIND.initialised ? receive(warmInvocation) : settled()),
    };
    const dummy = createFunction(nowhere, boot, sink);
    const reader = createFrameReader((kind, head, payload) => dummy.onFrame(kind, head, payload));
    const receive = (frame) => reader(frame, frame.byteLength);
    const head = {
      nonce: '00',
      handler,
      taskRoot: WARM_ROOT,
      environment: process.env,
      memoryMiB: SMALL_MEMORY_MIB + 1,
      constants: {},
    };
    receive(encodeFrame(KIND.specialise, JSON.stringify(head)));
  });
  closeSync(sink);
  delete Module[MODULE_CACHE][path.join(WARM_ROOT, 'index.cjs')];
}

const WARM_ROOT = path.join(__dirname, 'warm');
const warmInvocation = encodeFrame(
  KIND.invoke,
  JSON.stringify({ nonce: '00', requestId: '00000000-0000-4000-8000-000000000000', arn: 'arn', deadlineMs: 0 }),
  Buffer.from('{"warm":[1,2,{"three":4}]}'),
);

// As on Lambda, what is written to stdout and stderr is in the pipe when the call returns (I2), also before process.exit. The platform gives
// sockets, which Node would write to in the background.
for (const stream of [process.stdout, process.stderr]) stream[HANDLE]?.setBlocking(true);

let serving;

function onFrame(kind, head, payload) {
  if (chore !== undefined) {
    void chore.then(() => onFrame(kind, head, payload));
    return;
  }
  if (kind !== KIND.boot) {
    serving.onFrame(kind, head, payload);
    return;
  }
  const ready = () => {
    provideAwsLambda(globalThis);
    serving = createFunction(channel, head, 1);
    channel.send(KIND.ready, nonceHead(head.nonce));
    beginChores(head);
  };
  if (head.endpoint === undefined) ready();
  else openEndpoint(head.endpoint.port, head.endpoint.socketPath, ready);
}

process.on('beforeExit', () => serving?.onIdle());
process.on('uncaughtException', (error) => {
  if (serving === undefined) throw error;
  serving.die('Uncaught Exception', error, EXIT_UNCAUGHT);
});
process.on('unhandledRejection', (reason) => {
  if (serving === undefined) throw reason;
  const error = new RuntimeError('UnhandledPromiseRejection', p.toText(reason), reason instanceof Error ? reason : undefined);
  serving.die('Unhandled Promise Rejection', error, EXIT_UNHANDLED);
});

// The platform closes the channel when it wants this process gone.
const channel = openChannel(CHANNEL_FD, onFrame, () => p.reallyExit(0));
