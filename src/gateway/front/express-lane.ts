// The connections of the port, as long as nothing but whole, plain requests for function URLs comes on them; Node's server takes
// over a connection, with the bytes that came, at the first that is anything else.
//
// Owns: its connections and their idle time.
// Never: parses what it doubts, answers two requests of a connection at once, holds more of one than a read brings.
// I1: a connection has one owner, this lane or Node; it changes once, between two requests.
// I2: bytes that come while an answer is under way are kept in order and read by Node after it.

import type { Socket } from 'node:net';
import type { Clock } from '#kernel';
import { answerBytes } from './answer-bytes.ts';
import type { WholeAnswer } from './answer-bytes.ts';
import { readWhole } from './whole-request.ts';
import type { WholeRequest } from './whole-request.ts';

/** Where a request came from. */
export interface Origin {
  readonly sourceIp: string;
  readonly port: number;
}

export function originOf(socket: Socket): Origin {
  return { sourceIp: socket.remoteAddress?.replace(/^::ffff:/, '') ?? '127.0.0.1', port: socket.localPort ?? 80 };
}

export interface ExpressLaneParts {
  readonly clock: Clock;
  /** Undefined where it is not for this lane, or not known yet to be. Never rejects. */
  readonly serve: (request: WholeRequest, origin: Origin) => Promise<WholeAnswer> | undefined;
  /** Reads what `serve` has to know about the request; undefined where there is nothing to learn. Never rejects. */
  readonly learn: (request: WholeRequest) => Promise<void> | undefined;
  /** Gives a connection to Node's server. */
  readonly handOver: (socket: Socket) => void;
  /** Around each request that the lane answers. */
  readonly began: () => void;
  readonly ended: () => void;
  /** How long a connection may be silent before its first request and between two, and an answer may lie unread. */
  readonly idleTimeoutMs: number;
}

export class ExpressLane {
  readonly #parts: ExpressLaneParts;
  readonly #connections = new Set<Connection>();
  #closing = false;

  constructor(parts: ExpressLaneParts) {
    this.#parts = parts;
  }

  get closing(): boolean {
    return this.#closing;
  }

  take(socket: Socket): void {
    const connection = new Connection(this.#parts, this, socket);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  leave(connection: Connection): void {
    this.#connections.delete(connection);
  }

  /** From now on every answer ends its connection. */
  beginClosing(): void {
    this.#closing = true;
  }

  closeIdleConnections(): void {
    for (const connection of this.#connections) connection.endIfIdle();
  }

  closeAllConnections(): void {
    for (const connection of this.#connections) connection.cut();
  }
}

class Connection {
  readonly #parts: ExpressLaneParts;
  readonly #lane: ExpressLane;
  readonly #socket: Socket;
  readonly #origin: Origin;
  readonly #onData = (bytes: Buffer) => this.#received(bytes);
  readonly #onEnd = () => this.#ended();
  readonly #onTimeout = () => this.#idled();
  #busy = false;
  /** An answer lies here that its caller does not read. */
  #isBackedUp = false;
  #hasEnded = false;
  /** I2 */
  #early: Buffer | undefined;

  constructor(parts: ExpressLaneParts, lane: ExpressLane, socket: Socket) {
    this.#parts = parts;
    this.#lane = lane;
    this.#socket = socket;
    this.#origin = originOf(socket);
    socket.setTimeout(parts.idleTimeoutMs, this.#onTimeout);
    socket.on('error', ignoreReset).on('end', this.#onEnd).on('data', this.#onData);
  }

  endIfIdle(): void {
    if (!this.#busy) this.#socket.end();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #idled(): void {
    // Nothing of it moved for so long; an end would wait behind what is not read.
    if (this.#isBackedUp) this.cut();
    else this.endIfIdle();
  }

  #received(bytes: Buffer): void {
    if (this.#busy) {
      this.#early = this.#early === undefined ? bytes : Buffer.concat([this.#early, bytes]);
      this.#socket.pause();
      return;
    }
    const request = readWhole(bytes);
    if (request === undefined) this.#handOver(bytes);
    else if (!this.#serve(request)) this.#learn(request, bytes);
  }

  #serve(request: WholeRequest): boolean {
    const answering = this.#parts.serve(request, this.#origin);
    if (answering === undefined) return false;
    this.#busy = true;
    this.#parts.began();
    void answering.then((answer) => this.#answered(request, answer));
    return true;
  }

  /** Paused meanwhile: an end that was read could not be given to Node any more. */
  #learn(request: WholeRequest, bytes: Buffer): void {
    const learning = this.#parts.learn(request);
    if (learning === undefined) {
      this.#handOver(bytes);
      return;
    }
    this.#busy = true;
    this.#socket.pause();
    void learning.then(() => {
      this.#busy = false;
      if (this.#serve(request)) this.#socket.resume();
      else this.#handOver(bytes);
    });
  }

  #answered(request: WholeRequest, answer: WholeAnswer): void {
    this.#busy = false;
    if (this.#write(answer, request.method === 'HEAD') && this.#early !== undefined) this.#handOver(this.#early);
    this.#parts.ended();
  }

  /** False where nothing more may come on this connection, or not yet. */
  #write(answer: WholeAnswer, isHead: boolean): boolean {
    const socket = this.#socket;
    if (socket.destroyed) return false;
    const closes = this.#lane.closing || this.#hasEnded || answer.status === 503;
    const [head, body] = answerBytes(answer, { isHead, closes, nowMs: this.#parts.clock.now() });
    if (body !== undefined) socket.cork();
    let flows = socket.write(head ?? NOTHING);
    if (body !== undefined) {
      flows = socket.write(body);
      socket.uncork();
    }
    if (closes) {
      this.#isBackedUp = !flows;
      socket.end();
      return false;
    }
    if (!flows) this.#waitForDrain();
    return flows;
  }

  /** Whoever does not read its answers is not asked for more requests. */
  #waitForDrain(): void {
    this.#busy = true;
    this.#isBackedUp = true;
    this.#socket.pause();
    this.#socket.once('drain', () => {
      this.#busy = false;
      this.#isBackedUp = false;
      if (this.#early === undefined) this.#socket.resume();
      else this.#handOver(this.#early);
    });
  }

  /** I1 */
  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    this.#early = undefined;
    this.#lane.leave(this);
    socket.setTimeout(0, this.#onTimeout);
    socket.off('error', ignoreReset).off('end', this.#onEnd).off('data', this.#onData);
    if (socket.destroyed) return;
    socket.pause();
    socket.unshift(bytes);
    this.#parts.handOver(socket);
    socket.resume();
  }

  #ended(): void {
    this.#hasEnded = true;
    if (!this.#busy) this.#socket.end();
  }
}

const NOTHING = new Uint8Array(0);

/** A caller that goes away is no failure of ours; `close` follows and clears up. */
function ignoreReset(): void {}
