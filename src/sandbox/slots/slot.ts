// The folder that one sandbox sees as /var: its code, its layers and its door to the platform. Host and sandbox share it, but inside it is
// mounted read-only, so that what the host renames into it appears there and nothing else can change it.
//
// Owns: one folder below `slots/` and the listening socket in it.

import assert from 'node:assert/strict';
import { rmdirSync } from 'node:fs';
import { chmod, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { join } from 'node:path';

import { LIMITS } from '#kernel';
import type { FunctionConnection, Specialisation } from '../sandbox.ts';
import { openUp, umaskHides } from './open-up.ts';
import type { CodeCaches } from './code-caches.ts';
import type { SpareTrees } from './spare-trees.ts';

export interface SlotOptions {
  readonly folder: string;
  /** Whether the folder above gives the sandbox's group to what is made in it: then that group may look inside besides the platform's user. */
  readonly givesGroup: boolean;
  readonly spareTrees: SpareTrees;
  readonly codeCaches: CodeCaches;
  /** Whether the platform's endpoint has a socket in it; false: nothing inside leads out. */
  readonly hasDoor: boolean;
}

const CODE_CACHE = 'run/code-cache';

export class Slot {
  readonly folder: string;
  readonly #spareTrees: SpareTrees;
  readonly #codeCaches: CodeCaches;
  readonly #server: Server;
  #furnishedWith: string | undefined;
  /** Folders that still have a `lib` for the linker to see. */
  readonly #placeholders = new Set(['task', 'opt']);
  #onConnection: ((connection: FunctionConnection) => void) | undefined;

  private constructor({ folder, spareTrees, codeCaches }: SlotOptions) {
    this.folder = folder;
    this.#spareTrees = spareTrees;
    this.#codeCaches = codeCaches;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      if (this.#onConnection === undefined) socket.destroy();
      else this.#onConnection(socket);
    });
    this.#server.maxConnections = LIMITS.sandboxConnections;
    // A connection that cannot be accepted (no descriptors left) is refused to the function; the platform's own listener reports the shortage.
    this.#server.on('error', () => {});
  }

  static async create(options: SlotOptions): Promise<Slot> {
    const { folder, givesGroup } = options;
    const slot = new Slot(options);
    await mkdir(folder, { mode: 0o700 });
    try {
      // `lib` in the placeholders: the dynamic linker looks once whether the folders of LD_LIBRARY_PATH exist, when the runtime starts.
      for (const path of ['task', 'task/lib', 'opt', 'opt/lib', 'run', 'runtime', 'lang'])
        await mkdir(join(folder, path), { mode: 0o755 });
      if (umaskHides()) await openUp(folder);
      await symlink('/tmp', join(folder, 'tmp'));
      if (options.hasDoor) await slot.#listen();
      await chmod(folder, givesGroup ? 0o750 : 0o700);
    } catch (error) {
      await slot.remove();
      throw error;
    }
    return slot;
  }

  /** Where the agent finds the code cache of what the slot will be furnished with, below the slot. */
  codeCacheFor({ codeKey }: Pick<Specialisation, 'codeKey'>): string | undefined {
    return codeKey !== undefined && this.#codeCaches.has(codeKey) ? CODE_CACHE : undefined;
  }

  /** Where the sandbox's door is, below the slot. */
  static readonly endpointSocket = 'run/endpoint.sock';

  onConnection(listener: (connection: FunctionConnection) => void): void {
    this.#onConnection = listener;
  }

  /** To be called when the runtime is up: what was only there for the linker to see goes, off the way of the first request. */
  runtimeStarted(): void {
    for (const name of ['task', 'opt']) this.#clear(name);
  }

  /** Code to task/, layers to opt/. What was put there before the runtime started stays. At once, where the spare trees are ready. */
  furnish({ codeTree, layerTrees, codeKey }: Pick<Specialisation, 'codeTree' | 'layerTrees' | 'codeKey'>): void | Promise<void> {
    if (codeKey !== undefined) this.#codeCaches.link(codeKey, join(this.folder, CODE_CACHE));
    if (this.#furnishedWith !== undefined) {
      assert.equal(codeTree, this.#furnishedWith, 'a slot is furnished once');
      return undefined;
    }
    this.#furnishedWith = codeTree;
    const code = this.#replace('task', [codeTree]);
    const layers = layerTrees.length === 0 ? undefined : this.#replace('opt', layerTrees);
    if (code === undefined && layers === undefined) return undefined;
    return Promise.all([Promise.resolve(code), Promise.resolve(layers)]).then(() => undefined);
  }

  async remove(): Promise<void> {
    this.#server.close();
    // Moved first: a path that is about to vanish piece by piece must not be mistaken for a slot.
    const doomed = `${this.folder}.gone`;
    await rename(this.folder, doomed).catch(ignoreMissing);
    await rm(doomed, { recursive: true, force: true });
  }

  #replace(name: string, trees: readonly string[]): void | Promise<void> {
    this.#clear(name);
    return this.#spareTrees.moveTo(trees, join(this.folder, name));
  }

  /** /opt stays, also without layers; the code's place is left free, since renaming over a folder costs four times as much. */
  #clear(name: string): void {
    if (!this.#placeholders.delete(name)) return;
    rmdirSync(join(this.folder, name, 'lib'));
    if (name === 'task') rmdirSync(join(this.folder, name));
  }

  async #listen(): Promise<void> {
    const path = join(this.folder, Slot.endpointSocket);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
    this.#server.unref();
    await chmod(path, 0o660);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
