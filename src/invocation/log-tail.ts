// The last 4 KB of one invocation's log, for callers that ask with LogType=Tail.
// I1: never holds more than twice the limit.

import { LIMITS } from '#kernel';
import type { LogLine } from '#logs';

export class LogTail {
  #text = '';

  add(lines: readonly LogLine[]): void {
    for (const { text } of lines) this.#text += `${text.slice(-LIMITS.logTailBytes)}\n`;
    if (this.#text.length > 2 * LIMITS.logTailBytes) this.#text = this.#text.slice(-LIMITS.logTailBytes);
  }

  /** Base64, cut by bytes as Lambda cuts it, at the start of a character. */
  encoded(): string {
    const bytes = Buffer.from(this.#text);
    let start = Math.max(0, bytes.length - LIMITS.logTailBytes);
    while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
    return bytes.subarray(start).toString('base64');
  }
}
