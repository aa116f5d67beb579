// The agent: what runs in a generic sandbox until it is told which function it is, and then serves that function's invocations over the
// channel on fd 3: strictly one after another, or several at once where the function was set up so. Plain CommonJS without dependencies: it is loaded for every sandbox.
//
// Owns: the channel, the process-wide error listeners, the one function of this process.
// Never: keeps the event loop alive while user code runs, touches a global after user code could have replaced it.
// Invariants:
//   I1 The nonce of an invocation goes back with its answer, once.
//   I2 Everything that the function printed before it settled is in the pipes before the answer is written.
'use strict';

const p = require('./primordials.cjs');
const Module = require('node:module');
const v8 = require('node:v8');
const { KIND, openChannel } = require('./frames.cjs');
const { RuntimeError, errorPayload } = require('./errors.cjs');
const { wireConsole } = require('./console.cjs');
const { loadHandler } = require('./load.cjs');
const { runInvocation } = require('./invocation.cjs');
const { createRuns } = require('./runs.cjs');
const { provideAwsLambda } = require('./streaming.cjs');
const { openEndpoint } = require('./endpoint.cjs');
const { beginChores } = require('./chores.cjs');

const CHANNEL_FD = 3;
const SMALL_MEMORY_MIB = 512;
/** What this runtime takes: events that wait inside, invocations that run at once, and who it is and its first event before its code is there. */
const CAPACITY = '"ahead":31,"atOnce":64,"isEarly":true,"takesFirst":true';
const TRACE_VARIABLE = '_X_AMZN_TRACE_ID';
const HANDLER_VARIABLE = '_HANDLER';
/** Node has no public name for reading NODE_PATH again; APM tools have used this one for ten years. */
const INIT_PATHS = '_initPaths';
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
  let whenPlaced;
  let idle;
  /** Which invocation a line belongs to, where several run at once; where one runs at a time it costs nothing. */
  let asyncRun;
  /** How many responses wait for their readers. */
  let held = 0;
  let traceHeader;
  const runs = createRuns({
    begin,
    recalled: (run) => channel.send(KIND.recalled, nonceHead(run.nonce)),
    readNow: () => channel.readNow(),
  });

  async function specialise(head, payload) {
    phase = { kind: 'initialising', nonce: head.nonce };
    runs.hold();
    if (head.atOnce > 1) runSeveral(head.atOnce);
    // Under the supervisor the environment is the process's own, which a wrapper script may have changed, the handler included.
    const isOwn = head.environment === undefined;
    const environment = isOwn ? { ...process.env } : head.environment;
    applyEnvironment(environment);
    if (head.memoryMiB > SMALL_MEMORY_MIB) fitMemory(head.memoryMiB);
    logError = wireConsole(logState, environment);
    constants = head.constants;
    if (head.isEarly) await codePlaced();
    if (head.taskRoot !== undefined) process.chdir(head.taskRoot);
    channel.unref();
    idle = () =>
      failInit(new RuntimeError('NodeJsExit', 'Loading the function never finished: a top-level await was never settled.'));
    try {
      loaded = await loadHandler({
        taskRoot: head.taskRoot ?? process.cwd(),
        handler: isOwn ? (environment[HANDLER_VARIABLE] ?? head.handler) : head.handler,
        codeCache: head.usesCodeCache ? payload : undefined,
        codeCachePath: head.codeCachePath,
      });
    } catch (error) {
      failInit(error);
      return;
    }
    if (phase.kind !== 'initialising') return;
    park();
    channel.send(KIND.initialised, nonceHead(head.nonce));
    runs.release();
  }

  /** Everything but the code may be there before it. */
  function codePlaced() {
    return new Promise((resolve) => (whenPlaced = resolve));
  }

  function failInit(error) {
    if (phase.kind !== 'initialising') return;
    const { nonce } = phase;
    logError('Init Error', error);
    park();
    channel.send(KIND.initFailed, nonceHead(nonce), errorPayload(error));
  }

  function runSeveral(atOnce) {
    const { AsyncLocalStorage } = require('node:async_hooks');
    const { createInvokeStore } = require('./invoke-store.cjs');
    const storage = new AsyncLocalStorage();
    asyncRun = { run: storage.run.bind(storage), get: storage.getStore.bind(storage) };
    globalThis.awslambda.InvokeStore = createInvokeStore(asyncRun.get);
    runs.atOnce = atOnce;
    Object.defineProperty(logState, 'requestId', { get: () => asyncRun.get()?.head.requestId });
  }

  function begin(run) {
    if (held === 0) channel.unref();
    if (asyncRun !== undefined) {
      asyncRun.run(run, call, run);
      return;
    }
    const { head } = run;
    logState.requestId = head.requestId;
    if (head.traceHeader !== traceHeader) showTrace(head.traceHeader);
    call(run);
  }

  /** Where several run at once there is no one trace to show: SDKs ask `awslambda.InvokeStore` then. */
  function showTrace(header) {
    traceHeader = header;
    if (header === undefined) delete process.env[TRACE_VARIABLE];
    else process.env[TRACE_VARIABLE] = header;
  }

  function call(run) {
    runInvocation({
      handler: loaded.handler,
      head: run.head,
      payload: run.payload,
      constants,
      whenIdle: (idleRun) => (run.idle = idleRun),
      openWire: () => openWire(run),
      settle: (outcome) => settle(run, outcome),
    });
  }

  /** How a streamed response leaves; see streaming.cjs. */
  function openWire(run) {
    const { nonce, head } = run;
    return {
      window: head.streamWindow,
      maxBytes: head.streamWindow === undefined ? boot.maxResponseBytes : boot.maxStreamedBytes,
      begin: (contentType) => channel.send(KIND.streamBegun, beginHead(nonce, contentType)),
      chunk: (bytes) => channel.send(KIND.streamChunk, nonceHead(nonce), bytes),
      hold() {
        held += 1;
        channel.ref();
      },
      release() {
        held -= 1;
        if (held === 0) channel.unref();
      },
      listen: (stream) => (run.stream = stream),
    };
  }

  function streamOf(nonce) {
    let stream;
    runs.each((run) => {
      if (run.nonce === nonce) stream = run.stream;
    });
    return stream;
  }

  function settle(run, outcome) {
    if (phase.kind === 'dying' || run.isSettled) return;
    run.isSettled = true;
    const answer = 'error' in outcome ? threw(outcome.error) : serialise(outcome);
    // The platform ends a runtime whose answer is too large; nothing begins before that.
    if (answer.kind === KIND.tooLarge) runs.stop();
    runs.ended(run);
    if (runs.isEmpty()) park();
    channel.send(answer.kind, answer.head(run.nonce, run.ranUs), answer.payload);
  }

  function threw(error) {
    logError('Invoke Error', error);
    return { kind: KIND.threw, head: answerHead, payload: errorPayload(error) };
  }

  function serialise(outcome) {
    if (outcome.streamed === true) return { kind: KIND.returned, head: answerHead, payload: undefined };
    if (outcome.tooLarge !== undefined) return tooLarge(outcome.tooLarge);
    let bytes = outcome.bytes;
    if (bytes === undefined) {
      try {
        bytes = p.bufferFrom(p.stringifyJson(outcome.value) ?? 'null');
      } catch (error) {
        return threw(new RuntimeError('MarshalError', `Unable to stringify response body: ${error?.message}`, error));
      }
    }
    if (bytes.byteLength <= boot.maxResponseBytes) return { kind: KIND.returned, head: answerHead, payload: bytes };
    return tooLarge(bytes.byteLength);
  }

  function tooLarge(bytes) {
    return { kind: KIND.tooLarge, head: (nonce) => `{"nonce":"${nonce}","bytes":${bytes}}`, payload: undefined };
  }

  /** Between invocations the channel alone keeps the process alive. */
  function park() {
    phase = { kind: 'waiting' };
    idle = undefined;
    channel.ref();
  }

  /** An exception that nobody caught ends the process, as on Lambda; whoever waits for an answer hears why first. */
  function die(title, error, exitCode) {
    const nonce = phase.nonce ?? dyingRun()?.nonce;
    const kind = phase.nonce === undefined ? KIND.threw : KIND.initFailed;
    phase = { kind: 'dying' };
    logError(title, error);
    if (nonce === undefined) {
      p.reallyExit(exitCode);
      return;
    }
    channel.ref();
    const head = `{"nonce":"${nonce}","fatal":true}`;
    const payload = errorPayload(error);
    channel.send(kind, head, payload, () => p.reallyExit(exitCode));
  }

  /** Whose exception it is; where that cannot be told, the oldest one's. The others end with the process. */
  function dyingRun() {
    const run = asyncRun?.get() ?? runs.oldest();
    return run?.hasBegun && !run.isSettled ? run : undefined;
  }

  function makeCodeCache(head) {
    const script = loaded?.script;
    channel.send(KIND.codeCache, nonceHead(head.nonce), script === undefined ? undefined : script.createCachedData());
  }

  return {
    die,
    isTaken: () => phase.kind !== 'generic',
    onIdle() {
      idle?.();
      runs.each((run) => run.idle?.());
    },
    onFrame(kind, head, payload) {
      if (kind === KIND.invoke) runs.add(head, payload);
      else if (kind === KIND.streamCredit) streamOf(head.nonce)?.credit(head.bytes);
      else if (kind === KIND.recall) runs.takeBack(head.nonce);
      else if (kind === KIND.streamGone) streamOf(head.nonce)?.gone();
      else if (kind === KIND.specialise) void specialise(head, payload);
      else if (kind === KIND.placed) whenPlaced?.();
      else if (kind === KIND.makeCodeCache) makeCodeCache(head);
    },
  };
}

/** Nonces are hexadecimal: no JSON.stringify, which a planted `toJSON` could reach. */
function nonceHead(nonce) {
  return `{"nonce":"${nonce}"}`;
}

/** With how long the handler ran, which the platform goes by when it chooses who is sent ahead. */
function answerHead(nonce, ranUs) {
  return `{"nonce":"${nonce}","ranUs":${ranUs}}`;
}

function beginHead(nonce, contentType) {
  return contentType === undefined ? nonceHead(nonce) : `{"nonce":"${nonce}","contentType":${p.stringifyJson(contentType)}}`;
}

/**
 * V8 was started before the size of the function was known, so it believes in gigabytes and lets garbage lie. For a small function, collections
 * are made at once instead of step by step, and freed buffers returned by whoever frees them (measured at 128 MiB: a loop over 4 MiB buffers was
 * killed before, and stays below 85 with both). Most functions are small, so a sandbox begins as one: changing flags takes V8 0.08 ms.
 */
function fitMemory(memoryMiB) {
  const step = memoryMiB > SMALL_MEMORY_MIB ? '--' : '--no-';
  v8.setFlagsFromString(`${step}incremental-marking`);
  v8.setFlagsFromString(`${step}concurrent-array-buffer-sweeping`);
}

/** The function's environment replaces the sandbox's; what Node derived from it at its start is derived again. */
function applyEnvironment(environment) {
  const { NODE_PATH, HOME } = process.env;
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  for (const name of Object.keys(environment)) if (process.env[name] !== environment[name]) process.env[name] = environment[name];
  if (NODE_PATH !== environment.NODE_PATH || HOME !== environment.HOME) Module[INIT_PATHS]();
}

// As on Lambda, what is written to stdout and stderr is in the pipe when the call returns (I2), also before process.exit. The platform gives
// sockets, which Node would write to in the background.
for (const stream of [process.stdout, process.stderr]) stream[HANDLE]?.setBlocking(true);

let serving;
let choreUnderWay = () => undefined;

function onFrame(kind, head, payload) {
  const chore = choreUnderWay();
  if (chore !== undefined) {
    void chore.then(() => onFrame(kind, head, payload));
    return;
  }
  if (kind !== KIND.boot) {
    serving.onFrame(kind, head, payload);
    return;
  }
  const ready = () => {
    fitMemory(SMALL_MEMORY_MIB);
    provideAwsLambda(globalThis);
    serving = createFunction(channel, head, 1);
    channel.send(KIND.ready, `{"nonce":"${head.nonce}",${CAPACITY}}`);
    choreUnderWay = beginChores({
      createDummy: (nowhere, logFd) => createFunction(nowhere, head, logFd),
      isTaken: () => serving.isTaken(),
    });
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
