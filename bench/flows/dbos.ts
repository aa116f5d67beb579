// DBOS beside Mayfly, as its documentation has it: a library in the application's own process, and PostgreSQL.

import assert from 'node:assert/strict';
import { treeOf } from '../harness.ts';
import { serve } from './engine.ts';
import type { Engine } from './engine.ts';
import { installPeers } from './peers.ts';
import { findPostgres, startPostgres } from './postgres.ts';

/** Of DBOS's SDK, what is used here. */
interface Sdk {
  setConfig(config: {
    readonly name: string;
    readonly systemDatabaseUrl: string;
    readonly runAdminServer: boolean;
    readonly logLevel: string;
  }): void;
  registerWorkflow(flow: () => Promise<number>, options: { readonly name: string }): () => Promise<number>;
  runStep(action: () => Promise<number>, options: { readonly name: string }): Promise<number>;
  launch(): Promise<void>;
  shutdown(): Promise<void>;
}

await serve(await openDbos());

async function openDbos(): Promise<Engine> {
  const peers = installPeers();
  const programs = findPostgres();
  assert(peers !== undefined && programs !== undefined, 'DBOS or PostgreSQL is not installed');
  const postgres = await startPostgres(programs);
  const { DBOS } = (await peers.load('@dbos-inc/dbos-sdk')) as { readonly DBOS: Sdk };
  DBOS.setConfig({ name: 'flows', systemDatabaseUrl: postgres.url, runAdminServer: false, logLevel: 'error' });
  const flow = DBOS.registerWorkflow(
    async () => {
      const one = await DBOS.runStep(async () => 1, { name: 'one' });
      const two = await DBOS.runStep(async () => one + 1, { name: 'two' });
      return DBOS.runStep(async () => two + 1, { name: 'three' });
    },
    { name: 'flow' },
  );
  await DBOS.launch();
  return {
    processes: () => [process.pid, ...treeOf(postgres.pid)],
    async run() {
      assert.equal(await flow(), 3);
    },
    async close() {
      await DBOS.shutdown();
      await postgres.close();
    },
  };
}
