// An answer as the bytes of HTTP/1.1: one piece where it is small, head and body where copying would cost more than another write.

import { STATUS_CODES } from 'node:http';
import { perSecond } from '#kernel';

export interface WholeAnswer {
  readonly status: number;
  /** Lower-case names and values in turn; whoever made them has checked that no line break is in them. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export interface AnswerForm {
  /** The answer to a HEAD has the head of a GET's. */
  readonly isHead: boolean;
  readonly closes: boolean;
  readonly nowMs: number;
}

const JOINED_BYTES_MAX = 16 * 1024;

/** The pieces in order; header values are latin1, as Node writes them. */
export function answerBytes({ status, headers, body }: WholeAnswer, { isHead, closes, nowMs }: AnswerForm): readonly Uint8Array[] {
  const mayHaveBody = status !== 204 && status !== 304;
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  let hasDate = false;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    head += `${headers[index]}: ${headers[index + 1]}\r\n`;
    hasDate ||= headers[index] === 'date';
  }
  if (!hasDate) head += `date: ${dateOf(nowMs)}\r\n`;
  if (closes) head += 'connection: close\r\n';
  if (mayHaveBody) head += `content-length: ${body.byteLength}\r\n`;
  head += '\r\n';
  const sent = mayHaveBody && !isHead ? body.byteLength : 0;
  if (sent > JOINED_BYTES_MAX) return [Buffer.from(head, 'latin1'), body];
  const bytes = Buffer.allocUnsafe(head.length + sent);
  bytes.write(head, 'latin1');
  if (sent > 0) bytes.set(body, head.length);
  return [bytes];
}

const dateOf = perSecond((second) => new Date(second * 1000).toUTCString());
