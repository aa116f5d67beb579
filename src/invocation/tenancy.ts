// What an instance carries for its function: its log stream, its credentials, and who serves its connections.
// Owns: one open log stream and one session, both closed with the instance; which invocations it has, in the order of their turns.
// I1: the credentials that a function gets are its own instance's, and die with it.
// I2: in the log, an invocation that was sent ahead starts after the end of the one before it.

import type { Session } from '#identity';
import type { Clock, Random } from '#kernel';
import type { LogLine, LogSink } from '#logs';
import type { Initialised, InstanceTenancy, Purpose } from '#pool';
import type { InvocableFunction } from '#registry';
import type { Sandbox, Specialisation } from '#sandbox';
import { LIMITS } from '#kernel';
import { CpuShares } from './cpu-shares.ts';
import { functionEnvironment } from './function-environment.ts';
import { initTrouble } from './init-trouble.ts';
import type { LogTail } from './log-tail.ts';
import type { AcceptConnection, LogStreams, Sessions } from './ports.ts';
import * as report from './report-lines.ts';

export interface TenancyParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sessions: Sessions;
  readonly logs: LogStreams;
  readonly acceptConnection: AcceptConnection;
  /** AWS_ENDPOINT_URL as a function sees it. */
  readonly endpointUrl: string;
}

/** What an instance is made of. */
export interface TenancyOf {
  readonly invocable: InvocableFunction;
  readonly sandbox: Sandbox;
  readonly purpose: Purpose;
}

/** One invocation on this instance. */
export interface Run {
  readonly requestId: string;
  readonly version: string;
  /** When it was sent, and when it began; monotonic. The same until it is seen to wait. */
  readonly sentMs: number;
  beganMs: number;
  /** How long it waited for its turn. */
  behindMs: number;
  /** Epoch. */
  startedAtMs: number;
}

export class Tenancy implements InstanceTenancy {
  readonly #invocable: InvocableFunction;
  readonly #isProvisioned: boolean;
  readonly #logStream: string;
  readonly #endpointUrl: string;
  readonly #session: Session;
  readonly #sink: LogSink;
  /** Collects the lines of the running invocation where its caller asked for them. */
  tail: LogTail | undefined;
  readonly #clock: Clock;
  /** The first ones run. */
  readonly #runs: Run[] = [];
  readonly #cpu = new CpuShares();
  /** Was sent before the handler was loaded, and has not started. */
  #early: Run | undefined;

  constructor(parts: TenancyParts, { invocable, sandbox, purpose }: TenancyOf) {
    this.#isProvisioned = purpose === 'provisioned';
    this.#clock = parts.clock;
    this.#invocable = invocable;
    this.#endpointUrl = parts.endpointUrl;
    this.#logStream = logStreamName(parts, invocable.version);
    this.#session = parts.sessions.openSession({
      account: invocable.scope.account,
      functionArn: invocable.versionArn,
      roleArn: invocable.roleArn,
    });
    this.#sink = parts.logs.openStream(invocable.scope, invocable.logGroup, this.#logStream);
    sandbox.onOutput((lines) => this.#print(lines));
    const owner = { functionArn: invocable.versionArn, accessKeyId: this.#session.accessKeyId };
    sandbox.onConnection((connection) => parts.acceptConnection(connection, owner));
  }

  /** Makes sure that the code is on this disk, which may take a moment. */
  async specialisation(): Promise<Specialisation> {
    const invocable = this.#invocable;
    const [codeTree, layerTrees] = await Promise.all([invocable.codeTree(), invocable.layerTrees()]);
    return {
      codeTree,
      layerTrees,
      codeKey: invocable.instanceKey,
      handler: invocable.handler,
      environment: functionEnvironment({
        invocable,
        session: this.#session,
        logStream: this.#logStream,
        endpointUrl: this.#endpointUrl,
        isProvisioned: this.#isProvisioned,
      }),
      memoryMiB: invocable.memoryMiB,
      concurrency: invocable.instanceConcurrency,
      initTimeoutMs: this.#isProvisioned ? LIMITS.provisionedInitTimeoutMs : LIMITS.initTimeoutMs,
      functionName: invocable.name,
      functionVersion: invocable.version,
      logGroup: invocable.logGroup,
      logStream: this.#logStream,
    };
  }

  /** Loads the handler before anybody calls. What that takes is billed to nobody: the platform chose to do it. */
  async initialise(sandbox: Sandbox): Promise<Initialised> {
    const specialisation = await this.specialisation();
    this.write([this.#line(report.initStart(this.#invocable.runtime))]);
    const beganMs = this.#clock.monotonicMs();
    const outcome = await sandbox.specialise(specialisation);
    const startMs = this.#clock.monotonicMs() - beganMs;
    if (outcome.kind === 'ready') return { kind: 'ready', startMs, peakBytes: sandbox.usage().peakBytes };
    const trouble = initTrouble(outcome);
    this.write([this.#line(report.initReport(startMs, trouble))]);
    return { kind: 'failed', reason: `Loading the handler failed: ${trouble.errorType ?? trouble.status}` };
  }

  write(lines: readonly LogLine[]): void {
    this.tail?.add(lines);
    this.#sink.write(lines);
  }

  #line(text: string): LogLine {
    return { timestampMs: this.#clock.now(), text };
  }

  /** What the function prints. A line with the id of an invocation was printed after its start, also where the sandbox has not said yet that it began. */
  #print(lines: readonly LogLine[]): void {
    const id = this.#early?.requestId;
    const first = id === undefined ? -1 : lines.findIndex(({ text }) => text.includes(id));
    if (first >= 0) {
      this.write(lines.slice(0, first));
      this.startEarly(lines[first]?.timestampMs);
      this.write(lines.slice(first));
    } else this.write(lines);
  }

  /** An invocation is being sent before the handler is loaded. It starts with `startEarly`, where it ever does. */
  beginEarly(requestId: string, version: string): Run {
    const run = this.#newRun(requestId, version);
    this.#runs.push(run);
    this.#early = run;
    return run;
  }

  /** Not later than what it has printed: logs are read in the order of their times. */
  startEarly(startedAtMs = this.#clock.now()): void {
    const run = this.#early;
    if (run === undefined) return;
    this.#early = undefined;
    run.beganMs = this.#clock.monotonicMs();
    run.startedAtMs = startedAtMs;
    this.write([startLine(run)]);
  }

  #newRun(requestId: string, version: string): Run {
    const sentMs = this.#clock.monotonicMs();
    return { requestId, version, sentMs, beganMs: sentMs, behindMs: 0, startedAtMs: this.#clock.now() };
  }

  /** An invocation is being sent: it starts now, or when it is its turn. */
  begin(requestId: string, version: string): Run {
    const run = this.#newRun(requestId, version);
    this.#runs.push(run);
    if (this.#runs.length <= this.#invocable.instanceConcurrency) this.write([startLine(run)]);
    return run;
  }

  /** An invocation has ended, with these lines; the next one starts (I2). Undefined: it ended before it was sent. */
  end(run: Run | undefined, closing: readonly LogLine[]): void {
    const next = run === undefined ? undefined : this.#withdraw(run);
    if (next === undefined) {
      this.write(closing);
      return;
    }
    next.beganMs = this.#clock.monotonicMs();
    next.behindMs = next.beganMs - next.sentMs;
    next.startedAtMs = this.#clock.now();
    this.write([...closing, startLine(next)]);
  }

  /** An invocation will not run here after all. */
  withdraw(run: Run): void {
    if (this.#early === run) this.#early = undefined;
    this.#withdraw(run);
  }

  /** Whose turn it is now that this one is gone. */
  #withdraw(run: Run): Run | undefined {
    const index = this.#runs.indexOf(run);
    this.#runs.splice(index, 1);
    const { instanceConcurrency } = this.#invocable;
    return index < instanceConcurrency ? this.#runs[instanceConcurrency - 1] : undefined;
  }

  /** What an invocation used of the CPU, as far as can be said: see `CpuShares`. */
  cpuNanosOf(durationMs: number, cpuNanos: bigint | undefined): bigint | undefined {
    return cpuNanos === undefined ? undefined : this.#cpu.take(durationMs, cpuNanos);
  }

  close(): void {
    this.#session.close();
    this.#sink.close();
  }
}

function startLine({ requestId, version, startedAtMs }: Run): LogLine {
  return { timestampMs: startedAtMs, text: report.start(requestId, version) };
}

/** `2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef`: a stream per instance, as Lambda names them. */
function logStreamName({ clock, random }: Pick<TenancyParts, 'clock' | 'random'>, version: string): string {
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version}]${Buffer.from(random.bytes(16)).toString('hex')}`;
}
