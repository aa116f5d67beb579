// The load, in a process of its own: keeps so many connections busy with one request after another, and says what came of it.
// A line of JSON on stdin is an order, a line on stdout its result. It ends when its stdin does.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly roundMs: number;
  /** A POST with a body of so many bytes of text; a GET where absent. */
  readonly bodyBytes?: number;
  /** A POST of just this, instead: signed before the round, so that nobody's time goes into signatures. */
  readonly post?: { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

export interface LoadSample {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** Answers that were not 200. */
  readonly errors: number;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await carryOut(JSON.parse(line) as LoadOrder))}\n`);
}

async function carryOut(order: LoadOrder): Promise<LoadSample> {
  const request = requestOf(order);
  const tookUs: number[] = [];
  const state = { errors: 0, untilMs: performance.now() + order.roundMs };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: order.connections }, () => keepBusy(order.port, request, tookUs, state)));
  const seconds = (performance.now() - beganMs) / 1000;
  tookUs.sort((one, other) => one - other);
  const at = (share: number) => tookUs[Math.min(tookUs.length - 1, Math.floor(tookUs.length * share))] ?? 0;
  return { requests: tookUs.length, perSecond: tookUs.length / seconds, p50Us: at(0.5), p99Us: at(0.99), errors: state.errors };
}

function requestOf({ path, port, bodyBytes = 0, post }: LoadOrder): Buffer {
  if (post !== undefined) {
    const lines = Object.entries(post.headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n${post.body}`);
  }
  const host = `Host: 127.0.0.1:${port}`;
  if (bodyBytes === 0) return Buffer.from(`GET ${path} HTTP/1.1\r\n${host}\r\n\r\n`);
  const head = `POST ${path} HTTP/1.1\r\n${host}\r\nContent-Type: text/plain\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.alloc(bodyBytes, 'x')]);
}

function keepBusy(port: number, request: Buffer, tookUs: number[], state: { errors: number; untilMs: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let sentMs = 0;
    let text = '';
    let missing = Infinity;
    const send = () => {
      sentMs = performance.now();
      socket.write(request);
    };
    socket.setEncoding('latin1');
    socket.on('connect', send);
    socket.on('data', (part: string) => {
      if (missing === Infinity) {
        text += part;
        missing = missingBytes(text);
      } else missing -= part.length;
      if (missing > 0) return;
      const nowMs = performance.now();
      tookUs.push((nowMs - sentMs) * 1000);
      if (!text.startsWith('HTTP/1.1 200')) state.errors += 1;
      text = '';
      missing = Infinity;
      if (nowMs < state.untilMs) send();
      else socket.end();
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

/** What is still to come of an answer; Infinity before its head is there. */
function missingBytes(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return Infinity;
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1];
  if (length === undefined) throw new Error('an answer without its length');
  return head + 4 + Number(length) - text.length;
}
