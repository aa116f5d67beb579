// The hosts of a fake internet, in a network namespace of their own: every TCP port of PORTS answers with the address that was asked, a name server
// answers, and every arrival is noted. Says `here`, opens its ports at the first line that it reads and says `open`; each further line is answered with the arrivals.

import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const PORTS = [25, 80, 465, 587, 8080];
const NAME_SERVER = { address: '10.9.9.53', port: 53 };
const SILENT_HOST = { address: '93.184.216.34', port: 9998 };
const arrivals = new Set<string>();

process.stdout.write('here\n');
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
await lines.next();
for (const port of PORTS) {
  const server = createServer((socket) => {
    arrivals.add(`${socket.localAddress}:${port}`);
    socket.on('error', () => socket.destroy());
    socket.end(`this is ${socket.localAddress}`);
  });
  await new Promise<void>((resolve) => server.listen(port, '0.0.0.0', resolve));
}
await bindUdp(NAME_SERVER, answerName);
await bindUdp(SILENT_HOST, () => undefined);
process.stdout.write('open\n');
while (!(await lines.next()).done) process.stdout.write(`${[...arrivals].sort().join(' ')}\n`);
process.exit(0);

function bindUdp({ address, port }: typeof NAME_SERVER, answer: (question: Buffer) => Buffer | undefined): Promise<void> {
  const socket = createSocket('udp4', (question, from) => {
    arrivals.add(`${address}:${port}`);
    const reply = answer(question);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  return new Promise((resolve) => socket.bind(port, address, () => resolve()));
}

/** One A record, 93.184.216.34, for whatever A is asked; nothing for AAAA. RFC 1035, section 4. */
function answerName(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const asksForA = question.readUInt16BE(end - 4) === 1;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(asksForA ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 93, 184, 216, 34]);
  return asksForA ? Buffer.concat([head, record]) : head;
}
