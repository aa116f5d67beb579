// Ports that only root may listen on: taken before root's rights are given away, and never asked of a sandbox.

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

/** Where a sandbox has its endpoint, on a loopback of its own: the platform's own port where nobody needs rights for it. */
export function portInside(port: number): number {
  return port < FIRST_FREE_PORT ? PORT_INSIDE : port;
}

const FIRST_FREE_PORT = 1024;
const PORT_INSIDE = 4566;

/** https://docs.kernel.org/networking/ip-sysctl.html */
function firstFreePort(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'latin1'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return FIRST_FREE_PORT;
    throw error;
  }
}
