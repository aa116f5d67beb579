// What waits in a sandbox for functions that bring programs of their own: a bootstrap, extensions, a wrapper script. When it is told which
// function it is, it starts the extensions, then the runtime, serves both Lambda's APIs on the sandbox's own loopback, and answers the platform
// over the channel on fd 3. Arguments: the command of the platform's own agent, where that is the runtime; none for a bootstrap.
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
//
// Owns: the phase of the function, its child processes.
// Invariants:
//   I1 An init is over when the runtime and every extension wait for an event; an invocation likewise, when it is answered as well.
//   I2 Each question of the platform is answered once, with its nonce.
//   I3 What the programs printed before an answer is in the pipes before the answer is written.
//   I4 The end of a program that should go on ends the sandbox, after the extensions had their time.
'use strict';

const { Socket } = require('node:net');
const { openEndpoint } = require('../node/endpoint.cjs');
const { AgentRuntime } = require('./agent.cjs');
const { BootstrapRuntime } = require('./bootstrap.cjs');
const { Channel, KIND } = require('./channel.cjs');
const { Extensions, EXTENSIONS_MAX } = require('./extensions.cjs');
const { InvocationEvents } = require('./platform-events.cjs');
const { drained, extensionEnvironment, programsIn, signal, start } = require('./programs.cjs');
const { openServer } = require('./server.cjs');
const { Telemetry } = require('./telemetry.cjs');

const CHANNEL_FD = 3;
/** Lambda's: 2,000 ms with external extensions, 500 with internal ones alone, none without. */
const SHUTDOWN_MS = { external: 2000, internal: 500 };
/** Of that time, for the runtime. */
const RUNTIME_SHARE = 0.3;
const RUNTIME_API_PORT = 9001;
const EXIT_FAILED = 1;

class Supervisor {
  #agentCommand;
  #channel;
  #apiPort;
  /** generic, initialising, waiting, running, ending */
  #phase = 'generic';
  #head;
  #runtime;
  #runtimeChild;
  #isRuntimeIdle = false;
  /** Of the invocation that runs. */
  #nonce;
  #answer;
  #events;
  #extensions = new Extensions({
    registered: () => this.#startRuntimeWhenDue(),
    ready: () => this.#advance(),
    failed: (extension, kind, errorType) => this.#fail(`Extension.${kind}`, `Error: ${errorType}: extension ${extension.name}`),
  });
  #telemetry = new Telemetry(this.#extensions);
  #extensionChildren = new Map();

  /** It lives as long as the process: its channel holds it. */
  static open(agentCommand) {
    return new Supervisor(agentCommand);
  }

  constructor(agentCommand) {
    this.#agentCommand = agentCommand;
    this.#channel = new Channel(
      new Socket({ fd: CHANNEL_FD, readable: true, writable: true }),
      (kind, head, payload) => this.#receive(kind, head, payload),
      // The platform closes the channel when it wants this process gone.
      () => process.exit(0),
    );
  }

  #receive(kind, head, payload) {
    if (kind === KIND.boot) void this.#start(head);
    else if (kind === KIND.specialise) void this.#specialise(head, payload);
    else if (kind === KIND.invoke) this.#invoke(head, payload);
    else if (kind === KIND.shutdown) void this.#shutdown(head.reason, head.deadlineMs);
    else this.#runtime.passDown(kind, head, payload);
  }

  async #start(boot) {
    this.#runtime = this.#makeRuntime({ maxResponseBytes: boot.maxResponseBytes, maxStreamedBytes: boot.maxStreamedBytes });
    // Without a door of its own this process shares the host's loopback, where the usual port may be taken.
    const port = boot.endpoint === undefined ? 0 : RUNTIME_API_PORT;
    this.#apiPort = await openServer({
      port,
      runtime: this.#runtime.api,
      extensions: this.#extensions,
      telemetry: this.#telemetry,
    });
    const ready = () => this.#channel.send(KIND.ready, { nonce: boot.nonce });
    if (boot.endpoint === undefined) ready();
    else openEndpoint(boot.endpoint.port, boot.endpoint.socketPath, ready);
  }

  #makeRuntime(limits) {
    const listener = {
      ready: () => this.#runtimeIsReady(),
      idle: () => this.#runtimeIsReady(),
      initFailed: (payload, members) => void this.#endInit(payload, members),
      answered: (kind, members, payload) => this.#answered(kind, members, payload),
      passUp: (kind, head, payload) => this.#channel.send(kind, head, payload),
    };
    if (this.#agentCommand.length === 0) return new BootstrapRuntime({ limits, listener });
    return new AgentRuntime({ command: this.#agentCommand, limits, listener });
  }

  async #specialise(head, payload) {
    this.#phase = 'initialising';
    const environment = { ...head.environment, AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${this.#apiPort}` };
    this.#head = { ...head, environment, payload };
    this.#events = new InvocationEvents({ telemetry: this.#telemetry, head: this.#head });
    this.#events.initStarted();
    const folder = `${head.layerRoot}/extensions`;
    const names = programsIn(folder);
    const { functionName, functionVersion } = head.constants;
    this.#extensions.expect(names, { functionName, functionVersion, handler: head.handler });
    if (names.length > EXTENSIONS_MAX) {
      this.#fail('Extension.TooManyExtensions', `Extension limit (${EXTENSIONS_MAX}) reached: ${folder} holds ${names.length}`);
      return;
    }
    for (const name of names) await this.#startExtension(folder, name);
    this.#startRuntimeWhenDue();
  }

  async #startExtension(folder, name) {
    if (this.#phase !== 'initialising') return;
    const { environment, taskRoot } = this.#head;
    const onLine = (text) => this.#telemetry.emit('extension', text);
    const { child, failure } = await start({
      command: [`${folder}/${name}`],
      environment: extensionEnvironment(environment),
      cwd: taskRoot,
      onLine,
    });
    if (child === undefined) {
      this.#fail('Extension.LaunchError', failure);
      return;
    }
    this.#extensionChildren.set(name, child);
    void child.ended.then((exit) => this.#extensionEnded(name, exit));
  }

  /** As on Lambda: after every extension has registered, not before. */
  #startRuntimeWhenDue() {
    if (this.#phase !== 'initialising' || this.#runtimeChild !== undefined || !this.#extensions.areRegistered) return;
    if (this.#extensionChildren.size < this.#extensions.external.length) return;
    this.#runtimeChild = null;
    void this.#startRuntime();
  }

  async #startRuntime() {
    const { environment, payload } = this.#head;
    const onLine = (text) => this.#telemetry.emit('function', text);
    const { child, failure } = await this.#runtime.start({ head: this.#head, payload, environment, onLine });
    if (child === undefined) {
      this.#fail('Runtime.InvalidEntrypoint', failure);
      return;
    }
    this.#runtimeChild = child;
    void child.ended.then((exit) => this.#runtimeEnded(exit));
  }

  #runtimeIsReady() {
    this.#isRuntimeIdle = true;
    if (this.#phase === 'initialising') this.#events.initDone('success');
    this.#advance();
  }

  /** I1 */
  #advance() {
    if (!this.#isRuntimeIdle || !this.#extensions.areReady) return;
    if (this.#phase === 'initialising') void this.#initialised();
    else if (this.#phase === 'running' && this.#answer !== undefined) void this.#conclude();
  }

  async #initialised() {
    this.#phase = 'waiting';
    this.#extensions.close();
    this.#telemetry.close();
    this.#events.initReported('success');
    await drained();
    this.#channel.send(KIND.initialised, { nonce: this.#head.nonce, shutdownMs: this.#shutdownMs });
  }

  get #shutdownMs() {
    if (this.#extensions.external.length > 0) return SHUTDOWN_MS.external;
    return this.#extensions.all.length > 0 ? SHUTDOWN_MS.internal : 0;
  }

  #invoke(head, payload) {
    this.#phase = 'running';
    this.#isRuntimeIdle = false;
    this.#answer = undefined;
    this.#events.invocationStarted(head);
    // Those that are not told of it go on waiting, and are ready as before.
    this.#extensions.invoke(head);
    this.#runtime.invoke(head, payload);
    this.#nonce = head.nonce;
  }

  #answered(kind, members, payload) {
    if (this.#phase !== 'running' || this.#answer !== undefined) return;
    this.#answer = { kind, members, payload };
    this.#events.runtimeDone(kind === KIND.returned ? 'success' : 'error', payload);
    if (members.fatal === true) void this.#conclude();
  }

  /** I2, I3 */
  async #conclude() {
    this.#phase = 'waiting';
    const { kind, members, payload } = this.#answer;
    await drained();
    this.#events.invocationReported();
    this.#channel.send(kind, { nonce: this.#nonce, ...members }, payload);
  }

  async #endInit(payload, members = {}) {
    if (this.#phase !== 'initialising') return;
    this.#phase = 'ending';
    this.#events.initDone('error');
    this.#events.initReported('error');
    await this.#endPrograms('failure', Date.now() + this.#shutdownMs);
    this.#channel.send(KIND.initFailed, { nonce: this.#head.nonce, ...members }, payload);
  }

  /** I4: nobody could answer any more; whoever waits is told why. */
  #fail(errorType, errorMessage) {
    const payload = Buffer.from(JSON.stringify({ errorType, errorMessage }));
    if (this.#phase === 'initialising') {
      void this.#endInit(payload);
      return;
    }
    if (this.#phase === 'ending') return;
    const wasRunning = this.#phase === 'running';
    this.#phase = 'ending';
    if (wasRunning) this.#events.runtimeDone('failure', payload);
    void this.#endPrograms('failure', Date.now() + this.#shutdownMs).then(() => {
      if (!wasRunning) process.exit(EXIT_FAILED);
      this.#channel.send(KIND.threw, { nonce: this.#nonce, fatal: true }, payload, () => process.exit(EXIT_FAILED));
    });
  }

  #extensionEnded(name, { code, signal: by }) {
    const extension = this.#extensions.named(name);
    const said = extension.state;
    extension.state = 'Exited';
    this.#extensionChildren.delete(name);
    // One that has said what is wrong is ending as it should.
    if (this.#phase === 'ending' || said === 'InitError' || said === 'ExitError') return;
    this.#fail('Extension.Crash', `Error: ${exitText(code, by)}: extension ${name}`);
  }

  /** I4. Its answer, where it gave one before, stands. */
  async #runtimeEnded(exit) {
    if (this.#phase === 'ending') return;
    const wasRunning = this.#phase === 'running';
    const answer = wasRunning ? this.#answer : undefined;
    this.#phase = 'ending';
    if (wasRunning && answer === undefined) this.#events.runtimeDone('failure');
    await this.#endPrograms('failure', Date.now() + this.#shutdownMs);
    if (answer === undefined) exitAs(exit);
    else
      this.#channel.send(answer.kind, { nonce: this.#nonce, ...answer.members, fatal: true }, answer.payload, () => exitAs(exit));
  }

  async #shutdown(reason, deadlineMs) {
    if (this.#phase === 'ending') return;
    if (this.#phase === 'running') this.#events.runtimeDone(reason);
    this.#phase = 'ending';
    await this.#endPrograms(reason, deadlineMs);
    process.exit(0);
  }

  /** The runtime first, so that it can say its last to the extensions; then those, with what is left of the time. */
  async #endPrograms(reason, deadlineMs) {
    const leftMs = deadlineMs - Date.now();
    if (this.#runtimeChild && leftMs > 0) {
      signal(this.#runtimeChild, reason === 'spindown' ? 'SIGTERM' : 'SIGKILL');
      await within(this.#runtimeChild.ended, leftMs * RUNTIME_SHARE);
    }
    if (this.#runtimeChild) signal(this.#runtimeChild, 'SIGKILL');
    await drained();
    await within(this.#telemetry.flush(), deadlineMs - Date.now());
    this.#extensions.shutdown(reason, deadlineMs);
    const told = [...this.#extensionChildren].filter(([name]) => this.#extensions.named(name).events.includes('SHUTDOWN'));
    await within(Promise.all(told.map(([, child]) => child.ended)), deadlineMs - Date.now());
    for (const child of this.#extensionChildren.values()) signal(child, 'SIGKILL');
    await drained();
  }
}

function exitText(code, by) {
  return by === null ? `exit status ${code}` : `signal: ${by}`;
}

/** As the program itself ended, so that the platform sees what Lambda would report. */
function exitAs({ code, signal: by }) {
  if (by !== null) process.kill(process.pid, by);
  process.exit(code ?? EXIT_FAILED);
}

/** Resolves when it is done, or when the time is over. */
function within(done, timeoutMs) {
  if (timeoutMs <= 0) return Promise.resolve();
  let timer;
  const over = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  return Promise.race([done, over]).finally(() => clearTimeout(timer));
}

for (const stream of [process.stdout, process.stderr]) stream['_handle']?.setBlocking(true);

Supervisor.open(process.argv.slice(2));
