// The load by wrk, which takes a third of the CPU that a load generator on Node takes and so leaves more of a small machine to the
// servers that are compared. https://github.com/wg/wrk, `apt-get install wrk`

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { LoadOrder, LoadSample } from './load.ts';

/** Undefined where it is not installed. */
export function findWrk(path = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, 'wrk'))
    .find((candidate) => {
      try {
        accessSync(candidate, constants.X_OK);
        return true;
      } catch {
        return false; // Not in this folder.
      }
    });
}

/** One line of JSON from wrk's own figures, and a body where the order has one. */
function scriptOf({ bodyBytes = 0, post }: LoadOrder): string {
  return `${post === undefined ? '' : postScript(post)}${bodyBytes > 0 ? `wrk.method = "POST"\nwrk.headers["content-type"] = "text/plain"\nwrk.body = string.rep("x", ${bodyBytes})\n` : ''}
function done(summary, latency, requests)
  io.write(string.format('\\n{"requests":%d,"perSecond":%f,"p50Us":%f,"p99Us":%f,"errors":%d}\\n', summary.requests,
    summary.requests / (summary.duration / 1e6), latency:percentile(50), latency:percentile(99),
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
`;
}

function postScript({ headers, body }: NonNullable<LoadOrder['post']>): string {
  // JSON's way of writing text is Lua's, for what stands in headers and bodies here.
  // wrk writes the host and the length itself.
  const own = Object.entries(headers).filter(([name]) => name !== 'host' && name !== 'content-length');
  const lines = own.map(([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`);
  return `wrk.method = "POST"\n${lines.join('\n')}\nwrk.body = ${JSON.stringify(body)}\n`;
}

export async function loadWithWrk(wrk: string, order: LoadOrder): Promise<LoadSample> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-wrk-'));
  try {
    const script = join(folder, 'order.lua');
    writeFileSync(script, scriptOf(order));
    const seconds = Math.max(1, Math.round(order.roundMs / 1000));
    const child = spawn(
      wrk,
      ['-t1', `-c${order.connections}`, `-d${seconds}s`, '-s', script, `http://127.0.0.1:${order.port}${order.path}`],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const exit = once(child, 'exit');
    let output = '';
    for await (const part of child.stdout) output += String(part);
    await exit;
    const line = output.trimEnd().split('\n').at(-1) ?? '';
    if (!line.startsWith('{')) throw new Error(`wrk said: ${output}`);
    return JSON.parse(line) as LoadSample;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
