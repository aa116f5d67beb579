// A gateway on loopback with a clock that tests turn, two keys, handlers of the test's own, and raw sockets to talk to it.

import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Principal } from '#identity';
import type { AccountId, LogLevel, Region } from '#kernel';
import { createGateway } from '../../src/gateway/index.ts';
import type { Gateway, GatewayOptions, Service } from '../../src/gateway/index.ts';
import { realRandom } from '../../src/main/ambient.ts';
import { FakeClock } from './fake-clock.ts';
import { signRequest } from './sign-request.ts';

const ACCOUNT = '000000000000' as AccountId;

export const ROOT = { accessKeyId: 'AKIAROOTROOTROOTROOT', secretAccessKey: 'root secret' };
export const FUNCTION = { accessKeyId: 'ASIAFUNCTIONFUNCTION', secretAccessKey: 'function secret', sessionToken: 'the token' };

const PRINCIPALS: Readonly<Record<string, { secret: string; sessionToken: string | undefined; principal: Principal }>> = {
  [ROOT.accessKeyId]: {
    secret: ROOT.secretAccessKey,
    sessionToken: undefined,
    principal: { kind: 'root', account: ACCOUNT, accessKeyId: ROOT.accessKeyId },
  },
  [FUNCTION.accessKeyId]: {
    secret: FUNCTION.secretAccessKey,
    sessionToken: FUNCTION.sessionToken,
    principal: {
      kind: 'function',
      account: ACCOUNT,
      accessKeyId: FUNCTION.accessKeyId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:1',
      roleArn: 'arn:aws:iam::000000000000:role/r',
    },
  },
};

export interface RawRequest {
  readonly method?: string;
  readonly url: string;
  readonly service: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly key?: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
  readonly payloadHash?: string;
  /** Changes the headers after they were signed. */
  readonly tamper?: (headers: Record<string, string>) => void;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface GatewayHouse {
  readonly gateway: Gateway;
  readonly clock: FakeClock;
  readonly port: number;
  readonly logged: { readonly level: LogLevel; readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[];
  /** Headers and body of a signed request, as they go onto a socket. */
  head(request: RawRequest): string;
  send(request: RawRequest): Promise<RawAnswer>;
  /** Sends bytes as they are and reads until the other side ends. */
  converse(bytes: string | Uint8Array): Promise<string>;
  open(): Promise<Socket>;
}

export async function openGatewayHouse(
  services: Readonly<Record<string, Service>>,
  options: Partial<Omit<GatewayOptions, 'services'>> = {},
): Promise<GatewayHouse> {
  const clock = new FakeClock();
  const logged: GatewayHouse['logged'] = [];
  const gateway = createGateway({
    services,
    identity: { secretFor: (id) => (Object.hasOwn(PRINCIPALS, id) ? PRINCIPALS[id] : undefined) },
    scope: { account: ACCOUNT, region: 'us-east-1' as Region },
    clock,
    random: realRandom,
    log: { write: (level, event, fields = {}) => void logged.push({ level, event, fields }) },
    ...options,
    // The clock stands: nobody would wait for silence to an end.
    limits: { quietMs: 0, ...options.limits },
  });
  const { port } = await gateway.listen({ host: '127.0.0.1', port: 0 });
  const head = (request: RawRequest) => headOf(request, clock.now());
  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket)).once('error', reject);
    });
  const converse = async (bytes: string | Uint8Array) => {
    const socket = await open();
    socket.write(bytes);
    return readToEnd(socket);
  };
  return {
    gateway,
    clock,
    port,
    logged,
    head,
    open,
    converse,
    async send(request) {
      const text = head({ ...request, headers: { connection: 'close', ...request.headers } });
      const body = Buffer.from(request.body ?? '');
      return parseAnswer(await converse(Buffer.concat([Buffer.from(text, 'latin1'), body])));
    },
  };
}

function headOf(request: RawRequest, nowMs: number): string {
  const { method = 'POST', url, service, body = '', key = ROOT, payloadHash, tamper } = request;
  const unsigned = { host: '127.0.0.1', ...request.headers };
  const { connection, expect, ...signable } = unsigned as Record<string, string>;
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  const headers = signRequest({
    method,
    url,
    headers: 'transfer-encoding' in signable || 'content-length' in signable ? signable : { ...signable, ...length },
    body,
    service,
    nowMs,
    ...key,
    ...(payloadHash === undefined ? {} : { payloadHash }),
  });
  if (connection !== undefined) headers['connection'] = connection;
  if (expect !== undefined) headers['expect'] = expect;
  tamper?.(headers);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Everything until the other side ends; a reset is an error. */
export function readToEnd(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => (text += part));
    socket.once('end', () => {
      socket.end();
      resolve(text);
    });
    socket.once('error', reject);
  });
}

export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  return { status: Number(first.split(' ')[1]), headers, text: text.slice(end + 4) };
}
