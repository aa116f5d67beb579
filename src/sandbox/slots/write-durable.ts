// A new file whose contents are on the disk when it is there: whoever gives it its name later gives it to a whole file, also after a power cut.

import { open } from 'node:fs/promises';

/** Rejects where something has this name. */
export async function writeDurable(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    // Whatever the umask says.
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
