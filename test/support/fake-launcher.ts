// A launcher without processes: sandboxes follow a script, and protest when they are used out of order.

import assert from 'node:assert/strict';
import type {
  Ending,
  FunctionConnection,
  InitOutcome,
  IsolationLevel,
  LaunchRequest,
  Launcher,
  Outcome,
  OutputLine,
  RuntimeName,
  RuntimeStatus,
  Sandbox,
  SandboxInvocation,
  SandboxUsage,
  Specialisation,
  SweepReport,
  TriedAttempt,
} from '../../src/sandbox/sandbox.ts';
import type { Clock } from '#kernel';
import { NETWORK_MODES } from '#kernel';

/** A clock that fakes can wait on. */
export interface PausingClock extends Clock {
  pause(ms: number): Promise<void>;
}

/** What a function does with an invocation: it takes its time, writes lines, and ends one way or another. */
export interface ScriptedRun {
  readonly takesMs?: number;
  readonly lines?: readonly string[];
  readonly outcome?: Ending;
}

export interface Script {
  launch?(request: LaunchRequest): { readonly takesMs?: number; readonly fails?: Error } | undefined;
  init?(
    specialisation: Specialisation,
    sandbox: FakeSandbox,
  ): { readonly takesMs?: number; readonly lines?: readonly string[]; readonly outcome?: InitOutcome } | undefined;
  run?(invocation: SandboxInvocation, sandbox: FakeSandbox): ScriptedRun | undefined;
  freeze?(sandbox: FakeSandbox): Error | undefined;
  thaw?(sandbox: FakeSandbox): Error | undefined;
  /** What its sandboxes give as their code cache. */
  readonly cache?: Uint8Array;
  /** How many events its sandboxes take ahead; none where nothing is said. */
  readonly ahead?: number;
}

/** An invocation that was sent and has not ended. */
interface Sent {
  readonly invocation: SandboxInvocation;
  readonly settle: (outcome: Outcome) => void;
  readonly fail: (cause: unknown) => void;
}

export class FakeLauncher implements Launcher {
  readonly level: IsolationLevel = 'process';
  readonly promise = 'Protects from nothing: it runs nothing.';
  readonly networks = NETWORK_MODES;
  readonly networkNotes = [];
  /** Every sandbox that was ever launched, dead ones included. */
  readonly sandboxes: FakeSandbox[] = [];
  readonly requests: LaunchRequest[] = [];
  script: Script;
  launching = 0;
  readonly #clock: PausingClock;

  constructor(clock: PausingClock, script: Script = {}) {
    this.#clock = clock;
    this.script = script;
  }

  get living(): readonly FakeSandbox[] {
    return this.sandboxes.filter((sandbox) => sandbox.state !== 'gone');
  }

  async launch(request: LaunchRequest): Promise<Sandbox> {
    this.requests.push(request);
    this.launching += 1;
    const plan = this.script.launch?.(request);
    await this.#clock.pause(plan?.takesMs ?? 30);
    this.launching -= 1;
    if (plan?.fails !== undefined) throw plan.fails;
    const sandbox = new FakeSandbox(`sandbox-${this.sandboxes.length + 1}`, request.runtime, this.#clock, this);
    this.sandboxes.push(sandbox);
    return sandbox;
  }

  runtimes(): readonly RuntimeStatus[] {
    return [];
  }

  async prepare(): Promise<void> {}

  async selfTest(): Promise<readonly TriedAttempt[]> {
    return [];
  }

  async expect(): Promise<void> {}

  /** Keys of what was kept. */
  readonly cached = new Set<string>();
  readonly codeCaches = {
    has: (key: string) => this.cached.has(key),
    keep: async (key: string) => void this.cached.add(key),
    forget: (key: string) => void this.cached.delete(key),
  };

  async sweep(): Promise<SweepReport> {
    return { processesKilled: 0, cgroupsRemoved: 0, slotsRemoved: 0 };
  }

  async close(): Promise<void> {
    await Promise.all(this.sandboxes.map((sandbox) => sandbox.destroy()));
  }
}

export class FakeSandbox implements Sandbox {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly gone: Promise<void>;
  state: 'generic' | 'ready' | 'running' | 'frozen' | 'gone' = 'generic';
  specialisation: Specialisation | undefined;
  readonly invocations: SandboxInvocation[] = [];
  freezes = 0;
  furnishMs = 0;
  loadedAtMs = 0;
  peakBytes: number | undefined = 40 * 1_048_576;
  #cpuNanos = 0n;
  readonly #sent: Sent[] = [];
  readonly #clock: PausingClock;
  readonly #launcher: FakeLauncher;
  readonly #death: PromiseWithResolvers<void> = Promise.withResolvers();
  #output: (lines: readonly OutputLine[]) => void = () => undefined;
  #connection: (connection: FunctionConnection) => void = () => undefined;

  constructor(id: string, runtime: RuntimeName, clock: PausingClock, launcher: FakeLauncher) {
    this.id = id;
    this.runtime = runtime;
    this.#clock = clock;
    this.#launcher = launcher;
    this.gone = this.#death.promise;
  }

  async specialise(specialisation: Specialisation): Promise<InitOutcome> {
    assert.equal(this.state, 'generic', 'specialised once, before anything else');
    this.specialisation = specialisation;
    this.state = 'running';
    const plan = this.#launcher.script.init?.(specialisation, this);
    await this.#take(plan?.takesMs ?? 5);
    if (this.#dead()) return killed();
    this.#write(plan?.lines);
    const outcome = plan?.outcome ?? { kind: 'ready' };
    this.loadedAtMs = this.#clock.monotonicMs();
    this.#after(outcome.kind === 'ready' || outcome.kind === 'threw');
    return outcome;
  }

  readonly takesFirst = false;

  get ahead(): number {
    const { concurrency = 1 } = this.specialisation ?? {};
    return concurrency > 1 ? concurrency - 1 : (this.#launcher.script.ahead ?? 0);
  }

  invoke(invocation: SandboxInvocation): Promise<Outcome> {
    assert(this.#sent.length <= this.ahead, 'no more than it takes');
    if (this.#dead()) return Promise.resolve({ kind: 'recalled' });
    if (this.#sent.length === 0) assert.equal(this.state, 'ready', 'specialised and thawed');
    return new Promise((settle, fail) => {
      const sent = { invocation, settle, fail };
      this.#sent.push(sent);
      if (this.#sent.length <= (this.specialisation?.concurrency ?? 1)) this.#begin(sent);
    });
  }

  recall(requestId: string): void {
    const index = this.#sent.findIndex(({ invocation }) => invocation.requestId === requestId);
    if (index < (this.specialisation?.concurrency ?? 1)) return;
    for (const { settle } of this.#sent.splice(index, 1)) settle({ kind: 'recalled' });
  }

  #begin(sent: Sent): void {
    const ended = () => void this.#sent.splice(this.#sent.indexOf(sent), 1);
    this.#run(sent.invocation).then(
      (outcome) => {
        ended();
        sent.settle(outcome);
        if (this.#dead()) for (const waiting of this.#sent.splice(0)) waiting.settle({ kind: 'recalled' });
        const next = this.#sent[(this.specialisation?.concurrency ?? 1) - 1];
        if (next !== undefined) this.#begin(next);
        else if (!this.#dead() && this.#sent.length === 0) this.state = 'ready';
      },
      (cause: unknown) => {
        ended();
        sent.fail(cause);
      },
    );
  }

  async #run(invocation: SandboxInvocation): Promise<Outcome> {
    this.invocations.push(invocation);
    this.state = 'running';
    const plan = this.#launcher.script.run?.(invocation, this);
    const takesMs = plan?.takesMs ?? 1;
    await this.#take(Math.min(takesMs, invocation.timeoutMs));
    if (this.#dead()) return killed();
    this.#write(plan?.lines);
    const outcome: Outcome =
      takesMs > invocation.timeoutMs
        ? { kind: 'timedOut', afterMs: invocation.timeoutMs }
        : (plan?.outcome ?? { kind: 'returned', payload: invocation.payload });
    if (outcome.kind !== 'returned' && outcome.kind !== 'threw') this.die();
    return outcome;
  }

  onOutput(listener: (lines: readonly OutputLine[]) => void): void {
    this.#output = listener;
  }

  onConnection(listener: (connection: FunctionConnection) => void): void {
    this.#connection = listener;
  }

  connect(connection: FunctionConnection): void {
    this.#connection(connection);
  }

  async freeze(): Promise<void> {
    assert.equal(this.state, 'ready', 'frozen between invocations');
    const failure = this.#launcher.script.freeze?.(this);
    if (failure !== undefined) throw failure;
    this.freezes += 1;
    this.state = 'frozen';
  }

  async thaw(): Promise<void> {
    const failure = this.#launcher.script.thaw?.(this);
    if (failure !== undefined) throw failure;
    if (this.#dead()) throw new Error('it is dead');
    assert.equal(this.state, 'frozen', 'thawed when frozen');
    this.state = 'ready';
  }

  usage(): SandboxUsage {
    return { cpuNanos: this.#cpuNanos, peakBytes: this.peakBytes };
  }

  makeCodeCache(): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#launcher.script.cache);
  }

  resetPeak(): void {}

  async destroy(): Promise<void> {
    this.die();
  }

  /** Dies as if the kernel had killed it. */
  die(): void {
    this.state = 'gone';
    this.#death.resolve();
  }

  #dead(): boolean {
    return this.state === 'gone';
  }

  /** Until the time is over or it is killed. */
  async #take(ms: number): Promise<void> {
    this.#cpuNanos += BigInt(Math.round(ms * 1e6));
    await Promise.race([this.#clock.pause(ms), this.gone]);
  }

  #after(survives: boolean): void {
    if (survives) this.state = 'ready';
    else this.die();
  }

  #write(lines: readonly string[] = []): void {
    if (lines.length > 0) this.#output(lines.map((text) => ({ timestampMs: this.#clock.now(), stream: 'stdout', text })));
  }
}

function killed(): Extract<Ending, { kind: 'crashed' }> {
  return { kind: 'crashed', exitCode: undefined, signal: 'SIGKILL', detail: 'destroyed' };
}
