// A port that only root may listen on, taken before root's rights are given away.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** Connections that come before the gateway is there are refused, as they are before a port is listened on. */
export async function takeLowPort(host: string, port: number): Promise<Server | undefined> {
  if (port === 0 || port >= firstFreePort()) return undefined;
  const server = createServer((socket) => socket.destroy());
  server.listen({ host, port });
  await once(server, 'listening');
  return server;
}

/** https://docs.kernel.org/networking/ip-sysctl.html */
function firstFreePort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 1024;
    throw error;
  }
}
