// What a level of isolation gives: a started agent in its place, and the levers on it. Everything above (channel, outcomes, output) is
// the same at every level.

import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import type { FunctionConnection, RuntimeName, SandboxUsage, Specialisation } from './sandbox.ts';

export interface ProcessExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** What the agent is told about the place that it woke up in. */
export interface Place {
  readonly taskRoot: string;
  /** Where its layers are: /opt. */
  readonly layerRoot: string;
  /** The file of its code cache; undefined where none was kept. */
  readonly codeCachePath: string | undefined;
  /** The function's environment, completed with what Lambda's own has (PATH, NODE_PATH, LAMBDA_TASK_ROOT …). */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the agent listens for AWS_ENDPOINT_URL and the unix socket that it forwards to, both as seen from inside. */
export interface EndpointDoor {
  readonly port: number;
  readonly socketPath: string;
}

export interface Enclosure {
  readonly id: string;
  readonly runtime: RuntimeName;
  readonly channel: Socket;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Undefined where the platform's own port can be reached. */
  readonly endpoint: EndpointDoor | undefined;
  /** Resolves when the agent's process has ended. */
  readonly exited: Promise<ProcessExit>;
  /** Called once, when the runtime waits for its function. */
  runtimeStarted(): Promise<void>;
  /** What the agent is told; nothing is changed by it. */
  placeOf(specialisation: Specialisation): Place;
  /** Puts code and layers in their place: at once, where they are at hand. */
  furnish(specialisation: Specialisation): void | Promise<void>;
  /** Sets the limits of this function, which are never below those of a waiting sandbox. */
  limit(specialisation: Specialisation): void;
  /** Called before the function runs and after: what has to be watched is watched in between. */
  setRunning(running: boolean): void;
  /** Whether something inside was killed for want of memory since the start. */
  ranOutOfMemory(): boolean;
  onConnection(listener: (connection: FunctionConnection) => void): void;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  usage(): SandboxUsage;
  resetPeak(): void;
  /** SIGKILL to everything inside, thawed or frozen; resolves when nothing of it is left. Called once. */
  remove(): Promise<void>;
}
