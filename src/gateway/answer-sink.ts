// Where an answer goes whose bytes come one after another: as little of an HTTP server as that needs.

import type { ServerResponse } from 'node:http';

export interface AnswerSink {
  /** The caller is gone. */
  readonly closed: boolean;
  /** Names and values in turn. The head leaves at once, without waiting for the first byte behind it. */
  writeHead(status: number, headers: readonly string[]): void;
  /** False: write no more before `onDrain` or `onClose` calls. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  /** Ends the connection instead of the answer, so that the caller knows that it is not whole. */
  cut(): void;
  onDrain(listener: () => void): void;
  /** Called when the caller is gone before the answer had ended; at once where it is gone already. */
  onClose(listener: () => void): void;
}

const EMPTY = Buffer.alloc(0);

export function sinkOf(response: ServerResponse): AnswerSink {
  return {
    get closed() {
      return response.destroyed;
    },
    writeHead(status, headers) {
      response.writeHead(status, [...headers]);
      // Not flushHeaders, which would make UTF-8 of latin1 in them. An empty buffer ends no chunked body.
      response.write(EMPTY);
    },
    write: (bytes) => response.write(bytes),
    end: () => void response.end(),
    cut: () => void response.destroy(),
    onDrain: (listener) => void response.on('drain', listener),
    onClose(listener) {
      if (response.destroyed) listener();
      else response.once('close', () => response.writableFinished || listener());
    },
  };
}
