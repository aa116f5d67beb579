// Files by descriptor, with promises: what `node:fs/promises` offers only through handles, which close themselves when they are collected.

import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';

export const openFile = promisify(open);
export const closeFile = promisify(close);
export const readFile = promisify(read) as (
  file: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => Promise<{ readonly bytesRead: number }>;
