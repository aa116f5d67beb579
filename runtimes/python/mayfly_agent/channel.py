"""The agent's end of the framed channel on fd 3. A frame is
    u32 length of all that follows | u8 kind | u32 length of the head | head (JSON) | payload (raw bytes)
little-endian; src/sandbox/frames.ts is the other end."""

from . import primordials as p

FD = 3
HEADER_BYTES = 9
CHUNK_BYTES = 1 << 20

# platform → agent
BOOT = 1
SPECIALISE = 2
INVOKE = 3
MAKE_CODE_CACHE = 4
# agent → platform
READY = 64
INITIALISED = 65
INIT_FAILED = 66
RETURNED = 67
THREW = 68
TOO_LARGE = 69
CODE_CACHE = 70


def receive():
    """The next frame as (kind, head, payload); ends the process when the platform has closed the channel."""
    header = _read_fully(HEADER_BYTES)
    body_bytes = p.unpack_int(header[0:4], "little") - (HEADER_BYTES - 4)
    head_bytes = p.unpack_int(header[5:9], "little")
    body = _read_fully(body_bytes)
    return header[4], p.decode_json(body[:head_bytes].decode("utf-8")), body[head_bytes:]


def _read_fully(count):
    chunks = []
    while count > 0:
        chunk = p.read(FD, count if count < CHUNK_BYTES else CHUNK_BYTES)
        if not chunk:
            p.exit_now(0)
        chunks.append(chunk)
        count -= len(chunk)
    return b"".join(chunks)


def send(kind, nonce, payload=b"", members=""):
    """`members` is JSON text that follows the nonce in the head."""
    head = b'{"nonce":"' + nonce.encode() + b'"' + members.encode() + b"}"
    length = HEADER_BYTES - 4 + len(head) + len(payload)
    frame = length.to_bytes(4, "little") + bytes((kind,)) + len(head).to_bytes(4, "little") + head + payload
    view = memoryview(frame)
    while view:
        view = view[p.write(FD, view) :]
