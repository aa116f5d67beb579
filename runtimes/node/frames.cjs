// The agent's end of the framed channel on fd 3. A frame is
//   u32 length of all that follows | u8 kind | u32 length of the head | head (JSON) | payload (raw bytes)
// little-endian. Payloads are never inside JSON: a 6 MiB event costs one copy and no escaping.
'use strict';

const { Socket } = require('node:net');
const p = require('./primordials.cjs');

const HEADER_BYTES = 9;
const READ_BYTES = 64 * 1024;

/** The numbers are the protocol: src/sandbox/frames.ts holds the same table. */
const KIND = {
  // platform → agent
  boot: 1,
  specialise: 2,
  invoke: 3,
  makeCodeCache: 4,
  recall: 5,
  streamCredit: 6,
  streamGone: 7,
  placed: 8,
  shutdown: 9,
  // agent → platform
  ready: 64,
  initialised: 65,
  initFailed: 66,
  returned: 67,
  threw: 68,
  tooLarge: 69,
  codeCache: 70,
  recalled: 71,
  streamBegun: 72,
  streamChunk: 73,
};

/** Payloads up to this size are copied behind their head, so that the frame leaves in one system call. */
const COPIED_BYTES = 16 * 1024;

/** Header and head, with room for so many bytes behind them. */
function encodeHead(kind, head, payloadBytes, room) {
  const headBytes = p.byteLength(head);
  const frame = p.allocUnsafe(HEADER_BYTES + headBytes + room);
  p.writeUInt32LE(frame, HEADER_BYTES - 4 + headBytes + payloadBytes, 0);
  frame[4] = kind;
  p.writeUInt32LE(frame, headBytes, 5);
  p.utf8Write(frame, head, HEADER_BYTES, headBytes);
  return frame;
}

/** One buffer of header, head and payload. */
function encodeFrame(kind, head, payload) {
  if (payload === undefined) return encodeHead(kind, head, 0, 0);
  const frame = encodeHead(kind, head, payload.byteLength, payload.byteLength);
  p.setBytes(frame, payload, frame.byteLength - payload.byteLength);
  return frame;
}

/** Cuts a stream of chunks into frames. The chunks may be re-used by the caller as soon as `receive` returns. */
function createFrameReader(onFrame) {
  const header = p.allocUnsafe(HEADER_BYTES);
  let headerFilled = 0;
  let body;
  let bodyFilled = 0;
  return function receive(chunk, length) {
    let position = 0;
    while (position < length) {
      if (body === undefined) {
        while (headerFilled < HEADER_BYTES && position < length) header[headerFilled++] = chunk[position++];
        if (headerFilled < HEADER_BYTES) return;
        body = p.allocUnsafe(p.readUInt32LE(header, 0) - (HEADER_BYTES - 4));
        bodyFilled = 0;
      }
      const take = body.byteLength - bodyFilled < length - position ? body.byteLength - bodyFilled : length - position;
      p.copyBytes(chunk, body, bodyFilled, position, position + take);
      bodyFilled += take;
      position += take;
      if (bodyFilled < body.byteLength) return;
      const complete = body;
      const headBytes = p.readUInt32LE(header, 5);
      body = undefined;
      headerFilled = 0;
      onFrame(header[4], p.parseJson(p.utf8Slice(complete, 0, headBytes)), p.subarray(complete, headBytes));
    }
  };
}

/**
 * Opens the channel on `fd`. While user code runs the channel must not keep the process alive (`unref`): Lambda's
 * `callbackWaitsForEmptyEventLoop` needs to see when the function itself has nothing left to do.
 */
function openChannel(fd, onFrame, onEnd) {
  const receive = createFrameReader(onFrame);
  const buffer = p.allocUnsafe(READ_BYTES);
  const socket = new Socket({
    fd,
    readable: true,
    writable: true,
    onread: {
      buffer,
      callback(length) {
        receive(buffer, length);
        return true;
      },
    },
  });
  const write = socket.write.bind(socket);
  const ref = socket.ref.bind(socket);
  const unref = socket.unref.bind(socket);
  socket.on('error', onEnd);
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  socket.read(0);
  /** Writes that Node has taken and not finished: whatever follows goes the same way. */
  let unfinished = 0;

  /** Straight into the socket, which is a third of what a stream costs. What does not fit now is left to Node. */
  function put(bytes, whenWritten) {
    const written = unfinished > 0 ? 0 : writeNow(bytes);
    if (written === bytes.byteLength) {
      whenWritten?.();
      return;
    }
    unfinished += 1;
    write(written === 0 ? bytes : p.subarray(bytes, written), () => {
      unfinished -= 1;
      whenWritten?.();
    });
  }

  function writeNow(bytes) {
    try {
      return p.writeSync(fd, bytes, 0, bytes.byteLength);
    } catch (error) {
      if (error.code === 'EAGAIN') return 0;
      onEnd();
      return bytes.byteLength;
    }
  }

  return {
    send(kind, head, payload, whenWritten) {
      if (payload === undefined || payload.byteLength <= COPIED_BYTES) {
        put(encodeFrame(kind, head, payload), whenWritten);
        return;
      }
      put(encodeHead(kind, head, payload.byteLength, 0));
      put(payload, whenWritten);
    },
    /** Receives what lies in the socket at this moment, without waiting for the event loop. */
    readNow() {
      for (;;) {
        let length;
        try {
          length = p.readSync(fd, buffer, 0, READ_BYTES);
        } catch {
          return; // EAGAIN: nothing more. What is worse the socket hears as well.
        }
        if (length === 0) return;
        receive(buffer, length);
      }
    },
    ref,
    unref,
  };
}

module.exports = { KIND, encodeFrame, createFrameReader, openChannel };
