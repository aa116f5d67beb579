// The platform's end of the channel to one agent, on the socket that is fd 3 inside. Frames of one turn leave in one system call.
//
// Owns: the frames that were sent in this turn.

import type { Socket } from 'node:net';

import { encodeFrame, FrameReader } from './frames.ts';
import type { Frame } from './frames.ts';
import { onceThisTurnEnds } from './turns.ts';

/** Frames that together are no larger than this are copied into one piece: a small copy costs less than another buffer to write. */
const COPIED_BYTES = 64 * 1024;

/** So many frames are worth a system call: the other side works on them while this one makes more. */
const FRAMES_AT_ONCE = 8;

export interface ChannelOptions {
  readonly socket: Socket;
  readonly allowance: (kind: number) => number | undefined;
  readonly onFrame: (frame: Frame) => void;
  readonly onViolation: (detail: string) => void;
}

export class Channel {
  readonly #socket: Socket;
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor({ socket, allowance, onFrame, onViolation }: ChannelOptions) {
    this.#socket = socket;
    const reader = new FrameReader({ allowance, onFrame, onViolation });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // A broken pipe is the death of the other side, which the exit of its process reports with more to say.
    socket.on('error', () => socket.destroy());
  }

  send(kind: number, head: object, payload?: Uint8Array): void {
    if (this.#pieces.length === 0) onceThisTurnEnds(() => this.#flush());
    for (const piece of encodeFrame(kind, head, payload)) {
      this.#pieces.push(piece);
      this.#bytes += piece.byteLength;
    }
    if (this.#pieces.length >= FRAMES_AT_ONCE) this.flush();
  }

  /** Writes what was sent, now: somebody on the other side can begin while this side goes on. */
  flush(): void {
    if (this.#pieces.length > 0) this.#flush();
  }

  close(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    const pieces = this.#pieces;
    const bytes = this.#bytes;
    this.#pieces = [];
    this.#bytes = 0;
    if (this.#socket.destroyed || pieces.length === 0) return;
    const [first] = pieces;
    if (pieces.length === 1 && first !== undefined) this.#socket.write(first);
    else if (bytes <= COPIED_BYTES) this.#socket.write(Buffer.concat(pieces, bytes));
    else {
      this.#socket.cork();
      for (const piece of pieces) this.#socket.write(piece);
      this.#socket.uncork();
    }
  }
}
