// Frames, as the platform and the agents speak them:
//   u32 length of all that follows | u8 kind | u32 length of the head | head (JSON) | payload (raw bytes)
// little-endian. The supervisor speaks them twice: upwards on fd 3, and downwards to an agent that it started.
'use strict';

const { KIND } = require('../node/frames.cjs');

const HEADER_BYTES = 9;
const NOTHING = Buffer.alloc(0);

/** `onFrame(kind, head, payload)` gets payloads of its own; `onEnd` is called once when the other side is gone. */
class Channel {
  #socket;
  #pieces = [];
  #filled = 0;
  #onFrame;

  constructor(socket, onFrame, onEnd) {
    this.#socket = socket;
    this.#onFrame = onFrame;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', () => socket.destroy());
    socket.once('close', onEnd);
  }

  /** `whenWritten` is called when the frame is with the kernel. */
  send(kind, head, payload = NOTHING, whenWritten) {
    const text = Buffer.from(JSON.stringify(head));
    const frame = Buffer.allocUnsafe(HEADER_BYTES);
    frame.writeUInt32LE(HEADER_BYTES - 4 + text.byteLength + payload.byteLength, 0);
    frame.writeUInt8(kind, 4);
    frame.writeUInt32LE(text.byteLength, 5);
    this.#socket.cork();
    this.#socket.write(frame);
    this.#socket.write(text);
    this.#socket.write(payload, whenWritten);
    this.#socket.uncork();
  }

  #receive(chunk) {
    this.#pieces.push(chunk);
    this.#filled += chunk.byteLength;
    while (this.#filled >= HEADER_BYTES) {
      const frameBytes = this.#peekLength() + 4;
      if (this.#filled < frameBytes) return;
      const all = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
      this.#pieces = all.byteLength > frameBytes ? [all.subarray(frameBytes)] : [];
      this.#filled -= frameBytes;
      const headEnd = HEADER_BYTES + all.readUInt32LE(5);
      this.#onFrame(all[4], JSON.parse(all.toString('utf8', HEADER_BYTES, headEnd)), all.subarray(headEnd, frameBytes));
    }
  }

  #peekLength() {
    if (this.#pieces[0].byteLength < HEADER_BYTES) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0].readUInt32LE(0);
  }
}

module.exports = { Channel, KIND };
