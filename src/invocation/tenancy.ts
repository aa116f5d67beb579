// What an instance carries for its function: its log stream, its credentials, and who serves its connections.
// Owns: one open log stream and one session, both closed with the instance.
// I1: the credentials that a function gets are its own instance's, and die with it.

import type { Session } from '#identity';
import type { Clock, Random } from '#kernel';
import type { LogLine, LogSink } from '#logs';
import type { InstanceTenancy } from '#pool';
import type { InvocableFunction } from '#registry';
import type { Sandbox, Specialisation } from '#sandbox';
import { LIMITS } from '#kernel';
import { functionEnvironment } from './function-environment.ts';
import type { LogTail } from './log-tail.ts';
import type { AcceptConnection, LogStreams, Sessions } from './ports.ts';

export interface TenancyParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sessions: Sessions;
  readonly logs: LogStreams;
  readonly acceptConnection: AcceptConnection;
  /** AWS_ENDPOINT_URL as a function sees it. */
  readonly endpointUrl: string;
}

export class Tenancy implements InstanceTenancy {
  readonly #invocable: InvocableFunction;
  readonly #logStream: string;
  readonly #endpointUrl: string;
  readonly #session: Session;
  readonly #sink: LogSink;
  /** Collects the lines of the running invocation where its caller asked for them. */
  tail: LogTail | undefined;
  #cpuNanosBefore = 0n;

  constructor(parts: TenancyParts, invocable: InvocableFunction, sandbox: Sandbox) {
    this.#invocable = invocable;
    this.#endpointUrl = parts.endpointUrl;
    this.#logStream = logStreamName(parts, invocable.version);
    this.#session = parts.sessions.openSession({
      account: invocable.scope.account,
      functionArn: invocable.versionArn,
      roleArn: invocable.roleArn,
    });
    this.#sink = parts.logs.openStream(invocable.scope, invocable.logGroup, this.#logStream);
    sandbox.onOutput((lines) => this.write(lines));
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
      handler: invocable.handler,
      environment: functionEnvironment({
        invocable,
        session: this.#session,
        logStream: this.#logStream,
        endpointUrl: this.#endpointUrl,
      }),
      memoryMiB: invocable.memoryMiB,
      initTimeoutMs: LIMITS.initTimeoutMs,
      functionName: invocable.name,
      functionVersion: invocable.version,
      logGroup: invocable.logGroup,
      logStream: this.#logStream,
    };
  }

  write(lines: readonly LogLine[]): void {
    this.tail?.add(lines);
    this.#sink.write(lines);
  }

  /** What the instance used since it was asked last. */
  cpuNanosSince(cpuNanos: bigint | undefined): bigint | undefined {
    if (cpuNanos === undefined) return undefined;
    const used = cpuNanos - this.#cpuNanosBefore;
    this.#cpuNanosBefore = cpuNanos;
    return used < 0n ? 0n : used;
  }

  close(): void {
    this.#session.close();
    this.#sink.close();
  }
}

/** `2026/11/20/[$LATEST]0123456789abcdef0123456789abcdef`: a stream per instance, as Lambda names them. */
function logStreamName({ clock, random }: Pick<TenancyParts, 'clock' | 'random'>, version: string): string {
  const day = new Date(clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version}]${Buffer.from(random.bytes(16)).toString('hex')}`;
}
