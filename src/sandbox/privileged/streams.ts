// The other ends of a sandbox's three streams. The platform connects three times to the launcher's socket, says on each in one line which
// stream of which sandbox it is, and then sends nothing until the sandbox has it: handles are never passed about, and no path is asked for.

import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** In the order of their descriptors. */
export const STREAMS = ['stdout', 'stderr', 'channel'] as const;
export type StreamName = (typeof STREAMS)[number];
export type Streams = Readonly<Record<StreamName, Socket>>;

/** `0123456789abcdef 1\n` */
const GREETING_BYTES = 19;
const GREETING = /^([0-9a-f]{16}) ([0-2])\n$/;
/** Sandboxes whose connections came and which were not asked for yet, or never will be. */
const WAITING_MAX = 256;

export const greeting = (id: string, stream: StreamName): string => `${id} ${STREAMS.indexOf(stream)}\n`;

interface Waiting {
  readonly sockets: Map<StreamName, Socket>;
  onComplete: ((streams: Streams) => void) | undefined;
}

export class StreamDesk {
  readonly #server: Server = createServer((socket) => this.#receive(socket));
  readonly #waiting = new Map<string, Waiting>();

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
  }

  /** Resolves when all three have come. Whoever asks bounds the time, and then calls `forget`. */
  take(id: string): Promise<Streams> {
    return new Promise((resolve) => {
      this.#of(id).onComplete = resolve;
      this.#settle(id);
    });
  }

  forget(id: string): void {
    for (const socket of this.#waiting.get(id)?.sockets.values() ?? []) socket.destroy();
    this.#waiting.delete(id);
  }

  close(): void {
    this.#server.close();
    for (const id of this.#waiting.keys()) this.forget(id);
  }

  #receive(socket: Socket): void {
    // Whoever closes before the sandbox is there gets none: the launch runs into its time limit.
    socket.on('error', () => socket.destroy());
    const read = (): void => {
      const line: unknown = socket.read(GREETING_BYTES);
      if (!(line instanceof Buffer)) return;
      socket.removeListener('readable', read);
      const [, id, index] = GREETING.exec(line.toString('latin1')) ?? [];
      const stream = STREAMS[Number(index)];
      if (id === undefined || stream === undefined || socket.readableLength > 0) socket.destroy();
      else this.#seat(id, stream, socket);
    };
    socket.on('readable', read);
  }

  #seat(id: string, stream: StreamName, socket: Socket): void {
    const { sockets } = this.#of(id);
    sockets.get(stream)?.destroy();
    sockets.set(stream, socket);
    this.#settle(id);
  }

  #of(id: string): Waiting {
    const known = this.#waiting.get(id);
    if (known !== undefined) return known;
    const oldest = this.#waiting.size < WAITING_MAX ? undefined : this.#waiting.keys().next().value;
    if (oldest !== undefined) this.forget(oldest);
    const made: Waiting = { sockets: new Map(), onComplete: undefined };
    this.#waiting.set(id, made);
    return made;
  }

  #settle(id: string): void {
    const { sockets, onComplete } = this.#of(id);
    const [stdout, stderr, channel] = STREAMS.map((name) => sockets.get(name));
    if (onComplete === undefined || stdout === undefined || stderr === undefined || channel === undefined) return;
    this.#waiting.delete(id);
    onComplete({ stdout, stderr, channel });
  }
}
