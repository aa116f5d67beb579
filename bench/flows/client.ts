// Workflows from outside, with as little work of the client's as there can be: a start is one request, whose bytes are signed once in a while; the ends
// of all come over one connection.

import assert from 'node:assert/strict';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { sign } from '../../cli/http/signer.ts';
import type { Credentials } from '../../cli/http/signer.ts';

interface Scope {
  readonly credentials: Credentials;
  readonly region: string;
}

interface End {
  readonly executionArn: string;
  readonly status: string;
  readonly output?: string;
}

/** A signature is good for five minutes. */
const SIGNED_MS = 60_000;

export class FlowClient {
  readonly #host: string;
  readonly #scope: Scope;
  readonly #starts = new Map<string, { readonly bytes: Buffer; readonly signedMs: number }>();
  readonly #idle: Connection[] = [];
  readonly #connections: Connection[] = [];
  /** Ends that came before the answer to their start, and those who wait for theirs. */
  readonly #ends = new Map<string, End>();
  readonly #waiting = new Map<string, (end: End) => void>();
  #stream: IncomingMessage | undefined;

  constructor(endpoint: string, scope: Scope) {
    this.#host = new URL(endpoint).host;
    this.#scope = scope;
  }

  /** Hears of ends from here on. */
  async open(): Promise<void> {
    const path = '/_mayfly/executions/ends';
    const { credentials, region } = this.#scope;
    const headers = sign({ method: 'GET', host: this.#host, path, query: [], headers: {}, body: undefined }, credentials, {
      service: 'mayfly',
      region,
      now: new Date(),
    });
    const stream = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`http://${this.#host}${path}`, { headers }, resolve).on('error', reject);
    });
    assert.equal(stream.statusCode, 200);
    this.#stream = stream;
    let text = '';
    stream.setEncoding('utf8').on('data', (part: string) => {
      const lines = (text + part).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) this.#hear(JSON.parse(line) as End);
    });
  }

  /** Starts an execution, and resolves with its ARN when it has ended. */
  async end(stateMachineArn: string, input: string): Promise<string> {
    return (await this.#run(stateMachineArn, input)).executionArn;
  }

  async result(stateMachineArn: string, input: string): Promise<string> {
    const { status, output } = await this.#run(stateMachineArn, input);
    assert.equal(status, 'SUCCEEDED');
    return output ?? '';
  }

  close(): void {
    this.#stream?.destroy();
    for (const connection of this.#connections) connection.close();
  }

  async #run(stateMachineArn: string, input: string): Promise<End> {
    const connection = this.#open();
    const answer = await connection.ask(this.#startOf(stateMachineArn, input));
    this.#idle.push(connection);
    const executionArn = /"executionArn":"([^"]+)"/.exec(answer)?.[1];
    assert(executionArn !== undefined, answer);
    const end = this.#ends.get(executionArn);
    this.#ends.delete(executionArn);
    return end ?? new Promise((resolve) => this.#waiting.set(executionArn, resolve));
  }

  #hear(end: End): void {
    const resolve = this.#waiting.get(end.executionArn);
    this.#waiting.delete(end.executionArn);
    if (resolve === undefined) this.#ends.set(end.executionArn, end);
    else resolve(end);
  }

  /** One that waited for long was closed by the platform. */
  #open(): Connection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (idle.isOpen) return idle;
    return this.#connect();
  }

  #connect(): Connection {
    const connection = new Connection(this.#host);
    this.#connections.push(connection);
    return connection;
  }

  #startOf(stateMachineArn: string, input: string): Buffer {
    const body = JSON.stringify({ stateMachineArn, input });
    const nowMs = Date.now();
    const made = this.#starts.get(body);
    if (made !== undefined && nowMs - made.signedMs < SIGNED_MS) return made.bytes;
    const { credentials, region } = this.#scope;
    const headers = sign(
      {
        method: 'POST',
        host: this.#host,
        path: '/',
        query: [],
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'content-length': String(Buffer.byteLength(body)),
          'x-amz-target': 'AWSStepFunctions.StartExecution',
        },
        body: Buffer.from(body),
      },
      credentials,
      { service: 'states', region, now: new Date(nowMs) },
    );
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const bytes = Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
    this.#starts.set(body, { bytes, signedMs: nowMs });
    return bytes;
  }
}

/** One question at a time. */
class Connection {
  readonly #socket: Socket;
  #text = '';
  #answer: { readonly resolve: (text: string) => void; readonly reject: (error: Error) => void } | undefined;

  constructor(host: string) {
    const [hostname = '', port = ''] = host.split(':');
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (part: string) => this.#read(part));
    this.#socket.on('error', (error) => this.#answer?.reject(error));
    this.#socket.on('close', () => this.#answer?.reject(new Error('the connection was closed')));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  ask(bytes: Buffer): Promise<string> {
    this.#text = '';
    this.#socket.write(bytes);
    return new Promise((resolve, reject) => (this.#answer = { resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(part: string): void {
    this.#text += part;
    const head = this.#text.indexOf('\r\n\r\n');
    if (head === -1) return;
    const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(this.#text)?.[1]);
    if (this.#text.length < head + 4 + length) return;
    if (this.#text.startsWith('HTTP/1.1 200')) this.#answer?.resolve(this.#text.slice(head + 4));
    else this.#answer?.reject(new Error(this.#text));
  }
}
