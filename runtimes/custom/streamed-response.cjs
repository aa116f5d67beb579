// A response that its runtime posts in streaming mode, on its way to the platform: read from the runtime's connection only as far as the platform
// has given credit for, so that a slow client slows the runtime down.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
'use strict';

/** One frame has no more than the platform takes in one: LIMITS.streamChunkBytes. */
const CHUNK_BYTES = 64 * 1024;
/** What may stand in a header of the platform's answer. */
const CONTENT_TYPE = /^[\t\x20-\x7e]{1,256}$/;
const NOTHING = Buffer.alloc(0);

class StreamedResponse {
  #request;
  #credit;
  #maxBytes;
  #listener;
  #rest = NOTHING;
  #total = 0;
  #isGone = false;
  #hasEnded = false;
  #isOver = false;

  /** `listener`: begin(contentType), chunk(bytes), end(), tooLarge(bytes). `end` means that all of it was handed on. */
  constructor({ request, window, maxBytes, listener }) {
    this.#request = request;
    this.#credit = window;
    this.#maxBytes = maxBytes;
    this.#listener = listener;
    const contentType = request.headers['content-type'];
    listener.begin(contentType !== undefined && CONTENT_TYPE.test(contentType) ? contentType : undefined);
    request.on('readable', () => this.#pump());
    request.once('end', () => {
      this.#hasEnded = true;
      this.#pump();
    });
  }

  credit(bytes) {
    this.#credit += bytes;
    this.#pump();
  }

  /** As on Lambda, a runtime whose client is gone writes on, for nobody. */
  gone() {
    this.#isGone = true;
    this.#rest = NOTHING;
    this.#pump();
  }

  #pump() {
    while (!this.#isOver && (this.#credit > 0 || this.#isGone)) {
      if (this.#rest.byteLength === 0) this.#rest = this.#request.read() ?? NOTHING;
      if (this.#rest.byteLength === 0) break;
      const chunk = this.#rest.subarray(0, Math.min(CHUNK_BYTES, this.#isGone ? CHUNK_BYTES : this.#credit));
      this.#rest = this.#rest.subarray(chunk.byteLength);
      this.#pass(chunk);
    }
    // The connection may have given its last while that still waits here for credit.
    if (this.#hasEnded && this.#rest.byteLength === 0) this.#finish();
  }

  #pass(chunk) {
    this.#total += chunk.byteLength;
    if (this.#total > this.#maxBytes) {
      this.#isOver = true;
      this.#request.removeAllListeners('readable');
      this.#request.resume();
      this.#listener.tooLarge(this.#total);
      return;
    }
    if (this.#isGone) return;
    this.#credit -= chunk.byteLength;
    this.#listener.chunk(chunk);
  }

  #finish() {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.end();
  }
}

module.exports = { StreamedResponse };
