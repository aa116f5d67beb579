// Serves the links of GetFunction and GetLayerVersion: whoever holds one downloads that one archive, while it is young.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Registry } from '#registry';
import type { Route } from '../gateway.ts';
import { CODE_DOWNLOAD_PATH } from './download-location.ts';

export function codeDownloadRoute(registry: Registry): Route {
  return (request, response, url) => {
    if (!url.pathname.startsWith(CODE_DOWNLOAD_PATH)) return false;
    return download(registry, request, response, url.pathname.slice(CODE_DOWNLOAD_PATH.length));
  };
}

async function download(registry: Registry, request: IncomingMessage, response: ServerResponse, token: string): Promise<true> {
  request.resume();
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405, 'Only GET and HEAD are served here.');
    return true;
  }
  const archive = await registry.downloads.open(token);
  if (archive === undefined) {
    refuse(response, 403, 'This link is not valid, or no longer. Call GetFunction or GetLayerVersion for a new one.');
    return true;
  }
  response.writeHead(200, {
    'content-type': 'application/zip',
    'content-length': archive.bytes,
    'cache-control': 'private, no-store',
  });
  if (request.method === 'HEAD') {
    archive.content.destroy();
    response.end();
    return true;
  }
  try {
    await pipeline(archive.content, response);
  } catch (error) {
    // A caller that hung up is none of our concern; its connection is gone either way.
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE')) throw error;
  }
  return true;
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = Buffer.from(`${message}\n`);
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length });
  response.end(body);
}
