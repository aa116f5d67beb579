// The platform's end of the channel to one agent, on the socket that is fd 3 inside. Frames of one turn leave in one system call.

import type { Socket } from 'node:net';

import { encodeFrame, FrameReader } from './frames.ts';
import type { Frame } from './frames.ts';

export interface ChannelOptions {
  readonly socket: Socket;
  readonly allowance: (kind: number) => number | undefined;
  readonly onFrame: (frame: Frame) => void;
  readonly onViolation: (detail: string) => void;
}

export class Channel {
  readonly #socket: Socket;
  #corked = false;

  constructor({ socket, allowance, onFrame, onViolation }: ChannelOptions) {
    this.#socket = socket;
    const reader = new FrameReader({ allowance, onFrame, onViolation });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    // A broken pipe is the death of the other side, which the exit of its process reports with more to say.
    socket.on('error', () => socket.destroy());
  }

  send(kind: number, head: object, payload?: Uint8Array): void {
    if (!this.#corked) {
      this.#corked = true;
      this.#socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.#socket.uncork();
      });
    }
    for (const piece of encodeFrame(kind, head, payload)) this.#socket.write(piece);
  }

  close(): void {
    this.#socket.destroy();
  }
}
